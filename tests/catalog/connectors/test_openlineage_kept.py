"""Events that were applied one handful at a time show what they show when all are read at once."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.catalog.connectors.test_openlineage_fold import events, flows, key
from tests.scenarios.openlineage import dataset, run_event
from transparency.catalog import limits
from transparency.catalog.connectors.openlineage import parse_event
from transparency.catalog.connectors.openlineage_fold import EARLIEST, Fold
from transparency.catalog.connectors.openlineage_kept import dumped, loaded

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def add(folding, *told):
    for event in told:
        folding.add(parse_event(json.dumps(event)))
    return folding


def at_once(*told):
    return add(Fold(NOON), *told).snapshot()


def in_handfuls(*handfuls, settling=EARLIEST):
    """Each handful read by a process of its own, an hour after the one before."""
    state = dumped(Fold(NOON))
    for hour, told in enumerate(handfuls):
        folding = add(loaded(state, NOON + timedelta(hours=hour)), *told)
        snapshot = folding.snapshot()
        folding.settle(settling)
        state = dumped(folding)
    assert loaded(state, NOON).snapshot() == snapshot
    return snapshot


def cut(told, places):
    edges = [0, *sorted(place % (len(told) + 1) for place in places), len(told)]
    return [told[start:end] for start, end in pairwise(edges)]


@given(st.lists(events, max_size=8), st.lists(st.integers(0, 50), max_size=4), st.randoms())
@settings(max_examples=200, deadline=None)
def test_the_graph_is_the_same_wherever_the_stream_is_cut(told, places, chance):
    again = told + told[: len(told) // 2]
    chance.shuffle(again)
    assert in_handfuls(*cut(again, places)) == at_once(*told)


alone = st.tuples(events, st.uuids()).map(lambda pair: pair[0] | {"run": {"runId": str(pair[1])}})


@given(st.lists(alone, max_size=8), st.lists(st.integers(0, 50), max_size=4), st.randoms())
@settings(max_examples=100, deadline=None)
def test_runs_that_are_over_may_be_forgotten_at_any_time(told, places, chance):
    again = told + told[: len(told) // 2]
    chance.shuffle(again)
    snapshot = in_handfuls(*cut(again, places), settling=NOON + DAY)
    assert replace(snapshot, faults=[]) == replace(at_once(*told), faults=[])


def test_a_run_goes_on_although_others_were_read_in_between():
    start = run_event([dataset("a")], eventType="START")
    end = run_event(outputs=[dataset("x")], eventTime="2026-03-04T06:00:00Z")
    assert (key("a"), key("x")) in flows(in_handfuls([start], [run_event(run={"runId": "other"})], [end]))


def test_of_a_run_that_is_over_what_it_moved_stays():
    told = run_event([dataset("a")], [dataset("x")])
    folding = add(Fold(NOON), told)
    folding.settle(NOON + DAY)
    assert (folding.runs, folding.bodies, len(folding.settled)) == ({}, {}, 1)
    assert loaded(dumped(folding), NOON).snapshot() == at_once(told)


def test_a_run_that_somebody_told_of_meanwhile_is_not_over():
    start = run_event([dataset("a")], eventType="START")
    folding = add(
        loaded(dumped(add(Fold(NOON), start)), NOON + 2 * DAY), run_event([dataset("b")], eventType="RUNNING")
    )
    folding.settle(NOON + DAY)
    assert len(folding.runs) == 1


def test_a_thousand_runs_that_did_the_same_take_no_more_room_than_one():
    folding = add(Fold(NOON), *(run_event([dataset("a")], [dataset("x")], run={"runId": str(n)}) for n in range(1_000)))
    folding.settle(NOON + DAY)
    assert (len(folding.settled), len(dumped(folding)) < 1_000) == (1, True)


def test_a_facet_that_says_something_else_in_every_run_takes_no_more_room_than_one():
    told = [run_event([dataset("t", acme=n)], eventTime=f"2026-03-04T05:06:{n:02}Z") for n in range(60)]
    folding = add(Fold(NOON), *told)
    folding.settle(EARLIEST)
    assert len(folding.statements) == 1
    assert folding.snapshot().assets == at_once(*told).assets


def test_a_facet_that_became_too_long_does_not_hide_the_one_before():
    short = run_event([dataset("t", acme="short")])
    long = run_event([dataset("t", acme=["x" * 4_000] * 5)], eventTime="2026-03-05T00:00:00Z", run={"runId": "later"})
    assert len(json.dumps(long)) > limits.KEPT_FACET_BYTES
    assert in_handfuls([short, long], []) == at_once(short, long)


def test_an_earlier_facet_that_comes_later_changes_nothing():
    first = run_event([dataset("t", acme=1)])
    second = run_event([dataset("t", acme=2)], eventTime="2026-03-05T00:00:00Z", run={"runId": "later"})
    assert in_handfuls([second], [first], [second]) == at_once(first, second)


def test_moments_at_the_ends_of_time_are_kept():
    told = [run_event([dataset("a")], eventTime=time) for time in ("0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z")]
    assert in_handfuls(*([one] for one in told)) == at_once(*told)
