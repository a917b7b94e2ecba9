"""The ways that differ, and the edges that break them all, against the slow and obvious way."""

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from transparency.catalog.reachability import Graph
from transparency.catalog.ways import ways

NODES = 6
node = st.integers(0, NODES - 1)
edges = st.lists(st.tuples(node, node), min_size=1, max_size=12, unique=True)


def found(edge_list, start=0, end=NODES - 1, tied=()):
    upstream, downstream = (np.array([e[side] for e in edge_list], dtype=np.int64) for side in (0, 1))
    flags = np.array([number in tied for number in range(len(edge_list))])
    return ways(Graph(NODES, 1, upstream, downstream), np.array([start]), np.array([end]), flags)


def comes(edge_list, start=0, end=NODES - 1):
    known, before = {start}, set()
    while known != before:
        before, known = known, known | {d for u, d in edge_list if u in known}
    return end in known


@given(edges)
def test_there_are_ways_where_walking_finds_one(edge_list):
    assert (found(edge_list) is not None) == comes(edge_list)


@given(edges)
def test_every_way_leads_from_the_label_to_the_end(edge_list):
    shown = getattr(found(edge_list), "shown", [])
    steps = [[(0, 0), *(edge_list[edge] for edge in way.edges), (NODES - 1, 0)] for way in shown]
    assert all(after[0] == before[1] for way in steps for before, after in pairwise(way))


@given(edges)
def test_an_edge_breaks_it_if_and_only_if_nothing_comes_without(edge_list):
    answer = found(edge_list)
    without = [n for n in range(len(edge_list)) if comes(edge_list) and not comes(edge_list[:n] + edge_list[n + 1 :])]
    assert sorted(answer.breaking if answer else []) == without


def test_each_other_last_and_first_step_is_told():
    answer = found([(0, 1), (1, 5), (0, 2), (2, 3), (3, 5)])
    assert [(way.kind, way.edges) for way in answer.shown] == [("shortest", (0, 1)), ("last", (2, 3, 4))]


def test_what_lies_inside_a_thing_is_no_step():
    answer = found([(0, 1), (1, 2), (2, 5)], tied=(0,))
    assert (answer.breaking, [way.edges for way in answer.shown]) == ([1, 2], [(0, 1, 2)])
