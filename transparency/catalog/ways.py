"""All the ways in which one category comes to some nodes, told by a few that differ. Pure: arrays in, numbers out.

A way is a list of edges. Beside the shortest there is one for each other last step and each other first step: whoever
closes the shortest must know by which doors the data still comes in and goes out.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from transparency.catalog.reachability import Graph, Ints, Reached, bits, distances, paths, reach

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
    found = [Way(SHORTEST, shortest)]
    for kind, edges in _others(graph, back, there, from_end, every, (starts, ends), tied):
        if edges not in {way.edges for way in found}:
            found.append(Way(kind, edges))
    breaking = [edge for edge in shortest if not tied[edge] and _breaks(graph, starts, ends, every, edge)]
    return Ways(found[:AT_MOST], breaking, max(0, len(found) - AT_MOST))


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


def _breaks(graph: Graph, starts: Ints, ends: Ints, every: Flags, edge: int) -> bool:
    """Whether nothing comes any more once that edge is gone."""
    left = every.copy()
    left[edge] = False
    part = Graph(graph.nodes, 1, graph.upstream[left], graph.downstream[left], graph.stops)
    return not reach(part, bits(part, [(int(node), 0) for node in starts])).found[ends, 0].any()
