"""The page on which a source is retired: what would stop counting is read first."""

import re

import pytest
from django.utils import timezone

from transparency.accounts.actions import issue_token
from transparency.accounts.models import HistoryEntry, ServiceToken, Wish
from transparency.catalog.models import Source, Tryout
from transparency.staff.pages import trying

PAGE = "/staff/sources/lake/retire/"
ENDS = {"category": "contact.email", "feature": "jobs", "stage": "training", "because": "No way is left."}
NONE = {"count": 0, "first": []}
FOUND = {
    "assets": 0, "flows": 0, "faults": 0, "doubts": [], "seconds": 0.4, "same": 3, "new": NONE, "other_way": NONE,
    "merged": {"added": 0, "changed": 0, "gone": 1, "flows_added": 0, "flows_changed": 0, "flows_gone": 1_200},
    "ended": {"count": 1, "first": [ENDS]},
}  # fmt: skip
TOLD = {"reason": "The old lake is drained.", "sure": "on"}


@pytest.fixture(autouse=True)
def _one_factor_suffices(settings):
    settings.STAFF_SECOND_FACTOR = False


@pytest.fixture
def lake(db):
    return Source.objects.create(slug="lake", name="Lake", connector="openlineage_http")


@pytest.fixture
def looked(lake):
    """A worker has found what would stop counting."""
    now = timezone.now()
    return Tryout.objects.create(source=lake, kind="retirement", state="done", found=FOUND, finished_at=now)


@pytest.fixture
def sends(client):
    """Sends the form as somebody, with what it was made from."""

    def send(who, **told):
        client.force_login(who)
        seen = re.search(r'name="seen" value="(\w*)"', client.get(PAGE).content.decode())
        return client.post(PAGE, TOLD | ({"seen": seen[1]} if seen else {}) | told)

    return send


def test_what_goes_and_what_would_stop_counting_is_read_first(client, amir, looked):
    issue_token(by=amir, name="Airflow", scopes=["lineage:lake"])
    client.force_login(amir)
    page = client.get(PAGE).content.decode()
    assert "1 asset and 1,200 flows that it told of" in page
    assert "No longer seen (1)" in page
    assert ServiceToken.objects.get().prefix in page
    assert "Retire it for ever" in page


def test_before_it_is_worked_out_there_is_nothing_to_agree_to(client, amir, lake):
    client.force_login(amir)
    page = client.get(PAGE).content.decode()
    assert ("Work it out" in page, "Retire it for ever" in page) == (True, False)


def test_amir_has_it_worked_out(client, amir, lake, monkeypatch):
    rung = []
    monkeypatch.setattr(trying.bells, "ring", lambda *told: rung.append(told) or True)
    client.force_login(amir)
    assert client.post("/staff/sources/lake/try/retirement/")["Location"] == PAGE
    assert len(rung) == 1
    assert b"data-running" in client.get("/staff/sources/lake/tryouts/?of=retirement").content
    assert b"data-running" not in client.get("/staff/sources/lake/tryouts/").content


def test_amir_retires_it_where_he_is_alone(client, sends, amir, ada, looked):
    assert sends(amir)["Location"] == "/staff/sources/lake/"
    assert Source.objects.get().retired_at
    client.force_login(ada)
    page = client.get("/staff/sources/lake/").content.decode()
    assert "The old lake is drained." in page
    assert ("Refresh now" in page, "Retire it" in page) == (False, False)
    assert "The old lake is drained." in client.get("/staff/sources/").content.decode()
    assert "retired a source" in client.get("/staff/history/").content.decode()


def test_anna_reads_what_would_stop_counting_and_agrees(client, sends, amir, person, looked):
    anna = person("Anna", "administrator")
    assert sends(amir)["Location"] == "/staff/sensitive/"
    wish = Wish.objects.get()
    assert not Source.objects.get().retired_at
    client.force_login(anna)
    page = client.get(f"/staff/sensitive/{wish.pk}/").content.decode()
    assert "contact.email/jobs/training" in page
    assert ("No longer seen (1)" in page, "The old lake is drained." in page) == (True, True)
    client.post(f"/staff/sensitive/{wish.pk}/agree/")
    assert Source.objects.get().retired_at
    assert HistoryEntry.objects.filter(verb="source.retire").get().actor_name == "Amir"


def test_anna_is_told_where_something_else_would_stop_by_now(client, sends, amir, person, looked):
    anna = person("Anna", "administrator")
    sends(amir)
    Tryout.objects.update(found=FOUND | {"ended": NONE})
    client.force_login(anna)
    wish = Wish.objects.get()
    assert b"Something else would stop counting" in client.get(f"/staff/sensitive/{wish.pk}/").content
    client.post(f"/staff/sensitive/{wish.pk}/agree/")
    assert not Source.objects.get().retired_at


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({"reason": ""}, "This field is required"),
        ({"reason": "x" * 1_001}, "at most 1000 characters"),
        ({"reason": "a\0b"}, "Null characters are not allowed"),
        ({"sure": ""}, "This field is required"),
        ({"seen": "0" * 32}, "Something else would stop counting by now"),
    ],
)
def test_what_is_missing_is_said(sends, amir, looked, told, words):
    answer = sends(amir, **told)
    assert (answer.status_code, words in answer.content.decode()) == (400, True)
    assert not Source.objects.get().retired_at


def test_what_nobody_worked_out_is_refused(sends, amir, lake):
    answer = sends(amir)
    assert (answer.status_code, b"worked out first" in answer.content) == (400, True)


def test_what_is_retired_has_no_such_page_any_more(client, sends, amir, looked):
    sends(amir)
    assert client.get(PAGE).status_code == 404
    assert client.get("/staff/sources/lake/change/").status_code == 404
    assert b"is retired" in client.post("/staff/sources/lake/refresh/", follow=True).content


def test_no_key_is_made_for_it(client, sends, amir, looked):
    sends(amir)
    assert client.post("/staff/tokens/", {"name": "Airflow", "source": "lake"}).status_code == 400


def test_an_editor_can_not(client, otto, looked):
    client.force_login(otto)
    assert (client.get(PAGE).status_code, client.post(PAGE, TOLD).status_code) == (403, 403)
    assert b"Retire it" not in client.get("/staff/sources/lake/").content
