"""The part of a graph in which one category comes to some nodes: walked back from them, and no further. Pure.

Where it is known what arrives at each node, whatever does not lead on is never looked at: a walk costs what it finds,
however large the graph. What is found there of ways is what would be found of them in the whole graph.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from transparency.catalog.reachability import WORD, Bits, Graph, Ints, Leaving, Reached, by_node, ranges
from transparency.catalog.ways import Apart


class Arrived(NamedTuple):
    """Which bits arrive at each node from how far: those of node ``n`` are the rows ``first[n]:first[n + 1]``."""

    first: Ints
    distance: Ints
    bits: Bits

    @staticmethod
    def of(reached: Reached) -> "Arrived":
        """The same as ``reached`` tells level by level, node by node, the nearest first."""
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
    """Every edge on a way by which the category comes to one of ``ends``; ``None`` where it comes to none.

    ``category`` is its bit, ``ends`` are nodes of the whole graph. Level by level back from these, along each edge from
    a node where the category arrives, so that nothing is met that does not lead to one of them.
    """
    word, bit = category // WORD, np.uint64(1 << category % WORD)
    carried = known.found[:, word]
    nodes = np.unique(ends[carried[ends] & bit != 0])
    if not nodes.size:
        return None
    number = np.zeros(carried.size, dtype=np.int32)  # of each node that is met, from 1; no other is written
    number[nodes] = np.arange(1, nodes.size + 1)
    levels, met, all_downstream = [nodes], list[Ints](), list[Ints]()
    while levels[-1].size:
        places, counts = ranges(known.into.first, levels[-1])
        edges = known.into.edges.take(places)
        upstream = known.upstream.take(edges)
        carrying = carried.take(upstream) & bit != 0
        if known.edge_stops is not None:
            carrying &= known.edge_stops[edges, word] & bit == 0
        met.append(edges[carrying])
        all_downstream.append(np.repeat(levels[-1], counts)[carrying])
        levels.append(_new(upstream[carrying], number))
    back = np.repeat(np.arange(len(levels)), [level.size for level in levels])
    nodes, edges, downstream = (np.concatenate(part) for part in (levels, met, all_downstream))
    by_number, order = np.argsort(nodes), np.argsort(edges)
    nodes, edges = nodes[by_number], edges[order]
    number[nodes] = np.arange(nodes.size)
    apart = Apart(known.arrived.distances(category, nodes), back[by_number])
    start, end = number[known.upstream.take(edges)].astype(np.int64), number[downstream[order]].astype(np.int64)
    return Narrowed(Graph(nodes.size, 1, start, end), nodes, edges.astype(np.int64), apart)


def _new(nodes: Ints, number: NDArray[np.int32]) -> Ints:
    """Those that have no number yet, each once; they get one."""
    nodes = nodes[number.take(nodes) == 0].astype(np.int64)
    # Of a node that is there several times, the number stays that was written last.
    order = np.arange(1, nodes.size + 1, dtype=np.int32)
    number[nodes] = order
    return np.asarray(nodes[number.take(nodes) == order], dtype=np.int64)
