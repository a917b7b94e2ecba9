"""Which categories reach which assets, and by which shortest path. Pure: arrays in, arrays out.

Every category is one bit of a row of 64-bit words, so one pass over the edges carries all of them. A pass takes
what is new at each node along its edges; passes repeat from the nodes where something arrived, until nowhere did.
Cycles, diamonds and self-loops need no special case: bits are only ever added, and there are finitely many.

A pass takes every bit exactly one edge further, so the pass in which a bit arrives at a node is its distance from the
nearest label. That is all that is kept for evidence: paths are walked back from where somebody asks.

Words used here: a *node* is a number from 0 on, an *edge* the place of its two ends in ``upstream`` and ``downstream``.
``Bits`` hold a row of ``words`` for each node or edge: category ``c`` is the bit ``c % 64`` of the word ``c // 64``. A
*pair* is a node and a category at the same place of two arrays. A *distance* counts edges; a *level* is all that
arrives at one distance.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Bits = NDArray[np.uint64]
Ints = NDArray[np.int64]
WORD = 64
AT_ONCE = 4_096  # nodes: what leaves them fits into a processor's cache


class Leaving(NamedTuple):
    """Edges by the nodes at one of their sides: those of node ``n`` are ``edges[first[n]:first[n + 1]]``."""

    edges: Ints
    first: Ints


@dataclass(frozen=True)
class Graph:
    """``nodes`` assets numbered from 0, edges from ``upstream[i]`` to ``downstream[i]``, ``categories`` bits a node.

    ``stops`` holds, per node, the bits that end there: a node shows neither what starts nor what arrives of them.
    ``edge_stops`` holds the same per edge: they never go along it. Both may be ``None``, where nothing is held back.
    """

    nodes: int
    categories: int
    upstream: Ints
    downstream: Ints
    stops: Bits | None = None
    edge_stops: Bits | None = None

    @property
    def words(self) -> int:
        """How long a row of bits is."""
        return words(self.categories)

    @cached_property
    def out(self) -> Leaving:
        """The edges that begin at each node."""
        return by_node(self.upstream, self.nodes)

    @cached_property
    def led_to(self) -> Ints:
        """The node at the other end of each of ``out.edges``."""
        return self.downstream[self.out.edges]

    @cached_property
    def into(self) -> Leaving:
        """The edges that end at each node."""
        return by_node(self.downstream, self.nodes)


def words(categories: int) -> int:
    """How many 64-bit words hold that many bits."""
    return max(1, -(-categories // WORD))


def bits(graph: Graph, pairs: Sequence[tuple[int, int]]) -> Bits:
    """A row of words per node, with the bit of each ``(node, category)`` set."""
    rows = np.zeros((graph.nodes, graph.words), dtype=np.uint64)
    nodes, categories = np.array(pairs, dtype=np.int64).reshape(-1, 2).T
    for word in range(graph.words):
        here = categories // WORD == word
        np.bitwise_or.at(rows[:, word], nodes[here], _bit(categories[here]))
    return rows


def has(rows: Bits, node: int, category: int) -> bool:
    """Whether the category's bit is set in the row of that node, or edge."""
    return bool(int(rows[node, category // WORD]) >> (category % WORD) & 1)


class Arrival(NamedTuple):
    """What one pass added: ``nodes`` in ascending order, and the bits that are new at each."""

    nodes: Ints
    added: Bits


@dataclass(frozen=True)
class Reached:
    """``found`` has a row per node, of what arrives there, its own labels included.

    ``arrivals[d]`` is what came at distance d: with ``reach``, from the nearest label that nothing stops right there.
    """

    found: Bits
    arrivals: list[Arrival]


def reach(graph: Graph, labels: Bits) -> Reached:
    """Carry ``labels``, of the shape that ``bits`` gives, as far as they go."""
    node_passes = None if graph.stops is None else ~graph.stops
    edge_passes = None if graph.edge_stops is None else ~graph.edge_stops
    found = labels.copy() if node_passes is None else labels & node_passes
    changed, before = np.flatnonzero(found.any(axis=1)), found.copy()
    arrivals = [Arrival(changed, found[changed])]
    marked = np.zeros(graph.nodes, dtype=bool)
    while changed.size:
        for first in range(0, changed.size, AT_ONCE):
            some = Arrival(changed[first : first + AT_ONCE], arrivals[-1].added[first : first + AT_ONCE])
            targets, carried = _news(graph, found, some, node_passes, edge_passes)
            _add(found, targets, carried)
            marked[targets] = True
        changed = np.flatnonzero(marked)
        now = found.take(changed, axis=0)
        arrivals.append(Arrival(changed, now ^ before.take(changed, axis=0)))
        before[changed], marked[changed] = now, False
    return Reached(found, arrivals[:-1] or arrivals)


def _news(graph: Graph, found: Bits, some: Arrival, node_passes: Bits | None, edge_passes: Bits | None) -> "Pushed":
    """What arrived at some nodes, one edge further, without what is there already: adding is slow, and most is."""
    at, counts = ranges(graph.out.first, some.nodes)
    targets, carried = graph.led_to.take(at), np.repeat(some.added, counts, axis=0)
    if edge_passes is not None:
        carried &= edge_passes[graph.out.edges[at]]
    if node_passes is not None:
        carried &= node_passes[targets]
    carried &= ~found.take(targets, axis=0)
    # Of numbers it is much slower to find those that are not zero than of truths.
    new = np.flatnonzero(carried[:, 0] != 0 if graph.words == 1 else carried.any(axis=1))
    return targets.take(new), carried.take(new, axis=0)


def resume(graph: Graph, labels: Bits, seeds: Sequence[Arrival]) -> Reached:
    """The same where something arrives from elsewhere as well: ``seeds[d]`` at distance d."""
    held = np.flatnonzero(labels.any(axis=1))
    passed = labels[held] if graph.stops is None else labels[held] & ~graph.stops[held]
    found, arrivals = np.zeros_like(labels), list[Arrival]()
    pushed: list[Pushed] = [(held, passed)]
    while pushed or len(arrivals) < len(seeds):
        arrivals.append(arrive(found, [*pushed, *seeds[len(arrivals) : len(arrivals) + 1]]))
        changed = arrivals[-1].nodes
        pushed = [carried(graph, found, edges_of(graph.out, changed))] if changed.size else []
    return Reached(found, arrivals)


Pushed = tuple[Ints, Bits]
"""Nodes, perhaps several times, and what is brought there."""


def carried(part: Graph, found: Bits, edges: Ints) -> Pushed:
    """Where those edges lead, and what they bring there."""
    targets, brought = part.downstream[edges], found[part.upstream[edges]]
    if part.edge_stops is not None:
        brought &= ~part.edge_stops[edges]
    if part.stops is not None:
        brought &= ~part.stops[targets]
    return targets, brought


def arrive(found: Bits, pushed: Sequence[Pushed]) -> Arrival:
    """Add to ``found`` what was brought, and tell what is new."""
    targets, brought = (np.concatenate(side) for side in zip(*pushed, strict=True))
    nodes, place = np.unique(targets, return_inverse=True)
    together = np.zeros((nodes.size, found.shape[1]), dtype=np.uint64)
    np.bitwise_or.at(together, place, brought)
    added = together & ~found[nodes]
    new = added.any(axis=1)
    found[nodes] |= together
    return Arrival(nodes[new], added[new])


def distances(reached: Reached, nodes: Ints, categories: Ints) -> Ints:
    """For each pair, the number of edges from the nearest label to that node; -1 where the category never comes."""
    distance = np.full(nodes.size, -1, dtype=np.int64)
    for level, arrival in enumerate(reached.arrivals):
        distance[_arrived(arrival, nodes, categories)] = level
    return distance


def paths(graph: Graph, reached: Reached, nodes: Ints, categories: Ints) -> list[list[int]]:
    """For each pair, the edges of a shortest path in the direction of the data: none where it starts or never comes.

    Where several are shortest, each step back takes the edge with the lowest number.
    """
    distance, nodes = distances(reached, nodes, categories), nodes.copy()
    backwards: list[list[int]] = [[] for _ in nodes]
    for level in range(int(distance.max(initial=0)), 0, -1):
        asked = np.flatnonzero(distance == level)
        found, edges = one_back(graph, reached.arrivals[level - 1], nodes[asked], categories[asked])
        for pair, edge in zip(asked[found].tolist(), edges.tolist(), strict=True):
            backwards[pair].append(edge)
        nodes[asked[found]] = graph.upstream[edges]
        distance[asked[found]] = level - 1
    return [steps[::-1] for steps in backwards]


def one_back(graph: Graph, before: Arrival, nodes: Ints, categories: Ints) -> tuple[Ints, Ints]:
    """For each pair that can go back, its place and the lowest edge from a node where the bit arrived one pass ago."""
    first = graph.into.first
    pair = np.repeat(np.arange(nodes.size), first[nodes + 1] - first[nodes])
    edges = edges_of(graph.into, nodes)
    open_ = _arrived(before, graph.upstream[edges], categories[pair])
    if graph.edge_stops is not None:
        category = categories[pair]
        open_ &= graph.edge_stops[edges, category // WORD] & _bit(category) == 0
    found, lowest = np.unique(pair[open_], return_index=True)
    return found, edges[open_][lowest]


def _arrived(arrival: Arrival, nodes: Ints, categories: Ints) -> NDArray[np.bool_]:
    """Whether each category's bit is among what was added at each node."""
    if not arrival.nodes.size:
        return np.zeros(nodes.size, dtype=bool)
    place = np.minimum(np.searchsorted(arrival.nodes, nodes), arrival.nodes.size - 1)
    there = arrival.nodes[place] == nodes
    return np.asarray(there & (arrival.added[place, categories // WORD] & _bit(categories) != 0), dtype=bool)


def _bit(categories: Ints) -> Bits:
    return np.left_shift(np.uint64(1), (categories % WORD).astype(np.uint64))


def _add(found: Bits, targets: Ints, carried: Bits) -> None:
    for word in range(found.shape[1]):
        np.bitwise_or.at(found[:, word], targets, carried[:, word])


def by_node(side: Ints, nodes: int) -> Leaving:
    """The edges by the node that each has at that side, which is ``upstream`` or ``downstream`` of a graph.

    Those of one node stay in the order of their numbers.
    """
    counts = np.bincount(side, minlength=nodes)
    return Leaving(np.argsort(side, kind="stable"), np.concatenate(([0], np.cumsum(counts))))


def edges_of(leaving: Leaving, nodes: Ints) -> Ints:
    """Numbers of all edges at ``nodes``."""
    return leaving.edges[ranges(leaving.first, nodes)[0]]


def ranges(first: Ints, nodes: Ints) -> tuple[Ints, Ints]:
    """Where what is sorted by node stands of ``nodes``: ranges laid end to end. And how much there is of each.

    With ``first`` = 0, 2, 5, 6, nodes 2 and 0 have the places 5 and 0, 1, so that is 5, 0, 1 and 1, 2.
    """
    starts = first.take(nodes)
    lengths = first.take(nodes + 1) - starts
    ends = np.cumsum(lengths)
    places = np.repeat(starts - ends + lengths, lengths)
    places += np.arange(places.size)
    return places, lengths
