"""Whether a run honoured what it had to honour: the rule, by example and by property. Hours count from noon."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.register.builders import NOON
from transparency.enforcement.obedience import Run, Since, Verdict, verdict

DAY = timedelta(days=1)


def hour(number):
    return NOON + timedelta(hours=number)


def run(**said):
    usual = {"sequence": 5, "delivered": 9, "members_seen": 100, "members_left_out": 3, "started_at": hour(0)}
    return Run(**usual | said)


@pytest.mark.parametrize(
    ("overtaken", "refusals", "expected"),
    [
        (None, [], "fine"),  # nobody has chosen anything since
        (-30, [], "fine"),  # what was chosen since is about something else
        (-2, [-2], "fine"),  # a refusal so young that it may be missed
        (-30, [-2], "late"),  # the list was too old, and somebody refused meanwhile
        (-24, [-24], "ignored"),  # exactly as old as was agreed
        (-24.1, [-23.9], "late"),
        (-30, [-30, -2], "ignored"),
    ],
)
def test_a_run_is_judged_by_what_was_chosen_after_what_it_applied(overtaken, refusals, expected):
    since = Since(None if overtaken is None else hour(overtaken), [hour(one) for one in refusals])
    assert verdict(run(), since, DAY) == expected


@pytest.mark.parametrize(
    "said", [{"members_seen": 2, "members_left_out": 3}, {"sequence": 10}, {"sequence": 1, "delivered": 0}]
)
def test_numbers_that_cannot_be_are_called_so(said):
    assert verdict(run(**said), Since(), DAY) == "impossible"


@pytest.mark.parametrize("said", [{"members_seen": 3}, {"members_seen": 0, "members_left_out": 0}, {"sequence": 9}])
def test_numbers_that_can_be_are_not(said):
    assert verdict(run(**said), Since(), DAY) == "fine"


ages = st.timedeltas(min_value=timedelta(minutes=1), max_value=timedelta(days=90))
moments = st.lists(st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=100)), max_size=6)


def since(before):
    """Choices so long before the run; the first was the next one, the others are refusals."""
    times = sorted(NOON - one for one in before)
    return Since(times[0], times[1:]) if times else Since()


@given(moments, ages)
def test_a_run_that_had_to_honour_a_refusal_and_did_not_is_never_fine(before, age):
    told = since(before)
    had_to = any(one <= NOON - age for one in told.refusals)
    assert (verdict(run(), told, age) == Verdict.IGNORED) == had_to


@given(moments, ages)
def test_where_nobody_refused_no_run_is_blamed(before, age):
    told = since(before)
    assert verdict(run(), Since(told.overtaken_at), age) == Verdict.FINE


@given(moments, ages, ages)
def test_a_longer_age_never_makes_it_worse(before, age, more):
    order = list(Verdict)
    told = since(before)
    assert order.index(verdict(run(), told, age)) <= order.index(verdict(run(), told, age + more))


@given(moments, ages)
def test_one_more_refusal_never_makes_it_better(before, age):
    order = list(Verdict)
    told = since(before)
    more = Since(told.overtaken_at or NOON, (*told.refusals, NOON))
    assert order.index(verdict(run(), more, age)) <= order.index(verdict(run(), told, age))
