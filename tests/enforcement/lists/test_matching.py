import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transparency.enforcement.lists.matching import Hashed, Packed, matcher
from transparency.enforcement.lists.members import members_of

SMALL = st.sets(st.integers(0, 500))
ANY = st.sets(st.integers(0, 2**63 - 1))


def packed(numbers):
    found = Packed(int(numbers.max(initial=0)))
    found.add(numbers)
    return found


@pytest.mark.parametrize("kind", [packed, Hashed])
@settings(deadline=None)
@given(SMALL, st.lists(st.integers(0, 2**63 - 1) | st.integers(0, 600)))
def test_it_finds_what_is_in_the_list_and_nothing_else(kind, listed, wanted):
    found = kind(members_of(listed).numbers).found(np.array(wanted, dtype=np.int64))
    assert found.tolist() == [one in listed for one in wanted]


@settings(deadline=None)
@given(ANY, ANY)
def test_keys_from_all_over_are_found(listed, others):
    wanted = sorted(listed | others)
    found = matcher(members_of(listed).numbers).found(np.array(wanted, dtype=np.int64))
    assert found.tolist() == [one in listed for one in wanted]


def test_many_windows_are_one_answer():
    listed = np.arange(0, 1_000_000, 3, dtype=np.int64)
    wanted = np.arange(1_000_000, dtype=np.int64)[::-1]
    assert np.array_equal(matcher(listed).found(wanted), wanted % 3 == 0)


def test_a_few_keys_far_apart_take_little_room():
    assert isinstance(matcher(np.array([5, 2**62], dtype=np.int64)), Hashed)


def test_a_key_beyond_the_largest_is_an_error_and_not_forgotten():
    with pytest.raises(IndexError, match="beyond"):
        Packed(9).add(np.array([3, 10], dtype=np.int64))
