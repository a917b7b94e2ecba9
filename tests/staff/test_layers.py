"""The picture of an explanation: what stands where."""

from itertools import pairwise

import pytest

from transparency.catalog.explain import ShownWay
from transparency.staff.layers import BESIDE, EDGE, HIGH, WIDE, layers


def ways(*told):
    """Ways from what people would draw: ``a b model``."""
    steps = [[{"key": name, "name": name, "kind": "dataset"} for name in one.split()] for one in told]
    return [ShownWay("a way", one) for one in steps]


def at(picture):
    return {box.key: (box.x, box.y) for box in picture.boxes}


def test_one_way_goes_straight_down():
    picture = layers(ways("a b c"), [])
    assert {box.x for box in picture.boxes} == {picture.width // 2}
    assert picture.width == WIDE + 2 * EDGE


def test_two_ways_stand_on_either_side_of_where_they_begin_and_end():
    found = at(layers(ways("a b z", "a c z"), []))
    assert found["b"][0] + found["c"][0] == 2 * found["a"][0] == 2 * found["z"][0]


MANY = ways(
    *(
        f"s{way % 5} {' '.join(f'd{depth}t{(way * 7 + depth) % 9}' for depth in range(1 + way % 6))} z"
        for way in range(14)
    )
)


def test_no_box_touches_another():
    boxes = sorted((box.y, box.x) for box in layers(MANY, []).boxes)
    assert min(x2 - x1 for (y1, x1), (y2, x2) in pairwise(boxes) if y1 == y2) >= WIDE + BESIDE - 1


def test_all_of_it_is_in_the_picture():
    picture = layers(MANY, [])
    assert min(box.left for box in picture.boxes) >= 0
    assert max(box.left + WIDE for box in picture.boxes) <= picture.width
    assert max(box.top + HIGH for box in picture.boxes) <= picture.height


def test_an_arrow_that_passes_takes_no_room_for_a_box():
    """One asset feeds each step of a chain: its arrows pass the chain, side by side."""
    chain = [f"x{step}" for step in range(9)]
    picture = layers(ways(*(f"a {' '.join(chain[step:])} z" for step in range(9))), [])
    assert picture.width < 4 * (WIDE + BESIDE)


@pytest.mark.parametrize("told", [("a z",), ("a", "a b"), ("a b a2 z", "a z", "b z")])
def test_whatever_the_ways_are_there_is_a_picture(told):
    picture = layers(ways(*told), [])
    assert len(picture.boxes) == len({name for one in told for name in one.split()})
