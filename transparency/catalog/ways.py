"""All the ways in which one category comes to some nodes, told by a few that differ. Pure: arrays in, numbers out.

A way is a list of edges. Beside the shortest there is one for each other last step and each other first step: whoever
closes the shortest must know by which doors the data still comes in and goes out.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from transparency.catalog.reachability import Graph, Ints, bits, edges_of, reach

Flags = NDArray[np.bool_]
SHORTEST, LAST, FIRST = "shortest", "last", "first"
AT_MOST = 6
NEVER = -1


@dataclass(frozen=True)
class Way:
    """``kind`` says in what it differs from the ways before it; ``edges`` go from a label to an end."""

    kind: str
    edges: tuple[int, ...]


@dataclass(frozen=True)
class Ways:
    """``breaking`` are edges without each of which nothing comes; ``more`` how many ways were left out."""

    shown: list[Way]
    breaking: list[int]
    more: int


class Apart(NamedTuple):
    """Of each node, by how many edges it comes there from a start, and from there to an end; ``NEVER`` where not."""

    there: Ints
    back: Ints


def ways(graph: Graph, starts: Ints, ends: Ints, tied: Flags, apart: Apart | None = None) -> Ways | None:
    """From any of ``starts`` to any of ``ends``, in a graph of one category; ``None`` where there is no way.

    ``tied`` marks the edges inside of a thing, which are no steps. ``apart`` is worked out where nobody knows it.
    """
    there, back = apart = apart or Apart(_away(graph, starts), _away(_turned(graph), ends))
    away = there[ends]
    if not (away != NEVER).any():
        return None
    nearest = int(ends[np.where(away != NEVER, away, np.iinfo(np.int64).max).argmin()])
    every = (there[graph.upstream] != NEVER) & (back[graph.downstream] != NEVER)
    if graph.edge_stops is not None:
        every &= graph.edge_stops[:, 0] & np.uint64(1) == 0
    walks = _Walks(graph, apart, every)
    shortest = walks.there(nearest)
    found = {shortest: SHORTEST}
    for kind, edges in _others(graph, walks, every, (starts, ends), tied):
        found.setdefault(edges, kind)
    shown = [Way(kind, edges) for edges, kind in islice(found.items(), AT_MOST)]
    breaking = list[int]()
    # What is not on each of these ways breaks nothing; that is soon told, and most often nothing is.
    if any(not tied[edge] for edge in set(shortest).intersection(*found)):
        begun = starts[there[starts] != NEVER]  # not those at which it is stopped
        breaking = [edge for edge in _breaking(graph, begun, ends, every, shortest) if not tied[edge]]
    return Ways(shown, breaking, len(found) - len(shown))


def _turned(graph: Graph) -> Graph:
    return Graph(graph.nodes, graph.categories, graph.downstream, graph.upstream, graph.stops, graph.edge_stops)


def _away(graph: Graph, nodes: Ints) -> Ints:
    """How far each node is from the nearest of those."""
    away = np.full(graph.nodes, NEVER, dtype=np.int64)
    for level, arrival in enumerate(reach(graph, bits(graph, [(int(node), 0) for node in nodes])).arrivals):
        away[arrival.nodes] = level
    return away


class _Walks:
    """Shortest ways. Where several are shortest, each node is come to, and left, by the edge with the lowest number."""

    def __init__(self, graph: Graph, apart: Apart, every: Flags) -> None:
        self._upstream, self._downstream = graph.upstream, graph.downstream
        # Backwards: of several edges at one node, the one that is written last stays.
        edges = np.flatnonzero(every)[::-1]
        upstream, downstream = graph.upstream[edges], graph.downstream[edges]
        self._into, self._out_of = (np.full(graph.nodes, NEVER, dtype=np.int64) for _ in range(2))
        coming = apart.there[upstream] + 1 == apart.there[downstream]
        going = apart.back[downstream] + 1 == apart.back[upstream]
        self._into[downstream[coming]] = edges[coming]
        self._out_of[upstream[going]] = edges[going]

    def there(self, node: int) -> tuple[int, ...]:
        """From a start to that node."""
        return tuple(_followed(self._into, self._upstream, node))[::-1]

    def on(self, node: int) -> tuple[int, ...]:
        """From that node to an end."""
        return tuple(_followed(self._out_of, self._downstream, node))


def _followed(edge_at: Ints, leads_to: Ints, node: int) -> Iterator[int]:
    while (edge := int(edge_at[node])) != NEVER:
        yield edge
        node = int(leads_to[edge])


def _others(
    graph: Graph, walks: _Walks, every: Flags, sides: tuple[Ints, Ints], tied: Flags
) -> Iterator[tuple[str, tuple[int, ...]]]:
    starts, ends = sides
    inside, steps = np.flatnonzero(every & tied), every & ~tied
    upstream, downstream = graph.upstream[inside], graph.downstream[inside]
    last = steps & _within(graph.nodes, ends, downstream, upstream)[graph.downstream]
    first = steps & _within(graph.nodes, starts, upstream, downstream)[graph.upstream]
    for kind, edges in ((LAST, np.flatnonzero(last)), (FIRST, np.flatnonzero(first))):
        for edge in edges.tolist():
            head, tail = walks.there(int(graph.upstream[edge])), walks.on(int(graph.downstream[edge]))
            yield kind, (*head, edge, *tail)


def _within(size: int, nodes: Ints, upstream: Ints, downstream: Ints) -> Flags:
    """The nodes, and those that are reached from them along these edges."""
    known = np.zeros(size, dtype=bool)
    known[nodes] = True
    while (new := known[upstream] & ~known[downstream]).any():
        known[downstream[new]] = True
    return known


def _breaking(graph: Graph, starts: Ints, ends: Ints, every: Flags, way: Sequence[int]) -> list[int]:
    """The edges of that way without each of which nothing comes any more.

    All that is reached without the way is looked at first, and the way is opened as far as that goes round it. Where
    no more comes from there, and no end is among it, everything must go along the next edge of the way.
    """
    if not way:
        return []
    passed, known = np.array([graph.upstream[way[0]], *graph.downstream[list(way)]]), np.zeros(graph.nodes, dtype=bool)
    open_ = every.copy()
    open_[list(way)] = False
    breaking, opened = list[int](), 0
    _spread(graph, open_, known, starts)
    while not known[ends].any():
        farthest = int(np.flatnonzero(known[passed])[-1])
        if opened == farthest:
            breaking.append(way[opened])
            farthest += 1
        _spread(graph, open_, known, passed[opened + 1 : farthest + 1])
        opened = farthest
    return breaking


def _spread(graph: Graph, open_: Flags, known: Flags, nodes: Ints) -> None:
    """Mark as known those nodes, and all that is reached from them along open edges."""
    nodes = nodes[~known[nodes]]
    while nodes.size:
        known[nodes] = True
        edges = edges_of(graph.out, nodes)
        reached = graph.downstream[edges[open_[edges]]]
        nodes = np.unique(reached[~known[reached]])
