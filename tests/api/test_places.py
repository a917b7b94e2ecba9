"""Places for questions: a moment's wait helps where a few meet, and under overload only keeps threads from others."""

import pytest

from transparency.api import places
from transparency.api.places import CROWDED, PATIENCE, Places

EARLIER = 1_000.0


class Noted:
    """Notes how long each waits for a place; there is none, or one as often as it is asked for."""

    def __init__(self, free):
        self.free, self.waits = free, []

    def acquire(self, timeout):
        self.waits.append(timeout)
        return self.free


@pytest.fixture
def clock(monkeypatch):
    """Stands still until it is moved."""

    class Clock:
        now = EARLIER

        def monotonic(self):
            return self.now

    clock = Clock()
    monkeypatch.setattr(places, "time", clock)
    return clock


@pytest.fixture
def crowded(clock):
    """Two places, both taken for good."""
    found = Places(2)
    found._free = Noted(free=False)
    return found


def test_there_are_as_many_places_as_there_are():
    two = Places(2)
    assert [two.take(), two.take(), two.take()] == [True, True, False]
    two.give_back()
    assert two.take()


def test_after_one_waited_in_vain_the_others_are_sent_away_at_once(crowded):
    assert [crowded.take() for _ in range(4)] == [False] * 4
    assert crowded._free.waits == [PATIENCE, 0, 0, 0]


def test_a_moment_later_somebody_waits_again(crowded, clock):
    crowded.take()
    clock.now += CROWDED / 2
    crowded.take()
    clock.now += CROWDED / 2
    crowded.take()
    assert crowded._free.waits == [PATIENCE, 0, PATIENCE]


def test_who_finds_a_place_leaves_the_others_their_patience(clock):
    several = Places(2)
    several._free = Noted(free=True)
    several.take()
    several.take()
    assert several._free.waits == [PATIENCE, PATIENCE]
