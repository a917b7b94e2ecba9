"""All the ways in which one category comes to some nodes, told by a few that differ. Pure: arrays in, numbers out.

A way is a list of edges. Beside the shortest there is one for each other last step and each other first step: whoever
closes the shortest must know by which doors the data still comes in and goes out.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from transparency.catalog.reachability import Graph, Ints, Reached, bits, distances, edges_of, paths, reach

Flags = NDArray[np.bool_]
SHORTEST, LAST, FIRST = "shortest", "last", "first"
AT_MOST = 6


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


def ways(graph: Graph, starts: Ints, ends: Ints, tied: Flags) -> Ways | None:
    """From any of ``starts`` to any of ``ends``, in a graph of one category; ``None`` where there is no way.

    ``tied`` marks the edges inside of a thing, which are no steps.
    """
    there = reach(graph, bits(graph, [(int(node), 0) for node in starts]))
    away = distances(there, ends, np.zeros(ends.size, dtype=np.int64))
    if not (away >= 0).any():
        return None
    nearest = int(ends[np.where(away >= 0, away, np.iinfo(np.int64).max).argmin()])
    back = _turned(graph)
    from_end = reach(back, bits(back, [(int(node), 0) for node in ends]))
    every = _every(graph, there, from_end)
    shortest = tuple(_paths(graph, there, np.array([nearest]))[0])
    found = {shortest: SHORTEST}
    for kind, edges in _others(graph, back, there, from_end, every, (starts, ends), tied):
        found.setdefault(edges, kind)
    shown = [Way(kind, edges) for edges, kind in islice(found.items(), AT_MOST)]
    begun = starts[there.found[starts, 0] != 0]  # not those at which it is stopped
    breaking = [edge for edge in _breaking(graph, begun, ends, every, shortest) if not tied[edge]]
    return Ways(shown, breaking, len(found) - len(shown))


def _turned(graph: Graph) -> Graph:
    return Graph(graph.nodes, graph.categories, graph.downstream, graph.upstream, graph.stops, graph.edge_stops)


def _every(graph: Graph, there: Reached, from_end: Reached) -> Flags:
    """The edges that lie on some way."""
    on = (there.found[graph.upstream, 0] & from_end.found[graph.downstream, 0] & np.uint64(1)) != 0
    if graph.edge_stops is not None:
        on &= graph.edge_stops[:, 0] & np.uint64(1) == 0
    return np.asarray(on, dtype=bool)


def _paths(graph: Graph, reached: Reached, nodes: Ints) -> list[list[int]]:
    return paths(graph, reached, nodes, np.zeros(nodes.size, dtype=np.int64))


def _others(
    graph: Graph, back: Graph, there: Reached, from_end: Reached, every: Flags, sides: tuple[Ints, Ints], tied: Flags
) -> Iterator[tuple[str, tuple[int, ...]]]:
    starts, ends = sides
    last = every & ~tied & np.isin(graph.downstream, _inside(back, ends, every & tied))
    first = every & ~tied & np.isin(graph.upstream, _inside(graph, starts, every & tied))
    for kind, edges in ((LAST, np.flatnonzero(last)), (FIRST, np.flatnonzero(first))):
        heads = _paths(graph, there, graph.upstream[edges])
        tails = _paths(back, from_end, graph.downstream[edges])
        for head, edge, tail in zip(heads, edges.tolist(), tails, strict=True):
            yield kind, (*head, edge, *tail[::-1])


def _inside(graph: Graph, nodes: Ints, edges: Flags) -> Ints:
    """The nodes, and those that are reached from them inside of a thing."""
    part = Graph(graph.nodes, 1, graph.upstream[edges], graph.downstream[edges])
    return np.flatnonzero(reach(part, bits(part, [(int(node), 0) for node in nodes])).found[:, 0])


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
