"""Following a change as far as it changes anything, and no further."""

from datetime import timedelta

import pytest
from django.db.models import F

from tests.catalog.builders import NOON, flow, key, snapshot
from transparency.catalog import actions
from transparency.catalog.actions import following, recomputing
from transparency.catalog.keys import place_of
from transparency.catalog.merge import merge
from transparency.catalog.models import Arrived, Observation, Source

ROUND = flow("b.x", "c.x"), flow("c.x", "b.x"), flow("c.x", "model ranker")
LONG = [flow(f"t{number}.x", f"t{number + 1}.x") for number in range(12)]


@pytest.fixture
def bound(otto):
    actions.add_rule(by=otto, matches="tag", pattern="pii", category="contact.email")
    actions.add_binding(by=otto, key=key("model ranker"), feature="job-ranking", stage="training")


@pytest.fixture
def told(bound, warehouse, monkeypatch):
    """Merges and follows a snapshot a day; only the first is worked out as a whole."""
    days = iter(range(9))

    def tell(*flows, tags=None):
        at = NOON + timedelta(days=next(days))
        merge(warehouse, snapshot(*flows, tags={"a.x": "pii"} if tags is None else tags), at)
        Source.objects.filter(pk=warehouse.pk).update(last_good_at=at, version=F("version") + 1)
        actions.recompute(at=at)
        monkeypatch.setattr(recomputing, "_work_out", None)
        return [step["name"] for one in Observation.objects.filter(seen=True) for step in one.path]

    return tell


def test_what_went_round_a_cycle_ends_with_what_fed_it(told):
    assert told(flow("a.x", "b.x"), *ROUND)
    assert told(flow("a.x", "other.x"), *ROUND) == []


def test_the_shortest_way_changes_far_behind_what_changed(told):
    way = [flow("a.x", "t0.x"), *LONG, flow("t12.x", "model ranker")]
    assert len(told(*way)) == 15
    assert len(told(*way, flow("a.x", "t6.x"))) == 9
    assert len(told(*way)) == 15


def test_a_column_that_is_gone_is_no_more_in_what_reads_its_table(told):
    assert told(flow("a", "model ranker"))
    assert told(flow("a", "model ranker"), tags={}) == []


def test_a_label_that_moves_to_another_column_begins_another_path(told):
    assert told(flow("a", "model ranker"))[0] == "a, column x"
    assert told(flow("a", "model ranker"), tags={"a.y": "pii"})[0] == "a, column y"


def test_nothing_is_kept_of_what_is_gone(told):
    told(flow("a.x", "b.x"), flow("b.x", "model ranker"))
    told(flow("a.x", "model ranker"))
    assert place_of(key("b")) not in Arrived.objects.values_list("place", flat=True)


def test_what_is_kept_is_what_working_out_everything_keeps(told, monkeypatch):
    told(flow("a.x", "b.x"), *ROUND)
    told(flow("a.x", "t3.x"), *LONG, flow("t9.x", "b.x"), *ROUND)
    followed = sorted(Arrived.objects.values_list())
    monkeypatch.undo()
    actions.recompute(at=NOON + timedelta(days=1), whole=True)
    assert sorted(Arrived.objects.values_list()) == followed


def test_where_nothing_changes_nobody_looks_further(told, monkeypatch):
    way = [flow("a.x", "t0.x"), *LONG, flow("t12.x", "model ranker")]
    told(*way)
    looked_at = []
    load = following.load
    monkeypatch.setattr(following, "load", lambda rows, common: looked_at.append(len(rows)) or load(rows, common))
    told(*way, flow("other.x", "t6.y"))
    assert looked_at == [5]  # the two tables and their columns, once


def test_where_too_much_is_concerned_everything_is_worked_out(bound, read, pipeline, monkeypatch):
    read(pipeline)
    actions.recompute(at=NOON)
    monkeypatch.setattr(following, "CONCERNED", 1)
    read(snapshot(flow("users.email", "model ranker"), tags={"users.email": "pii"}))
    actions.recompute(at=NOON + timedelta(hours=1))
    assert len(Observation.objects.get(seen=True).path) == 2
