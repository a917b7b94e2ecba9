import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from transparency.enforcement import bits

BOUND = 64
CHANGES = st.lists(st.tuples(st.integers(0, BOUND - 1), st.booleans()))


def positions(*numbers):
    return np.array(numbers, dtype=np.uint64)


def put_all(target, changes):
    bits.put(target, positions(*[at for at, _ in changes]), np.array([on for _, on in changes], dtype=bool))


@given(CHANGES)
def test_a_batch_of_changes_equals_replaying_them_one_by_one(changes):
    packed = bits.empty(BOUND)
    put_all(packed, changes)
    replayed = dict(changes)
    expected = [replayed.get(at, False) for at in range(BOUND)]
    assert bits.gather(packed, np.arange(BOUND, dtype=np.uint64)).tolist() == expected


@given(CHANGES, CHANGES)
def test_catching_up_equals_a_replay_from_the_start(earlier, later):
    caught_up, replayed = bits.empty(BOUND), bits.empty(BOUND)
    put_all(caught_up, earlier)
    put_all(caught_up, later)
    put_all(replayed, earlier + later)
    assert caught_up.tolist() == replayed.tolist()


def test_a_position_beyond_the_end_is_an_error_and_not_off():
    with pytest.raises(IndexError):
        bits.gather(bits.empty(8), positions(8))


def test_a_batch_that_reaches_beyond_the_end_changes_nothing():
    packed = bits.empty(8)
    with pytest.raises(IndexError):
        put_all(packed, [(1, True), (8, True)])
    assert packed.tolist() == [0]


def test_a_hundred_million_members_take_12_and_a_half_megabytes():
    assert bits.empty(100_000_000).nbytes == 12_500_000


@pytest.mark.parametrize(("key", "expected"), [("0", 0), ("7", 7), ("99", 99)])
def test_an_integer_key_has_its_own_position(key, expected):
    assert bits.position(key, 100) == expected


@pytest.mark.parametrize("key", ["100", "07", "-1", "", "a", "²", "٣", "9" * 64])
def test_any_other_key_has_no_position(key):
    assert bits.position(key, 100) is None
