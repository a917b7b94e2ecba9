"""Reachability against the slow and obvious way."""

from itertools import pairwise
from unittest.mock import patch

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from transparency.catalog import reachability
from transparency.catalog.reachability import Arrival, Graph, bits, distances, has, paths, reach, resume

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


def way(graph, labels, node, one):
    """The edges of one shortest path, or nothing where the category never comes."""
    nodes, categories = np.array([node]), np.array([one])
    reached = reach(graph, bits(graph, labels))
    return paths(graph, reached, nodes, categories)[0] if distances(reached, nodes, categories)[0] >= 0 else None


def steps_needed(edge_list, labels, stops, one):
    """By how many edges each node is reached, walked breadth first."""
    distance = {n: 0 for n, c in labels if c == one and (n, c) not in stops}
    for step in range(NODES):
        ends = [d for u, d in edge_list if distance.get(u) == step and (d, one) not in stops]
        distance |= {d: step + 1 for d in ends if d not in distance}
    return distance


@given(edges, marks, marks)
def test_finds_exactly_what_walking_finds(edge_list, labels, stops):
    graph = graph_of(edge_list, stops)
    found = reach(graph, bits(graph, labels)).found
    assert {(n, c) for n in range(NODES) for c in (0, 1, 63, 64, 69) if has(found, n, c)} == naive(
        edge_list, labels, set(stops)
    )


@given(edges, marks, marks, category)
def test_a_distance_is_that_of_walking(edge_list, labels, stops, one):
    graph = graph_of(edge_list, stops)
    reached = reach(graph, bits(graph, labels))
    found = distances(reached, np.arange(NODES), np.full(NODES, one))
    assert {n: d for n, d in enumerate(found.tolist()) if d >= 0} == steps_needed(edge_list, labels, set(stops), one)


@given(edges, marks, marks, category, node)
def test_a_path_is_connected_open_and_as_short_as_can_be(edge_list, labels, stops, one, end):
    edges_taken = way(graph_of(edge_list, stops), labels, end, one)
    needed = steps_needed(edge_list, labels, set(stops), one)
    assert (edges_taken is None) == (end not in needed)
    steps = [edge_list[edge] for edge in edges_taken or []]
    assert len(steps) == needed.get(end, 0)
    assert all(a[1] == b[0] for a, b in pairwise(steps))
    assert all((node, one) not in stops for step in steps for node in step)
    assert not steps or (steps[-1][1] == end and needed[steps[0][0]] == 0)


@given(edges, marks, marks, st.sets(st.integers(0, 17)), st.integers(1, 3))
def test_however_few_nodes_are_taken_at_once_the_same_is_found(edge_list, labels, stops, closed, at_once):
    graph = graph_of(edge_list, stops)
    held_back = np.zeros((len(edge_list), graph.words), dtype=np.uint64)
    held_back[[edge for edge in closed if edge < len(edge_list)], 0] = 1
    graph = Graph(NODES, CATEGORIES, graph.upstream, graph.downstream, graph.stops, held_back)
    with patch.object(reachability, "AT_ONCE", at_once):
        found = reach(graph, bits(graph, labels)).found
    # The first bit stops on closed edges, and no other does.
    open_ = [edge for number, edge in enumerate(edge_list) if number not in closed]
    first = {pair for pair in naive(open_, labels, set(stops)) if pair[1] == 0}
    others = {pair for pair in naive(edge_list, labels, set(stops)) if pair[1] != 0}
    assert {(n, c) for n in range(NODES) for c in (0, 1, 63, 64, 69) if has(found, n, c)} == first | others


def test_many_pairs_are_asked_at_once():
    graph = graph_of([(0, 1), (1, 2), (0, 2), (3, 2)])
    reached = reach(graph, bits(graph, [(0, 0), (3, 64)]))
    assert paths(graph, reached, np.array([2, 2, 1, 1]), np.array([0, 64, 0, 64])) == [[2], [3], [0], []]


def test_of_several_shortest_the_lowest_edge_is_taken():
    assert way(graph_of([(2, 3), (1, 3), (0, 1), (0, 2)]), [(0, 0)], 3, 0) == [3, 0]


def test_goes_round_a_cycle_once():
    graph = graph_of([(0, 1), (1, 2), (2, 0), (2, 3)])
    assert has(reach(graph, bits(graph, [(0, 64)])).found, 3, 64)


def test_nothing_labelled_reaches_nothing():
    assert way(graph_of([(0, 1)]), [], 1, 0) is None


def test_a_barrier_at_an_asset_stops_one_category_and_no_other():
    graph = graph_of([(0, 1), (1, 2)], stops=[(1, 0)])
    found = reach(graph, bits(graph, [(0, 0), (0, 1)])).found
    assert (has(found, 2, 0), has(found, 2, 1)) == (False, True)


def test_a_barrier_on_a_flow_leaves_the_way_round_open():
    plain = graph_of([(0, 1), (0, 2), (2, 1)])
    stops = np.zeros((3, plain.words), dtype=np.uint64)
    stops[0, 0] = 1
    graph = Graph(NODES, CATEGORIES, plain.upstream, plain.downstream, edge_stops=stops)
    assert way(graph, [(0, 0)], 1, 0) == [1, 2]


@given(edges, marks, marks, st.sets(node))
def test_a_part_with_what_comes_in_from_outside_tells_the_same_as_the_whole(edge_list, labels, stops, inside):
    whole, part = graph_of(edge_list, stops), graph_of([edge for edge in edge_list if edge[1] in inside], stops)
    everywhere = reach(whole, bits(whole, labels))
    outside = [
        Arrival(nodes[kept := ~np.isin(nodes, list(inside))], added[kept]) for nodes, added in everywhere.arrivals
    ]
    again = resume(part, bits(part, [label for label in labels if label[0] in inside]), outside)
    asked = np.repeat(np.arange(NODES), CATEGORIES), np.tile(np.arange(CATEGORIES), NODES)
    assert (distances(again, *asked) == distances(everywhere, *asked)).all()
