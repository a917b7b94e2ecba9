"""What was seen stands beside what is said, and never inside it."""

import pytest

from tests.register.builders import NOON, register, use
from transparency.register import queries
from transparency.register.actions import record_evidence
from transparency.register.models import Evidence, Freshness

pytestmark = pytest.mark.django_db


STEP = {"what": "A table:", "name": "users", "by": "prepare", "how": "", "last_seen": "2026-11-24"}


def evidence(stage="training", *, seen=True, steps=(STEP,), sources=()):
    times = {"first_seen": NOON, "last_seen": NOON, "checked_at": NOON}
    where = {"category": "communications.messages", "feature": "job-ranking", "stage": stage}
    return Evidence(**where, seen=seen, by_column=True, steps=list(steps), sources=list(sources), **times)


def test_the_stamp_grows_when_something_changes():
    record_evidence(evidence=[evidence()], freshness=[], at=NOON)
    assert queries.stamp() == 1


def test_the_stamp_stays_when_nothing_does():
    record_evidence(evidence=[evidence()], freshness=[Freshness(source="w", name="W")], at=NOON)
    assert not record_evidence(evidence=[evidence()], freshness=[Freshness(source="w", name="W")], at=NOON)
    assert queries.stamp() == 1


def test_the_stamp_grows_when_a_step_does():
    record_evidence(evidence=[evidence()], freshness=[], at=NOON)
    assert record_evidence(evidence=[evidence(steps=[STEP | {"how": "masked"}])], freshness=[], at=NOON)


def test_evidence_never_edits_an_edition(publish):
    before = publish(register()).digest
    record_evidence(evidence=[evidence("inference")], freshness=[], at=NOON)
    assert queries.edition(1).digest == before


def test_what_is_seen_is_verified():
    assert queries.badge(evidence(), []).kind == "verified"


def test_what_is_no_longer_seen_is_only_declared():
    assert queries.badge(evidence(seen=False), []).words == "Declared, not seen since"


def test_a_stale_source_is_said_first():
    assert queries.badge(evidence(), [Freshness(source="w", name="W", stale_since=NOON)]).kind == "unread"


def test_what_is_seen_but_not_said_is_listed():
    record_evidence(evidence=[evidence(), evidence("inference")], freshness=[], at=NOON)
    assert [row.stage for row in queries.undeclared(register(use()), queries.evidence())] == ["inference"]


STALE, FRESH = Freshness(source="crm", name="CRM", stale_since=NOON), Freshness(source="lake", name="Lake")


def test_a_stale_source_that_told_nothing_of_it_hides_nothing():
    assert queries.badge(evidence(sources=["lake"]), [STALE, FRESH]).kind == "verified"


def test_a_stale_source_among_those_that_told_of_it_is_said():
    assert queries.badge(evidence(sources=["crm", "lake"]), [STALE, FRESH]).kind == "unread"


def test_that_something_is_not_seen_is_said_only_where_all_could_be_asked():
    assert queries.badge(evidence(seen=False, sources=["lake"]), [STALE, FRESH]).kind == "unread"
    assert queries.badge(None, [STALE, FRESH]).kind == "unread"


def test_the_stamp_grows_when_another_source_tells_of_it():
    record_evidence(evidence=[evidence(sources=["lake"])], freshness=[], at=NOON)
    assert record_evidence(evidence=[evidence(sources=["crm"])], freshness=[], at=NOON)
