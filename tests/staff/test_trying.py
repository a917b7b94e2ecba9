"""The part of a source's page on which it is tried, and what is said of one in doubt."""

import pytest
from django.utils import timezone

from transparency.catalog.models import Refresh, Source, Tryout
from transparency.staff.pages import trying

MERGED = {"added": 7, "changed": 0, "gone": 2, "flows_added": 1_200, "flows_changed": 0, "flows_gone": 0}
NONE = {"count": 0, "first": []}
ENDS = {"category": "contact.email", "feature": "jobs", "stage": "training", "because": "A barrier stops it."}


@pytest.fixture(autouse=True)
def _one_factor_suffices(settings):
    settings.STAFF_SECOND_FACTOR = False


@pytest.fixture
def lake(db):
    return Source.objects.create(slug="lake", name="Lake", connector="marquez", location="https://lake.example")


@pytest.fixture
def page(client, otto, lake):
    """Otto looks at the source's page, once what came of trying it is there."""

    def look(kind="connection", state="done", error="", **found):
        Tryout.objects.create(source=lake, kind=kind, state=state, error=error, found=found, finished_at=timezone.now())
        client.force_login(otto)
        return client.get("/staff/sources/lake/").content.decode()

    return look


def changes(**told):
    return {
        "assets": 9, "flows": 4, "faults": 1, "doubts": [], "merged": MERGED, "seconds": 4.0, "same": 3,
        "new": NONE, "ended": NONE, "other_way": NONE,
    } | told  # fmt: skip


def test_what_is_there_is_told_in_one_line(page):
    shown = page(assets=31_204, tags=12, seconds=4.1, says="Marquez")
    assert "Connected: 31,204 assets, 12 tags, took 4.1 s" in shown


def test_one_of_each_is_told_as_one(page):
    shown = page(assets=1, tags=1, seconds=0.1, says="")
    assert "Connected: 1 asset, 1 tag, took 0.1 s" in shown


def test_a_source_that_was_never_read_does_not_say_that_all_of_it_could_be_used(page):
    assert "Nothing was read yet." in page(assets=1, tags=1, seconds=0.1, says="")


def test_why_it_failed_is_told(page):
    assert "It does not let us in" in page(state="failed", error="It does not let us in (status 401).")


def test_what_would_change_is_listed(page):
    shown = page("changes", **changes(ended={"count": 1, "first": [ENDS]}))
    assert "No longer seen (1)" in shown
    assert "A barrier stops it." in shown
    assert "7 assets and 1,200 flows are new; 2 assets are gone" in shown


@pytest.mark.parametrize(("columns", "said"), [(0, ""), (1, " (1 column among them)"), (5, " (5 columns among them)")])
def test_how_much_there_is_of_what_is_told(page, columns, said):
    assert f"It holds 9 assets{said} and 4 flows" in page("changes", **changes(columns=columns))


def test_that_nothing_would_change_is_said(page):
    assert "Nothing that is observed would change" in page("changes", **changes())


def test_that_a_refresh_would_wait_is_said(page):
    assert "would wait for a person: 9 were promised" in page("changes", **changes(doubts=["9 were promised."]))


def test_what_runs_is_asked_for_again(page):
    assert "data-running" in page(state="running")


def test_a_hostile_answer_is_text(page):
    assert "<script>alert" not in page(assets=1, tags=1, seconds=1, says="<script>alert(1)</script>")


def test_trying_starts_a_worker(client, otto, lake, monkeypatch):
    rung = []
    monkeypatch.setattr(trying.bells, "ring", lambda *told: rung.append(told) or True)
    client.force_login(otto)
    client.post("/staff/sources/lake/try/changes/")
    asked = Tryout.objects.get()
    assert rung == [("transparency.catalog.tasks.try_source", asked.pk, asked.asked_at.isoformat())]
    answer = client.post("/staff/sources/lake/try/changes/", follow=True)
    assert (b"being tried already" in answer.content, len(rung)) == (True, 1)


def test_there_is_no_other_way_to_try(client, otto, lake):
    client.force_login(otto)
    assert client.post("/staff/sources/lake/try/everything/").status_code == 404


def test_what_is_in_doubt_says_why_and_can_be_taken(client, otto, lake):
    Refresh.objects.create(source=lake, state="held", error="100 datasets were promised, 90 came.")
    client.force_login(otto)
    shown = client.get("/staff/sources/lake/").content.decode()
    assert "Waits for a person" in shown
    assert "100 datasets were promised, 90 came." in shown
    assert "This is right: ask somebody to agree" in shown


ADDED = {
    "slug": "hub", "name": "Hub", "connector": "marquez", "every_minutes": 60, "horizon_days": 30,
    "stale_after_hours": 24, "whole_every_hours": 24,
}  # fmt: skip


def test_an_address_that_no_operator_lists_is_explained(client, amir):
    client.force_login(amir)
    page = client.post("/staff/sources/add/", ADDED | {"location": "https://evil.example"})
    assert (page.status_code, Source.objects.count()) == (400, 0)
    assert "No operator lists this host" in page.content.decode()


@pytest.mark.parametrize("connector", ["marquez", "openmetadata", "datahub"])
def test_a_catalog_of_each_kind_is_added_and_waits_to_be_tried(client, amir, settings, connector):
    settings.CATALOG_HOSTS = ["hub.example"]
    client.force_login(amir)
    told = {"connector": connector, "location": "https://hub.example", "token": "HUB"}
    assert client.post("/staff/sources/add/", ADDED | told)["Location"] == "/staff/sources/hub/"
    assert (Source.objects.get().enabled, Source.objects.get().token) == (False, "HUB")


def test_what_looks_like_a_token_is_not_stored(client, amir, settings):
    settings.CATALOG_HOSTS = ["hub.example"]
    client.force_login(amir)
    told = {"location": "https://hub.example", "token": "eyJhbGciOiJSUzI1NiJ9.x"}
    assert client.post("/staff/sources/add/", ADDED | told).status_code == 400
    assert not Source.objects.exists()
