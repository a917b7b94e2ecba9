"""Reachability against the slow and obvious way."""

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from transparency.catalog.reachability import Graph, bits, has, path, reach, trail

NODES, CATEGORIES = 7, 70
node = st.integers(0, NODES - 1)
category = st.sampled_from([0, 1, 63, 64, 69])
edges = st.lists(st.tuples(node, node), max_size=18)
marks = st.lists(st.tuples(node, category), max_size=8)


def graph_of(edge_list, stops=()):
    upstream, downstream = (np.array([e[side] for e in edge_list], dtype=np.int64) for side in (0, 1))
    plain = Graph(NODES, CATEGORIES, upstream, downstream)
    return Graph(NODES, CATEGORIES, upstream, downstream, stops=bits(plain, list(stops)))


def naive(edge_list, labels, stops):
    """Add what an edge carries until nothing is added."""
    found = {pair for pair in labels if pair not in stops}
    while new := {(d, c) for u, d in edge_list for n, c in found if n == u and (d, c) not in stops} - found:
        found |= new
    return found


@given(edges, marks, marks)
def test_finds_exactly_what_walking_finds(edge_list, labels, stops):
    graph = graph_of(edge_list, stops)
    found = reach(graph, bits(graph, labels))
    assert {(n, c) for n in range(NODES) for c in (0, 1, 63, 64, 69) if has(found, n, c)} == naive(
        edge_list, labels, set(stops)
    )


@given(edges, marks, marks, category)
def test_a_path_exists_exactly_where_a_category_arrives(edge_list, labels, stops, one):
    graph = graph_of(edge_list, stops)
    start = bits(graph, labels)
    found, ways = reach(graph, start), trail(graph, start, one)
    assert [has(found, n, one) for n in range(NODES)] == [bool(d >= 0) for d in ways.distance]


@given(edges, marks, category)
def test_a_path_is_connected_and_starts_at_a_label(edge_list, labels, one):
    graph = graph_of(edge_list)
    ways = trail(graph, bits(graph, labels), one)
    for end in np.flatnonzero(ways.distance > 0):
        steps = [edge_list[edge] for edge in path(graph, ways, int(end))]
        assert steps[0][0] in {n for n, c in labels if c == one}
        assert steps[-1][1] == end
        assert all(a[1] == b[0] for a, b in pairwise(steps))


def test_goes_round_a_cycle_once():
    graph = graph_of([(0, 1), (1, 2), (2, 0), (2, 3)])
    assert has(reach(graph, bits(graph, [(0, 64)])), 3, 64)


def test_a_barrier_at_an_asset_stops_one_category_and_no_other():
    graph = graph_of([(0, 1), (1, 2)], stops=[(1, 0)])
    found = reach(graph, bits(graph, [(0, 0), (0, 1)]))
    assert (has(found, 2, 0), has(found, 2, 1)) == (False, True)


def test_a_barrier_on_a_flow_leaves_the_way_round_open():
    plain = graph_of([(0, 1), (0, 2), (2, 1)])
    stops = np.zeros((3, plain.words), dtype=np.uint64)
    stops[0, 0] = 1
    graph = Graph(NODES, CATEGORIES, plain.upstream, plain.downstream, edge_stops=stops)
    start = bits(graph, [(0, 0)])
    assert has(reach(graph, start), 1, 0)
    assert path(graph, trail(graph, start, 0), 1) == [1, 2]
