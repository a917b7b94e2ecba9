"""What needs somebody today: how urgent, how it is known, and what to do next."""

import pytest

from transparency.review import actions as review
from transparency.review.models import Finding

SUBJECTS = {
    "barrier_proposed": "5e8f",
    "undeclared_use": "work.skills/feed/training", "not_observed": "work.skills/feed/training",
    "unclassified": "dataset:postgres://db:5432/raw/x", "unbound_model": "model:mlflow://models/ranker",
    "barrier_expired": "7", "barrier_expiring": "7", "stale_source": "lake", "failing_source": "lake",
    "held_source": "lake",
    "run_ignored": "run", "run_late": "run", "run_impossible": "run", "run_unasked": "run", "webhook_off": "run",
    "uncovered_use": "work.skills/feed/training", "clause_changed": "privacy-policy/3.2",
    "idle_purpose": "privacy-policy/3.2 research",
}  # fmt: skip
STEPS = {
    "barrier_proposed": "Propose a barrier there",
    "undeclared_use": "Propose to declare it", "not_observed": "Propose to remove it",
    "unclassified": "Say what data it holds", "unbound_model": "Say which feature it is part of",
    "barrier_expired": "Renew or remove the barrier", "barrier_expiring": "Renew or remove the barrier",
    "stale_source": "Look at the source", "failing_source": "Look at the source",
    "held_source": "Look at the source",
    "run_ignored": "See the pipelines and whom to ask", "run_late": "See the pipelines and whom to ask",
    "run_impossible": "See the pipelines and whom to ask", "run_unasked": "See the pipelines and whom to ask",
    "webhook_off": "See the pipelines and whom to ask",
    "uncovered_use": "Propose to name its clause", "clause_changed": "Compare the wordings",
    "idle_purpose": "Propose to change the document",
}  # fmt: skip


@pytest.fixture(autouse=True)
def _one_factor_suffices(settings):
    settings.STAFF_SECOND_FACTOR = False


@pytest.fixture
def found(db):
    """Finds something of a kind."""

    def find(kind, urgency=2, **more):
        words = {"subject": SUBJECTS[kind], "urgency": urgency, "sentence": f"A finding: {kind}."}
        return Finding.objects.create(kind=kind, **words | more)

    return find


def page_of(client, path="/staff/"):
    return client.get(path).content.decode()


def test_each_kind_has_a_step_and_a_meaning():
    assert SUBJECTS.keys() == STEPS.keys() == set(Finding.Kind.values)


@pytest.mark.parametrize(("kind", "step"), STEPS.items())
def test_an_editor_is_shown_the_next_step_in_the_inbox_and_on_the_page(client, otto, found, kind, step):
    one = found(kind)
    client.force_login(otto)
    assert step in page_of(client)
    assert step in page_of(client, f"/staff/findings/{one.pk}/")


def test_a_model_without_a_feature_is_nothing_to_remove(client, otto, found):
    one = found("unbound_model")
    client.force_login(otto)
    assert "Propose to remove it" not in page_of(client, f"/staff/findings/{one.pk}/")


@pytest.mark.parametrize("kind", ["undeclared_use", "unclassified", "barrier_expired"])
def test_an_auditor_is_shown_no_step_that_is_not_theirs(client, ada, found, kind):
    one = found(kind)
    client.force_login(ada)
    pages = page_of(client) + page_of(client, f"/staff/findings/{one.pk}/")
    assert STEPS[kind] not in pages
    assert "Dismiss it" not in pages
    assert "Dismiss the chosen" not in pages


def test_the_step_of_a_row_makes_a_proposal(client, otto, found):
    one = found("undeclared_use")
    client.force_login(otto)
    client.post(f"/staff/findings/{one.pk}/propose/", {"reason": ""})
    one.refresh_from_db()
    assert one.state == "in_proposal"
    assert "See the proposal" in page_of(client, f"/staff/findings/{one.pk}/")


def test_no_tick_is_lost_for_want_of_a_reason(client, otto, found):
    """The browser asks for it before anything is sent; the step of a row needs none."""
    found("undeclared_use")
    client.force_login(otto)
    page = page_of(client)
    assert '<input name="reason" maxlength="1000" required>' in page
    assert '<button class="small" formnovalidate' in page


def test_findings_stand_under_how_urgent_they_are(client, ada, found):
    found("stale_source", urgency=1)
    found("unbound_model", urgency=3)
    client.force_login(ada)
    page = page_of(client).split("<form", 2)[2]
    assert page.index("<h2>Today</h2>") < page.index("stale_source") < page.index("<h2>When there is time</h2>")


def test_the_tiles_count_and_narrow(client, ada, found):
    found("stale_source", urgency=1)
    found("unbound_model", urgency=3)
    client.force_login(ada)
    assert "<b>1</b> <span>today</span>" in page_of(client)
    assert "A finding: stale_source." not in page_of(client, "/staff/?urgency=3")


@pytest.mark.parametrize("typed", ["0", "4", "-1", "x", "1" * 400, "\0"])
def test_an_urgency_that_there_is_not_narrows_nothing(client, ada, found, typed):
    found("stale_source")
    client.force_login(ada)
    assert b"A finding: stale_source." in client.get("/staff/", {"urgency": typed}).content


def test_the_way_is_told_in_short(client, ada, found):
    path = [{"key": f"dataset:{name}", "kind": "dataset", "name": name} for name in ("raw.posts", "b", "c", "ranker")]
    found("undeclared_use", evidence={"path": path})
    client.force_login(ada)
    assert "raw.posts → 2 steps → ranker" in page_of(client)


def test_an_editor_sees_her_own_drafts_there(client, olga, otto):
    review.start_proposal(by=olga, title="Shorter retention")
    review.start_proposal(by=otto, title="Longer retention")
    client.force_login(olga)
    assert "Shorter retention" in page_of(client)
    assert "Longer retention" not in page_of(client)


def test_a_place_in_the_menu_says_that_one_is_there(client, amir):
    client.force_login(amir)
    assert '<a href="/staff/people/" aria-current="page">People</a>' in page_of(client, "/staff/people/")
    assert '<a href="/staff/" aria-current="page">Inbox</a>' not in page_of(client, "/staff/people/")


def test_the_menu_shows_nobody_what_is_closed_to_them(client, ada):
    client.force_login(ada)
    assert "/staff/people/" not in page_of(client)
