"""The sum of a plane's bytes: known from the changes alone, and never the same once a bit has flipped."""

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tests.enforcement.builders import put_bits
from transparency.enforcement.sums import A_PAGE, A_WINDOW, MODULUS, sum_of

SIZE = 3 * A_PAGE + 12
PLACES = st.integers(0, 8 * SIZE - 1)
CHANGES = st.lists(st.tuples(PLACES, st.booleans()), max_size=50)


def some_plane():
    return np.random.default_rng(7).integers(0, 256, SIZE, dtype=np.uint8)


@given(st.lists(CHANGES, max_size=4))
def test_the_sum_follows_from_what_was_put(batches):
    plane = np.zeros(SIZE, dtype=np.uint8)
    known = sum(put_bits(plane, changes) for changes in batches) % MODULUS
    assert known == sum_of(plane)


@given(CHANGES)
def test_what_is_put_again_changes_nothing(changes):
    plane = some_plane()
    put_bits(plane, changes)
    assert put_bits(plane, changes) == 0


@given(st.sets(PLACES, min_size=1, max_size=8))
def test_flipped_bits_show(places):
    plane = some_plane()
    before = sum_of(plane)
    for place in places:
        plane[place >> 3] ^= 1 << (place & 7)
    assert sum_of(plane) != before


def test_each_of_a_thousand_single_flips_shows():
    plane = some_plane()
    before = sum_of(plane)
    for place in np.random.default_rng(8).integers(0, 8 * SIZE, 1_000):
        plane[place >> 3] ^= 1 << (place & 7)
        assert sum_of(plane) != before
        plane[place >> 3] ^= 1 << (place & 7)
    assert sum_of(plane) == before


@given(PLACES, PLACES)
def test_bytes_that_changed_places_show(one, other):
    plane = some_plane()
    before, one, other = sum_of(plane), one >> 3, other >> 3
    differ = plane[one] != plane[other]
    plane[[one, other]] = plane[[other, one]]
    assert (sum_of(plane) != before) == differ


@given(st.lists(st.integers(0, 3), max_size=3))
def test_a_sum_is_that_of_its_parts(cuts):
    plane = some_plane()
    ends = [0, *sorted(cut * A_PAGE for cut in cuts), SIZE]
    parts = (sum_of(plane[low:high], low) for low, high in pairwise(ends))
    assert sum(parts) % MODULUS == sum_of(plane)


def test_a_plane_that_is_off_everywhere_sums_up_to_nothing():
    assert sum_of(np.zeros(A_WINDOW + A_PAGE, dtype=np.uint8)) == 0
