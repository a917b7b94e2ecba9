"""What machines may read: the same for everybody, with an ETag, by safe methods."""

from datetime import timedelta

import pytest

from tests.register.builders import NOON, Press, register, use

NAMES = ["", "register/", "uses/", "categories/", "features/", "editions/", "observations/", "sources/"]


@pytest.fixture
def site(ines, time_machine):
    Press(ines)(register(use(), use(stage="inference")))
    time_machine.move_to(NOON + timedelta(hours=1), tick=False)


@pytest.mark.parametrize("name", NAMES)
def test_a_stranger_may_read_it(client, site, name):
    assert client.get(f"/api/v1/{name}")["Content-Type"] == "application/json"


@pytest.mark.parametrize("name", NAMES)
def test_nothing_but_reading_is_answered(client, site, name):
    assert client.post(f"/api/v1/{name}").status_code == 405


@pytest.mark.parametrize("name", NAMES)
def test_what_the_caller_has_is_not_sent_again(client, site, name):
    tag = client.get(f"/api/v1/{name}")["ETag"]
    assert client.get(f"/api/v1/{name}", headers={"If-None-Match": tag}).status_code == 304


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.django_db
def test_before_the_first_edition_it_answers_too(client, name):
    assert client.get(f"/api/v1/{name}").status_code == 200


def test_uses_are_narrowed(client, site):
    found = client.get("/api/v1/uses/", {"stage": "inference"}).json()["results"]
    assert [one["stage"] for one in found] == ["inference"]


def test_the_register_names_its_edition(client, site):
    assert client.get("/api/v1/register/").json()["edition"] == 1
