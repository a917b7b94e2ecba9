"""Ways in the part of a graph that a category comes through, against ways in the whole graph."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from transparency.catalog.narrowing import Arrived, Known, narrowed
from transparency.catalog.reachability import Graph, bits, reach
from transparency.catalog.ways import Way, Ways, ways

NODES, CATEGORIES, ASKED = 8, 70, 66  # the category asked about has its bit in the second word
node = st.integers(0, NODES - 1)
edges = st.lists(st.tuples(node, node), min_size=1, max_size=24)
several = st.lists(node, max_size=3, unique=True)
some_of_them = st.lists(st.integers(0, 23), max_size=4)


def rows_with_bit(size, places):
    rows = np.zeros((size, 2), dtype=np.uint64)
    rows[[place for place in places if place < size], ASKED // 64] = np.uint64(1 << ASKED % 64)
    return rows


def of_one_category(rows):
    return (rows[:, ASKED // 64] != 0).astype(np.uint64).reshape(-1, 1)


def in_the_whole(edge_list, starts, ends, tied, stops, edge_stops):
    upstream, downstream = np.array(edge_list, dtype=np.int64).T
    graph = Graph(NODES, 1, upstream, downstream, of_one_category(stops), of_one_category(edge_stops))
    return ways(graph, starts, ends, tied)


def in_the_part(edge_list, starts, ends, tied, stops, edge_stops):
    upstream, downstream = np.array(edge_list, dtype=np.int64).T
    graph = Graph(NODES, CATEGORIES, upstream, downstream, stops, edge_stops)
    reached = reach(graph, bits(graph, [(start, ASKED) for start in starts.tolist()]))
    part = narrowed(Known(graph.into, upstream, reached.found, Arrived.of(reached), edge_stops), ASKED, ends)
    if part is None:
        return None
    told = ways(part.graph, part.numbers(starts), part.numbers(ends), tied[part.edges], part.apart)
    shown = [Way(way.kind, tuple(part.edges[list(way.edges)].tolist())) for way in told.shown]
    return Ways(shown, part.edges[told.breaking].tolist() if told.breaking else [], told.more)


@settings(max_examples=400)
@given(edges, several, several, some_of_them, several, some_of_them)
def test_the_same_ways_are_found(edge_list, starts, ends, tied, stopped, cut):
    size = len(edge_list)
    asked = (
        np.array(starts, dtype=np.int64),
        np.array(ends, dtype=np.int64),
        np.isin(np.arange(size), tied),
        rows_with_bit(NODES, stopped),
        rows_with_bit(size, cut),
    )
    assert in_the_part(edge_list, *asked) == in_the_whole(edge_list, *asked)


def test_what_leads_elsewhere_is_not_looked_at():
    upstream, downstream = np.array([0, 0, 2]), np.array([1, 2, 3])
    graph = Graph(4, 1, upstream, downstream)
    reached = reach(graph, bits(graph, [(0, 0)]))
    part = narrowed(Known(graph.into, upstream, reached.found, Arrived.of(reached)), 0, np.array([1]))
    assert (part.nodes.tolist(), part.edges.tolist()) == ([0, 1], [0])
