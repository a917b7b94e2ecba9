"""Places for questions: a moment's wait helps where a few meet, and under overload only keeps threads from others."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from transparency.api import places
from transparency.api.places import CROWDED, PATIENCE, Places

EARLIER = 1_000.0


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
def waits(monkeypatch):
    """For how long each was ready to wait; nobody's turn comes."""
    noted = []

    class Turn:
        def comes(self, within):
            noted.append(within)
            return False

    monkeypatch.setattr(places, "Turn", Turn)
    return noted


@pytest.fixture
def crowded(clock, waits):
    """Two places, both taken."""
    found = Places(2)
    found.take()
    found.take()
    return found


def test_there_are_as_many_places_as_there_are(crowded):
    assert not crowded.take()
    crowded.give_back()
    assert crowded.take()


def test_after_one_waited_in_vain_the_others_are_sent_away_at_once(crowded, waits):
    assert [crowded.take() for _ in range(4)] == [False] * 4
    assert waits == [PATIENCE]


def test_a_moment_later_somebody_waits_again(crowded, waits, clock):
    crowded.take()
    clock.now += CROWDED / 2
    crowded.take()
    clock.now += CROWDED / 2
    crowded.take()
    assert waits == [PATIENCE, PATIENCE]


def test_once_all_places_are_free_the_crowd_is_gone(crowded, waits):
    crowded.take()
    crowded.give_back()
    crowded.give_back()
    assert [crowded.take(), crowded.take(), crowded.take()] == [True, True, False]
    assert waits == [PATIENCE, PATIENCE]


def test_while_one_place_is_taken_it_may_still_be_crowded(crowded, waits):
    crowded.take()
    crowded.give_back()
    assert [crowded.take(), crowded.take()] == [True, False]
    assert waits == [PATIENCE]


def test_who_finds_a_place_leaves_the_others_their_patience(crowded, waits):
    crowded.give_back()
    crowded.take()
    crowded.take()
    assert waits == [PATIENCE]


def test_nobody_who_waits_is_overtaken(monkeypatch):
    monkeypatch.setattr(places, "PATIENCE", 30.0)
    one = Places(1)
    one.take()
    with ThreadPoolExecutor(1) as elsewhere:
        waiting = elsewhere.submit(one.take)
        while not one._waiting:
            pass
        one.give_back()
        monkeypatch.setattr(places, "PATIENCE", 0.0)
        assert (one.take(), waiting.result()) == (False, True)


def test_a_turn_that_comes_at_the_last_moment_is_taken(monkeypatch):
    one = Places(1)
    one.take()

    class Late(places.Turn):
        def comes(self, within):
            one.give_back()
            return False

    monkeypatch.setattr(places, "Turn", Late)
    assert one.take()


def test_many_askers_are_all_served_and_every_place_is_free_again(monkeypatch):
    monkeypatch.setattr(places, "PATIENCE", 30.0)
    three = Places(3)

    def ask(_):
        taken = three.take()
        three.give_back()
        return taken

    with ThreadPoolExecutor(16) as askers:
        assert all(askers.map(ask, range(2_000)))
    assert (three._free, len(three._waiting)) == (3, 0)
