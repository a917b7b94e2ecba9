"""Which categories reach which assets, and by which shortest path. Pure: arrays in, arrays out.

Every category is one bit of a row of 64-bit words, so one pass over the edges carries all of them. A pass ORs each
edge's upstream bits into its downstream node; passes repeat over the edges whose upstream changed, until none did.
Cycles, diamonds and self-loops need no special case: bits are only ever added, and there are finitely many.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Bits = NDArray[np.uint64]
Ints = NDArray[np.int64]
WORD = 64


@dataclass(frozen=True)
class Graph:
    """``nodes`` assets numbered from 0, edges from ``upstream[i]`` to ``downstream[i]``, ``categories`` bits a node.

    ``stops`` holds, per node, the bits that end there: a node shows neither what starts nor what arrives of them.
    ``edge_stops`` holds the same per edge. Both may be ``None``.
    """

    nodes: int
    categories: int
    upstream: Ints
    downstream: Ints
    stops: Bits | None = None
    edge_stops: Bits | None = None

    @property
    def words(self) -> int:
        return max(1, -(-self.categories // WORD))


def bits(graph: Graph, pairs: list[tuple[int, int]]) -> Bits:
    """A row of words per node, with the bit of each ``(node, category)`` set."""
    rows = np.zeros((graph.nodes, graph.words), dtype=np.uint64)
    for node, category in pairs:
        rows[node, category // WORD] |= np.uint64(1 << (category % WORD))
    return rows


def has(rows: Bits, node: int, category: int) -> bool:
    return bool(int(rows[node, category // WORD]) >> (category % WORD) & 1)


def reach(graph: Graph, labels: Bits) -> Bits:
    """What arrives at each node, its own labels included. ``labels`` has the shape that ``bits`` gives."""
    order = np.argsort(graph.upstream, kind="stable")
    upstream, downstream = graph.upstream[order], graph.downstream[order]
    edge_passes = None if graph.edge_stops is None else ~graph.edge_stops[order]
    node_passes = None if graph.stops is None else ~graph.stops
    first = np.searchsorted(upstream, np.arange(graph.nodes + 1))
    found = labels.copy() if node_passes is None else labels & node_passes
    changed = np.flatnonzero(found.any(axis=1))
    while changed.size:
        edges = _edges_of(first, changed)
        carried = found[upstream[edges]]
        if edge_passes is not None:
            carried &= edge_passes[edges]
        targets = downstream[edges]
        before = found[targets]
        np.bitwise_or.at(found, targets, carried if node_passes is None else carried & node_passes[targets])
        changed = np.unique(targets[(found[targets] != before).any(axis=1)])
    return found


def _edges_of(first: Ints, nodes: Ints) -> Ints:
    """Numbers of all edges that leave ``nodes``, without a loop: ranges laid end to end."""
    lengths = first[nodes + 1] - first[nodes]
    starts = np.repeat(first[nodes] - np.concatenate(([0], np.cumsum(lengths)[:-1])), lengths)
    return np.asarray(starts + np.arange(lengths.sum()), dtype=np.int64)


@dataclass(frozen=True)
class Trail:
    """For one category: the edge by which it first arrived at each node, -1 where it starts or never comes."""

    arrived_by: Ints
    distance: Ints


def trail(graph: Graph, labels: Bits, category: int) -> Trail:
    """Shortest ways of one category from its labelled nodes; ties go to the edge with the lowest number."""
    word, bit = category // WORD, np.uint64(1 << (category % WORD))
    open_edge = _open(graph.edge_stops, graph.upstream.size, word, bit)
    open_node = _open(graph.stops, graph.nodes, word, bit)
    distance = np.full(graph.nodes, -1, dtype=np.int64)
    arrived_by = np.full(graph.nodes, -1, dtype=np.int64)
    frontier = np.flatnonzero(((labels[:, word] & bit) != 0) & open_node)
    distance[frontier] = 0
    order = np.argsort(graph.upstream, kind="stable")
    first = np.searchsorted(graph.upstream[order], np.arange(graph.nodes + 1))
    while frontier.size:
        edges = order[_edges_of(first, frontier)]
        edges = np.sort(edges[open_edge[edges] & open_node[graph.downstream[edges]]])
        edges = edges[distance[graph.downstream[edges]] < 0]
        reached, chosen = np.unique(graph.downstream[edges], return_index=True)
        arrived_by[reached] = edges[chosen]
        distance[reached] = distance[frontier[0]] + 1
        frontier = reached
    return Trail(arrived_by, distance)


def _open(stops: Bits | None, size: int, word: int, bit: np.uint64) -> NDArray[np.bool_]:
    return np.ones(size, dtype=bool) if stops is None else (stops[:, word] & bit) == 0


def path(graph: Graph, ways: Trail, node: int) -> list[int]:
    """Numbers of the edges from a labelled node to ``node``, in the direction of the data; empty at a start."""
    steps: list[int] = []
    while (edge := int(ways.arrived_by[node])) >= 0:
        steps.append(edge)
        node = int(graph.upstream[edge])
    return steps[::-1]
