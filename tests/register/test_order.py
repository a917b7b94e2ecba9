"""In which order editions hold, whatever is published when: the rule against looking at every moment."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from tests.register.builders import NOON
from transparency.register import order

TIMES = st.lists(st.integers(0, 12), max_size=12).map(
    lambda days: {number: NOON + timedelta(days=day) for number, day in enumerate(days, 1)}
)


def days(*of):
    return {number: NOON + timedelta(days=day) for number, day in enumerate(of, 1)}


MOMENTS = [NOON + timedelta(days=day) for day in range(14)]


def held(times):
    """Which editions are in force at some moment, one after the other."""
    return [number for number in dict.fromkeys(order.in_force(times, at) for at in MOMENTS) if number]


def test_what_is_published_for_today_overtakes_what_waits_and_is_published_anew():
    times = days(0, 31, 2, 31)
    assert order.overtaken(times) == {2: 4}
    assert order.chain(times, 4) == [1, 3, 4]
    assert order.waiting(times, NOON + timedelta(days=2)) == [4]


def test_what_was_to_change_before_it_was_overtaken_is_compared_with_what_held_then():
    assert order.chain(days(0, 31, 2, 31), 2) == [1, 2]


def test_of_two_for_the_same_moment_the_first_never_holds():
    assert (order.chain(days(0, 5, 5), 3), order.overtaken(days(0, 5, 5))) == ([1, 3], {2: 3})


def test_before_the_first_there_is_none():
    assert (order.in_force({}, NOON), order.overtaken({})) == (0, {})
    assert order.chain({}, 0) == order.waiting({}, NOON) == []


@given(TIMES)
def test_what_leads_to_the_newest_is_just_what_holds_at_some_moment(times):
    assert order.chain(times, max(times, default=0)) == held(times)


@given(TIMES)
def test_what_never_holds_is_overtaken_by_what_holds_at_its_time(times):
    never = times.keys() - set(held(times))
    assert order.overtaken(times) == {number: order.in_force(times, times[number]) for number in never}


@given(TIMES.filter(bool))
def test_the_newest_follows_the_one_that_would_hold_just_before_it_without_it(times):
    newest = max(times)
    earlier = {number: time for number, time in times.items() if number < newest}
    before = order.in_force(earlier, times[newest] - timedelta(hours=1))
    assert order.chain(times, newest)[-2:-1] == [before] * bool(before)


@given(TIMES, st.integers(0, 13))
def test_what_waits_is_what_takes_over_later(times, day):
    after = NOON + timedelta(days=day)
    assert order.waiting(times, after) == [number for number in held(times) if times[number] > after]
