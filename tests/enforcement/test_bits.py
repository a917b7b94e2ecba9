import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.enforcement.builders import put_bits, turned_bits
from transparency.enforcement import bits

BOUND = 64
CHANGES = st.lists(st.tuples(st.integers(0, BOUND - 1), st.booleans()))


def positions(*numbers):
    return np.array(numbers, dtype=np.int64)


@given(CHANGES)
def test_a_batch_of_changes_equals_replaying_them_one_by_one(changes):
    packed = bits.empty(BOUND)
    put_bits(packed, changes)
    replayed = dict(changes)
    expected = [replayed.get(at, False) for at in range(BOUND)]
    assert bits.gather(packed, np.arange(BOUND, dtype=np.int64)).tolist() == expected


@given(CHANGES, CHANGES)
def test_catching_up_equals_a_replay_from_the_start(earlier, later):
    caught_up, replayed = bits.empty(BOUND), bits.empty(BOUND)
    put_bits(caught_up, earlier)
    put_bits(caught_up, later)
    put_bits(replayed, earlier + later)
    assert caught_up.tolist() == replayed.tolist()


def test_a_position_beyond_the_end_is_an_error_and_not_off():
    with pytest.raises(IndexError):
        bits.gather(bits.empty(8), positions(8))


def test_a_batch_that_reaches_beyond_the_end_changes_nothing():
    packed = bits.empty(8)
    with pytest.raises(IndexError):
        put_bits(packed, [(1, True), (8, True)])
    assert packed.tolist() == [0]


def test_bytes_that_stay_as_they_are_are_not_written_again():
    packed = bits.empty(BOUND)
    put_bits(packed, [(9, True)])
    assert turned_bits(packed, [(3, False), (9, True), (17, True)]).octets.tolist() == [2]


def test_a_hundred_million_members_take_12_and_a_half_megabytes():
    assert bits.empty(100_000_000).nbytes == 12_500_000


@given(CHANGES)
def test_the_positions_that_are_on_are_found_again(changes):
    packed = bits.empty(BOUND)
    put_bits(packed, changes)
    assert bits.positions_on(packed, first=100).tolist() == sorted(100 + at for at, on in dict(changes).items() if on)


def test_more_than_can_be_sorted_at_once_is_an_error_and_no_other_order(monkeypatch):
    monkeypatch.setattr(bits, "A_BATCH", 2)
    with pytest.raises(ValueError, match="can't be sorted at once"):
        bits.rising(positions(3, 1, 2))
