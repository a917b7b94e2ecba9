"""The part of a graph in which one category comes to some nodes: walked back from them, and no further. Pure.

Where it is known what arrives at each node, whatever does not lead on is never looked at: a walk costs what it finds,
however large the graph. What is found there of ways is what would be found of them in the whole graph.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from transparency.catalog.reachability import WORD, Bits, Graph, Ints, Leaving, Reached, by_node, ranges
from transparency.catalog.ways import Apart


class Arrived(NamedTuple):
    """Which bits arrive at each node from how far: those of node ``n`` are the rows ``first[n]:first[n + 1]``."""

    first: Ints
    distance: Ints
    bits: Bits

    @staticmethod
    def of(reached: Reached) -> "Arrived":
        nodes = np.concatenate([one.nodes for one in reached.arrivals])
        distance = np.repeat(np.arange(len(reached.arrivals)), [one.nodes.size for one in reached.arrivals])
        order, first = by_node(nodes, reached.found.shape[0])
        return Arrived(first, distance[order], np.concatenate([one.added for one in reached.arrivals])[order])

    def distances(self, category: int, nodes: Ints) -> Ints:
        """From how far it comes to each of those nodes, to all of which it does."""
        rows = ranges(self.first, nodes)[0]
        here = self.bits[rows, category // WORD] & np.uint64(1 << category % WORD) != 0
        return np.asarray(self.distance[rows[here]], dtype=np.int64)


@dataclass(frozen=True)
class Known:
    """A graph as far as a walk back needs it: the edges into each node, and the node that each comes from.

    ``found`` is what arrives at each node, ``arrived`` from how far; ``edge_stops`` what each edge holds back, if any
    does.
    """

    into: Leaving
    upstream: Ints
    found: Bits
    arrived: Arrived
    edge_stops: Bits | None = None


@dataclass(frozen=True)
class Narrowed:
    """A graph of its own, of one category. ``nodes`` and ``edges`` are the numbers that its own have in the whole.

    ``apart`` tells how far each of its nodes is from the nearest label, and from the nearest end.
    """

    graph: Graph
    nodes: Ints
    edges: Ints
    apart: Apart

    def numbers(self, nodes: Ints) -> Ints:
        """The numbers here of those of ``nodes`` that are part of it, in their order."""
        place = np.minimum(np.searchsorted(self.nodes, nodes), self.nodes.size - 1)
        return np.asarray(place[self.nodes[place] == nodes], dtype=np.int64)


def narrowed(known: Known, category: int, ends: Ints) -> Narrowed | None:
    """Every edge on a way by which the category comes to one of ``ends``; ``None`` where it comes to none."""
    word, bit = category // WORD, np.uint64(1 << category % WORD)
    nodes = np.unique(ends[known.found[ends, word] & bit != 0])
    if not nodes.size:
        return None
    marked = np.zeros(known.found.shape[0], dtype=bool)
    marked[nodes] = True
    levels, all_edges, all_downstream = [nodes], list[Ints](), list[Ints]()
    while levels[-1].size:
        edges, downstream = _into(known, levels[-1])
        upstream = known.upstream[edges]
        carrying = known.found[upstream, word] & bit != 0
        if known.edge_stops is not None:
            carrying &= known.edge_stops[edges, word] & bit == 0
        all_edges.append(edges[carrying])
        all_downstream.append(downstream[carrying])
        upstream = upstream[carrying]
        levels.append(np.unique(upstream[~marked[upstream]]).astype(np.int64))
        marked[levels[-1]] = True
    edges, downstream, nodes = (np.concatenate(part) for part in (all_edges, all_downstream, levels))
    back = np.repeat(np.arange(len(levels)), [level.size for level in levels])
    sorted_by_number, order = np.argsort(nodes), np.argsort(edges)
    nodes, edges = nodes[sorted_by_number], edges[order].astype(np.int64)
    upstream, downstream = np.searchsorted(nodes, known.upstream[edges]), np.searchsorted(nodes, downstream[order])
    apart = Apart(known.arrived.distances(category, nodes), back[sorted_by_number])
    return Narrowed(Graph(nodes.size, 1, upstream, downstream), nodes, edges, apart)


def _into(known: Known, nodes: Ints) -> tuple[Ints, Ints]:
    """The edges into those nodes, and for each of them the node that it leads to."""
    places, counts = ranges(known.into.first, nodes)
    return known.into.edges[places], np.repeat(nodes, counts)
