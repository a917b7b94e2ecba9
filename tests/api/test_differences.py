"""Machines read policies, corrections, and what differs between two editions."""

import json
from datetime import timedelta

import jsonpatch
import pytest

from tests.register.builders import NOON, correction, policy, register

pytestmark = pytest.mark.django_db


@pytest.fixture
def site(publish, time_machine):
    publish(register())
    publish(register(policies=(policy(),), corrections=(correction(),)))
    time_machine.move_to(NOON + timedelta(days=3), tick=False)


def read(client, path):
    return json.loads(client.get(f"/api/v1/{path}").content)


def test_policies_are_listed_as_they_stood(client, site):
    assert [one["slug"] for one in read(client, "policies/")["results"]] == ["privacy-policy"]
    assert read(client, "policies/?at=2026-11-24")["results"] == []
    assert read(client, "policies/?kind=terms")["results"] == []


def test_corrections_are_listed(client, site):
    assert [one["truth"] for one in read(client, "corrections/?about=use")["results"]] == ["24 months"]


def test_a_difference_is_told_in_sentences_and_as_a_patch(client, site):
    found = read(client, "differences/?from=1&to=2")
    one, two = (json.loads(client.get(f"/editions/{number}.json").content) for number in (1, 2))
    assert [change["kind"] for change in found["changes"]] == ["correction", "policy"]
    assert jsonpatch.apply_patch(one, found["patch"]) == two


def test_without_numbers_it_is_all_that_ever_changed(client, site):
    assert [read(client, "differences/")[name] for name in ("from", "to")] == [1, 2]


@pytest.mark.parametrize(("query", "status"), [("?from=9", 404), ("?to=x", 400), ("?from=1&from=2", 400)])
def test_what_cannot_be_compared_is_refused(client, site, query, status):
    assert client.get(f"/api/v1/differences/{query}").status_code == status
