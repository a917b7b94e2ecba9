"""Differences between what is done and what is said open, close by themselves, and never touch the register."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied

from tests.register.builders import NOON
from transparency.catalog.models import Observation, Refresh, Source
from transparency.register import queries as said
from transparency.register.actions import Invalid
from transparency.review import actions
from transparency.review.models import Finding

State = Finding.State
LATER = NOON + timedelta(days=2)
MESSAGES = {"category": "communications.messages", "feature": "job-ranking"}


def observe(stage="training", *, seen=True, last_seen=NOON):
    times = {"first_seen": last_seen, "last_seen": last_seen, "checked_at": last_seen}
    words = {"by_column": True, "path": [], "ended_because": "" if seen else "A barrier stops it on the way."}
    return Observation.objects.create(**MESSAGES, stage=stage, seen=seen, **words, **times)


def kinds():
    return sorted(Finding.objects.filter(state=State.OPEN).values_list("kind", flat=True))


def test_what_is_seen_but_not_said_is_found(published):
    observe("inference")
    actions.compare(at=LATER)
    assert "the catalog shows it, the register does not say it" in Finding.objects.get().sentence


def test_what_is_said_and_seen_is_no_finding(published):
    observe()
    actions.compare(at=LATER)
    assert kinds() == []


def test_what_is_said_but_not_seen_for_two_weeks_is_found(published):
    observe(seen=False)
    actions.compare(at=NOON + timedelta(days=15))
    assert kinds() == ["not_observed"]


def test_a_stale_source_proves_nothing(published):
    Source.objects.create(slug="w", name="Warehouse", connector="dbt", created_at=NOON)
    actions.compare(at=NOON + timedelta(days=15))
    assert kinds() == ["stale_source"]


def test_a_source_in_doubt_is_somebodys_work_until_it_is_read_without_one(published):
    source = Source.objects.create(slug="w", name="Warehouse", connector="dbt", created_at=LATER)
    for state in ("held", "held", "held"):
        Refresh.objects.create(source=source, state=state, queued_at=LATER, finished_at=LATER)
    actions.compare(at=LATER)
    assert kinds() == ["held_source"]
    Refresh.objects.create(source=source, state="running", queued_at=LATER)
    actions.compare(at=LATER)
    assert kinds() == ["held_source"]
    Refresh.objects.update(state="succeeded", finished_at=LATER)
    actions.compare(at=LATER)
    assert Finding.objects.get().state == Finding.State.CLOSED


def test_comparing_twice_finds_it_once(published):
    observe("inference")
    actions.compare(at=LATER)
    actions.compare(at=LATER)
    assert Finding.objects.count() == 1


def test_a_finding_that_goes_away_closes_itself_and_says_why(published):
    one = observe("inference")
    actions.compare(at=LATER)
    one.delete()
    actions.compare(at=LATER)
    assert (Finding.objects.get().state, Finding.objects.get().reason) == (
        State.CLOSED,
        "It is declared now, or no longer seen.",
    )


def test_what_was_dismissed_stays_dismissed_while_it_lasts(published, otto):
    observe("inference")
    actions.compare(at=LATER)
    actions.dismiss(by=otto, findings=Finding.objects.all(), reason="A test run.")
    actions.compare(at=LATER)
    assert kinds() == []


def test_it_is_found_anew_when_it_comes_back(published, otto):
    one = observe("inference")
    actions.compare(at=LATER)
    actions.dismiss(by=otto, findings=Finding.objects.all(), reason="A test run.")
    one.delete()
    actions.compare(at=LATER)
    observe("inference")
    actions.compare(at=LATER)
    assert kinds() == ["undeclared_use"]


def test_dismissing_takes_a_reason(published, otto):
    with pytest.raises(Invalid, match="Say why"):
        actions.dismiss(by=otto, findings=[], reason="  ")


def test_an_auditor_decides_nothing(published, ada):
    with pytest.raises(PermissionDenied):
        actions.dismiss(by=ada, findings=[], reason="No.")


def test_comparing_never_edits_the_register(published):
    observe("inference")
    actions.compare(at=LATER)
    assert said.register_in_force(LATER) == said.document(published).register


def test_a_finding_becomes_a_proposal_that_says_the_obvious(published, otto):
    observe("inference")
    actions.compare(at=LATER)
    proposal = actions.propose_from(by=otto, finding=Finding.objects.get())
    assert proposal.edits.get().after["stage"] == "inference"
    assert Finding.objects.get().state == State.IN_PROPOSAL
