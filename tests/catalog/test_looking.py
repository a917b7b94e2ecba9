"""What comes only because something looked at it, against the slow and obvious way."""

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from transparency.catalog.looking import glimpses, look
from transparency.catalog.reachability import Arrival, Graph, bits, distances, has, reach, resume

NODES, CATEGORIES = 7, 70
node = st.integers(0, NODES - 1)
category = st.sampled_from([0, 1, 63, 64, 69])
edges = st.lists(st.tuples(node, node), max_size=10)
marks = st.lists(st.tuples(node, category), max_size=6)
EVERY = [(n, c) for n in range(NODES) for c in (0, 1, 63, 64, 69)]


def graph_of(edge_list, stops, held):
    upstream, downstream = (np.array([e[side] for e in edge_list], dtype=np.int64) for side in (0, 1))
    plain = Graph(NODES, CATEGORIES, upstream, downstream)
    edge_stops = np.zeros((len(edge_list), 2), dtype=np.uint64)
    edge_stops[[i for i, edge in enumerate(edge_list) if edge in held], 0] = np.uint64(1)
    return Graph(NODES, CATEGORIES, upstream, downstream, bits(plain, list(stops)), edge_stops)


def walked(edge_list, labels, stops, held):
    """Add what an edge brings until nothing is added; category 0 does not pass the edges that are held."""
    found = {pair for pair in labels if pair not in stops}
    while (
        new := {
            (d, c)
            for u, d in edge_list
            for n, c in found
            if n == u and (d, c) not in stops and not (c == 0 and (u, d) in held)
        }
        - found
    ):
        found |= new
    return found


def looked_at(carried, glanced, labels, stops, held):
    graph, glances = graph_of(carried, stops, held), graph_of(glanced, stops, held)
    reached = reach(graph, bits(graph, labels))
    return graph, glances, reached, look(graph, glances, reached)


@given(edges, edges, marks, marks, edges)
def test_it_is_what_comes_along_every_edge_and_is_not_carried(carried, glanced, labels, stops, held):
    _, _, reached, looked = looked_at(carried, glanced, labels, stops, held)
    told = distances(looked, *(np.array(side) for side in zip(*EVERY, strict=True)))
    only = walked(carried + glanced, labels, stops, held) - walked(carried, labels, stops, held)
    assert {pair for pair, depth in zip(EVERY, told.tolist(), strict=True) if depth >= 0} == only
    assert {pair for pair in EVERY if has(looked.found, *pair)} - {p for p in EVERY if has(reached.found, *p)} == only


@given(edges, edges, marks, marks, edges)
def test_its_way_is_connected_open_and_looks_at_least_once(carried, glanced, labels, stops, held):
    graph, glances, reached, looked = looked_at(carried, glanced, labels, stops, held)
    ends, kinds = (np.array(side) for side in zip(*EVERY, strict=True))
    asked = np.flatnonzero(distances(looked, ends, kinds) >= 0)
    both = carried + glanced
    for place, way in zip(
        asked.tolist(), glimpses(graph, glances, reached, looked, ends[asked], kinds[asked]), strict=True
    ):
        end, one = EVERY[place]
        steps = [both[edge] for edge in way]
        assert any(edge >= len(carried) for edge in way)
        assert all(a[1] == b[0] for a, b in pairwise(steps))
        assert steps[-1][1] == end
        assert (steps[0][0], one) in labels
        assert not any((n, one) in stops or (one == 0 and step in held) for step in steps for n in step)


def test_where_nothing_looks_nothing_comes_so():
    _, _, _, looked = looked_at([(0, 1)], [], [(0, 0)], [], [])
    assert looked.arrivals == []


def test_of_two_ways_it_tells_the_one_that_looks_latest():
    graph, glances, reached, looked = looked_at([(0, 1), (1, 2), (3, 4)], [(0, 3), (2, 4)], [(0, 0)], [], [])
    assert glimpses(graph, glances, reached, looked, np.array([4]), np.array([0])) == [[0, 1, 4]]


@given(edges, edges, marks, marks, st.sets(node))
def test_a_part_with_what_comes_in_from_outside_tells_the_same_as_the_whole(carried, glanced, labels, stops, inside):
    _, _, reached, looked = looked_at(carried, glanced, labels, stops, [])
    graph, glances = (graph_of([e for e in part if e[1] in inside], stops, []) for part in (carried, glanced))
    seeds = [
        [Arrival(nodes[kept := ~np.isin(nodes, list(inside))], added[kept]) for nodes, added in one.arrivals]
        for one in (reached, looked)
    ]
    again = resume(graph, bits(graph, [label for label in labels if label[0] in inside]), seeds[0])
    asked = [np.array(side) for side in zip(*EVERY, strict=True)]
    assert (distances(look(graph, glances, again, seeds[1]), *asked) == distances(looked, *asked)).all()
