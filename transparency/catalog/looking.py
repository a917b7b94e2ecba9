"""What reaches an asset only through a step that looked at data and copied none: a filter, a join, a sort. Pure.

It is the weaker kind of reaching. Worked out after what is carried: first whatever looks at something that was
carried, then onwards along every edge. What was carried somewhere anyway is no news there, so no bit is gone after
twice.
"""

import numpy as np

from transparency.catalog.reachability import Arrival, Bits, Graph, Ints, Reached, distances, edges_of, one_back, paths


def look(graph: Graph, glances: Graph, reached: Reached) -> Reached:
    """Go on from ``reached``, what ``graph`` carries, where ``glances`` look; both have the same nodes and stops.

    ``found`` is then what arrives in either way; ``arrivals[d]`` what came only by a look, d edges behind the first.
    """
    found, arrivals = reached.found.copy(), list[Arrival]()
    pushed = [_carried(glances, found, np.arange(glances.upstream.size))]
    while (arrival := _arrive(found, pushed)).nodes.size:
        arrivals.append(arrival)
        pushed = [_carried(part, found, edges_of(part.out, arrival.nodes)) for part in (graph, glances)]
    return Reached(found, arrivals)


def glimpses(
    graph: Graph, glances: Graph, reached: Reached, looked: Reached, nodes: Ints, categories: Ints
) -> list[list[int]]:
    """For each pair that came only by a look, the edges of a way, those that look numbered after those of ``graph``.

    Of all its ways, one with the fewest steps from the first look on; up to there, it was carried as shortly as can be.
    """
    level, nodes = distances(looked, nodes, categories), nodes.copy()
    backwards: list[list[int]] = [[] for _ in nodes]
    everywhere = Arrival(np.arange(graph.nodes), reached.found)
    for depth in range(int(level.max(initial=-1)), -1, -1):
        asked = np.flatnonzero(level == depth)
        before = looked.arrivals[depth - 1] if depth else everywhere
        steps = _steps_back((graph, glances), before, nodes[asked], categories[asked], may_carry=depth > 0)
        for pair, edge in zip(asked.tolist(), steps.tolist(), strict=True):
            backwards[pair].append(edge)
        nodes[asked] = np.concatenate((graph.upstream, glances.upstream))[steps]
        level[asked] = depth - 1
    heads = paths(graph, reached, nodes, categories)
    return [head + steps[::-1] for head, steps in zip(heads, backwards, strict=True)]


def _steps_back(parts: tuple[Graph, Graph], before: Arrival, nodes: Ints, categories: Ints, *, may_carry: bool) -> Ints:
    """For each pair an edge by which it came: one that carries where there is one, else one that looks."""
    graph, glances = parts
    steps = np.full(nodes.size, -1, dtype=np.int64)
    if may_carry:
        found, edges = one_back(graph, before, nodes, categories)
        steps[found] = edges
    left = np.flatnonzero(steps < 0)
    found, edges = one_back(glances, before, nodes[left], categories[left])
    steps[left[found]] = edges + graph.upstream.size
    return steps


def _carried(part: Graph, found: Bits, edges: Ints) -> tuple[Ints, Bits]:
    """Where those edges lead, and what they bring there."""
    targets, carried = part.downstream[edges], found[part.upstream[edges]]
    if part.edge_stops is not None:
        carried &= ~part.edge_stops[edges]
    if part.stops is not None:
        carried &= ~part.stops[targets]
    return targets, carried


def _arrive(found: Bits, pushed: list[tuple[Ints, Bits]]) -> Arrival:
    """Add to ``found`` what was brought, and tell what is new."""
    targets, carried = (np.concatenate(side) for side in zip(*pushed, strict=True))
    nodes, place = np.unique(targets, return_inverse=True)
    brought = np.zeros((nodes.size, found.shape[1]), dtype=np.uint64)
    np.bitwise_or.at(brought, place, carried)
    added = brought & ~found[nodes]
    new = added.any(axis=1)
    found[nodes] |= brought
    return Arrival(nodes[new], added[new])
