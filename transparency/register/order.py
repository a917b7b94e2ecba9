"""In which order editions hold, and which never do because another one holds in their place. Pure.

At any moment the highest number whose time has come is in force. A higher number may hold earlier than a lower one that
still waits: that one is overtaken, and never holds.
"""

from bisect import bisect_right
from collections.abc import Mapping
from datetime import datetime

Times = Mapping[int, datetime]
"""When each edition takes effect, by its number."""


def in_force(times: Times, at: datetime) -> int:
    """The number of the edition in force at ``at``; 0 before the first."""
    return max((number for number, time in times.items() if time <= at), default=0)


def chain(times: Times, upto: int) -> list[int]:
    """The editions that lead to ``upto``, which is the last of them: each holds until the next one does.

    The one before an edition is the highest lower number with an earlier time: what held, or was to hold, until then.
    """
    found: list[int] = []
    for number in sorted((one for one in times if one <= upto), reverse=True):
        if not found or times[number] < times[found[-1]]:
            found.append(number)
    return found[::-1]


def overtaken(times: Times) -> dict[int, int]:
    """Editions that never hold, each with the one that holds at its time instead."""
    holding = chain(times, max(times, default=0))
    begin = [times[number] for number in holding]
    return {number: holding[bisect_right(begin, times[number]) - 1] for number in times.keys() - set(holding)}


def replaced(instead: Mapping[int, int], number: int) -> tuple[int, ...]:
    """Of what ``overtaken`` tells: the editions in whose place this one holds."""
    return tuple(sorted(one for one, other in instead.items() if other == number))


def waiting(times: Times, after: datetime) -> list[int]:
    """The editions that will hold later than ``after``, soonest first."""
    return [number for number in chain(times, max(times, default=0)) if times[number] > after]
