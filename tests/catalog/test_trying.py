"""Trying a source before it counts."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from tests.catalog.builders import Shelf, flow, key, snapshot
from transparency.accounts.models import HistoryEntry
from transparency.catalog import actions
from transparency.catalog.actions import StillRunning, trying
from transparency.catalog.connectors.base import Found, SeenFault, SourceUnreadable
from transparency.catalog.models import Asset, Binding, ClassificationRule, Flow, Observation, Tryout

MOMENT = timedelta(seconds=1)


class Looks(Shelf):
    """A connector that can tell how much there is."""

    def look(self, progress):
        progress("Counting", 3, None)
        return Found(31_204, 12, "Marquez")


@pytest.fixture
def now():
    return timezone.now()


@pytest.fixture
def tries(otto, warehouse, now):
    """Otto tries the warehouse; returns what came of it."""

    def run(kind, shelf):
        asked = actions.ask_to_try(by=otto, source=warehouse, kind=kind, at=now)
        actions.try_source(tryout_id=asked.pk, asked_at=asked.asked_at, connector_for=shelf)
        asked.refresh_from_db()
        return asked

    return run


@pytest.fixture
def told(pipeline):
    """What people said: personal data is e-mail, and the ranker is part of job recommendations."""
    ClassificationRule.objects.create(position=1, matches="tag", pattern="pii", category="contact.email")
    Binding.objects.create(key=key("model ranker"), feature="jobs", stage="training")
    return pipeline


def standing():
    return [(one.category, one.feature, one.seen) for one in Observation.objects.all()]


def test_a_test_tells_how_much_there_is_and_how_long_it_took(tries):
    tried = tries("connection", Looks(None))
    assert (tried.state, tried.found["assets"], tried.found["tags"], tried.found["says"]) == (
        "done", 31_204, 12, "Marquez"
    )  # fmt: skip
    assert tried.found["seconds"] >= 0


def test_who_can_not_count_is_read_and_columns_are_not_counted_either(tries, pipeline):
    tried = tries("connection", Shelf(pipeline))
    assert (tried.found["assets"], tried.found["tags"]) == (len(pipeline.assets) - 3, 2)


def test_a_dry_run_tells_how_many_of_all_are_columns(tries, pipeline):
    tried = tries("changes", Shelf(pipeline))
    assert (tried.found["assets"], tried.found["columns"]) == (len(pipeline.assets), 3)


def test_why_it_can_not_be_reached_is_said(tries):
    tried = tries("connection", Shelf(SourceUnreadable("It does not let us in.", retryable=True)))
    assert (tried.state, tried.error) == ("failed", "It does not let us in.")


def test_what_a_refresh_would_bring_is_shown_and_undone(tries, told, warehouse):
    tried = tries("changes", Shelf(told))
    (row,) = tried.found["new"]["first"]
    assert (row["category"], row["feature"], row["stage"]) == ("contact.email", "jobs", "training")
    assert tried.found["merged"]["added"] == 7
    assert (Asset.objects.count(), Flow.objects.count(), standing()) == (0, 0, [])
    warehouse.refresh_from_db()
    assert (warehouse.version, warehouse.last_good_at) == (0, None)


def test_after_the_reading_it_says_that_it_works_out_what_would_change(tries, told, monkeypatch):
    said = []
    monkeypatch.setattr(trying, "recompute", lambda at: said.append(Tryout.objects.get().phase))
    tries("changes", Shelf(told))
    assert set(said) == {"Working out what would change"}


def test_what_a_refresh_would_end_is_shown_with_the_reason(tries, told, read, now):
    read(told)
    actions.recompute(at=timezone.now())
    tried = tries("changes", Shelf(replace(told, flows=told.flows[:1])))
    (row,) = tried.found["ended"]["first"]
    assert "no longer shows a way" in row["because"]
    assert standing() == [("contact.email", "jobs", True)]


def test_another_way_to_the_same_is_shown(tries, told, read):
    read(told)
    actions.recompute(at=timezone.now())
    tried = tries("changes", Shelf(snapshot(flow("users.email", "model ranker"), tags={"users.email": "pii"})))
    assert (tried.found["other_way"]["count"], tried.found["same"]) == (1, 0)


def test_nothing_new_changes_nothing(tries, told, read):
    read(told)
    actions.recompute(at=timezone.now())
    tried = tries("changes", Shelf(told))
    assert [tried.found[kind]["count"] for kind in ("new", "ended", "other_way")] == [0, 0, 0]
    assert tried.found["same"] == 1


def test_what_a_refresh_would_doubt_is_shown_too(tries, told):
    doubtful = replace(told, doubts=[SeenFault("less", "datasets", "9 datasets were promised, 7 came.")])
    assert tries("changes", Shelf(doubtful)).found["doubts"] == ["9 datasets were promised, 7 came."]


def test_what_is_being_tried_is_not_tried_twice(otto, warehouse, now):
    actions.ask_to_try(by=otto, source=warehouse, kind="changes", at=now)
    with pytest.raises(StillRunning):
        actions.ask_to_try(by=otto, source=warehouse, kind="changes", at=now + MOMENT)


def test_who_has_been_silent_for_long_is_replaced_and_can_not_answer_any_more(otto, warehouse, now, pipeline):
    first = actions.ask_to_try(by=otto, source=warehouse, kind="changes", at=now)
    later = now + timedelta(minutes=6)
    second = actions.ask_to_try(by=otto, source=warehouse, kind="changes", at=later)
    actions.try_source(tryout_id=first.pk, asked_at=now, connector_for=Shelf(pipeline))
    assert Tryout.objects.get().state == "queued"
    actions.try_source(tryout_id=second.pk, asked_at=later, connector_for=Shelf(pipeline))
    assert Tryout.objects.get().state == "done"


def test_what_is_unforeseen_is_said_to_be(tries):
    with pytest.raises(ZeroDivisionError):
        tries("connection", Shelf(ZeroDivisionError()))
    assert Tryout.objects.get().error.startswith("Something unforeseen")


def test_an_auditor_may_not_try(ada, warehouse, now):
    with pytest.raises(PermissionDenied):
        actions.ask_to_try(by=ada, source=warehouse, kind="changes", at=now)


def test_who_tried_is_in_the_history(tries, pipeline, otto):
    tries("connection", Shelf(pipeline))
    assert (HistoryEntry.objects.get().actor, HistoryEntry.objects.get().verb) == (otto, "source.try")
