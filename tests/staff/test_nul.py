"""A character that the database takes nowhere, where nothing but a text is asked for: told, and nothing is written."""

import pytest

from transparency.accounts.models import HistoryEntry
from transparency.enforcement.models import Pipeline


@pytest.fixture(autouse=True)
def _one_factor_suffices(settings):
    settings.STAFF_SECOND_FACTOR = False


@pytest.mark.parametrize("field", ["state", "kind", "text", "feature", "sort", "days", "urgency", "page"])
def test_the_inbox_is_asked_for_no_such_thing(client, otto, field):
    client.force_login(otto)
    assert client.get("/staff/", {field: "\0"}).status_code == 200


def test_no_proposal_is_in_such_a_state(client, otto):
    client.force_login(otto)
    assert client.get("/staff/proposals/", {"state": "\0"}).status_code == 200


def test_a_pipeline_is_not_paused_for_such_a_reason(client, otto, pip):
    client.force_login(otto)
    before = HistoryEntry.objects.count()
    page = client.post("/staff/pipelines/pip/pause/", {"reason": "Ignores\0refusals"}, follow=True).content.decode()
    assert "can’t be kept" in page
    assert (Pipeline.objects.get().active, HistoryEntry.objects.count()) == (True, before)


def test_a_key_for_such_a_source_is_not_made(client, amir):
    client.force_login(amir)
    assert client.post("/staff/tokens/", {"name": "Spark", "source": "lake\0"}).status_code == 400


@pytest.mark.django_db
def test_a_company_of_such_a_name_is_not_there(client):
    assert client.get("/accounts/oidc/%00/login/").status_code == 404
