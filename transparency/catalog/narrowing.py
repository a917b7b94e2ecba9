"""The part of a graph in which one category comes to some nodes: walked back from them, and no further. Pure.

Where it is known what arrives at each node, whatever does not lead on is never looked at: a walk costs what it finds,
however large the graph. What is found there of ways is what would be found of them in the whole graph.
"""

from dataclasses import dataclass

import numpy as np

from transparency.catalog.reachability import WORD, Bits, Graph, Ints, Leaving, edges_of


@dataclass(frozen=True)
class Known:
    """A graph as far as a walk back needs it: the edges into each node, and the node that each comes from.

    ``found`` is what arrives at each node, ``edge_stops`` what each edge holds back, if any does.
    """

    into: Leaving
    upstream: Ints
    found: Bits
    edge_stops: Bits | None = None


@dataclass(frozen=True)
class Narrowed:
    """A graph of its own, of one category. ``nodes`` and ``edges`` are the numbers that its own have in the whole."""

    graph: Graph
    nodes: Ints
    edges: Ints

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
    all_nodes, all_edges, all_downstream = [nodes], list[Ints](), list[Ints]()
    marked[nodes] = True
    while nodes.size:
        edges, downstream = _into(known, nodes)
        upstream = known.upstream[edges]
        carrying = known.found[upstream, word] & bit != 0
        if known.edge_stops is not None:
            carrying &= known.edge_stops[edges, word] & bit == 0
        all_edges.append(edges[carrying])
        all_downstream.append(downstream[carrying])
        nodes = upstream[carrying]
        nodes = np.unique(nodes[~marked[nodes]]).astype(np.int64)
        marked[nodes] = True
        all_nodes.append(nodes)
    edges, downstream, nodes = (np.concatenate(part) for part in (all_edges, all_downstream, all_nodes))
    order, nodes = np.argsort(edges), np.sort(nodes)
    edges = edges[order].astype(np.int64)
    upstream, downstream = np.searchsorted(nodes, known.upstream[edges]), np.searchsorted(nodes, downstream[order])
    return Narrowed(Graph(nodes.size, 1, upstream, downstream), nodes, edges)


def _into(known: Known, nodes: Ints) -> tuple[Ints, Ints]:
    """The edges into those nodes, and for each of them the node that it leads to."""
    counts = known.into.first[nodes + 1] - known.into.first[nodes]
    return edges_of(known.into, nodes), np.repeat(nodes, counts)
