"""What reaches an asset only through a step that looked at data and copied none: a filter, a join, a sort. Pure.

It is the weaker kind of reaching. Worked out after what is carried: first whatever looks at something that was
carried, then onwards along every edge. What was carried somewhere anyway is no news there, so no bit is gone after
twice.

Example: users.email is the key of a join that makes sessions.page. No address stands in sessions, and yet whose pages
these are was chosen by it. So ``contact.email`` comes to sessions.page by a look, and is carried on from there: to a
model that is trained on sessions it has one step that looks, however many follow. Nodes, edges, rows of bits, arrivals
and stops are those of ``reachability``; a barrier stops a look as it stops what is carried.
"""

from collections.abc import Sequence

import numpy as np

from transparency.catalog.reachability import (
    Arrival,
    Graph,
    Ints,
    Pushed,
    Reached,
    arrive,
    carried,
    distances,
    edges_of,
    one_back,
    paths,
)

STUCK = -2


def look(graph: Graph, glances: Graph, reached: Reached, seeds: Sequence[Arrival] = ()) -> Reached:
    """Go on from ``reached``, what ``graph`` carries, where ``glances`` look; both have the same nodes and stops.

    ``found`` is then what arrives in either way; ``arrivals[d]`` what came only by a look, d edges behind the first.
    ``seeds[d]`` is what so arrives from elsewhere.
    """
    found, arrivals = reached.found.copy(), list[Arrival]()
    pushed: list[Pushed] = [carried(glances, found, np.arange(glances.upstream.size))]
    while pushed or len(arrivals) < len(seeds):
        arrivals.append(arrive(found, [*pushed, *seeds[len(arrivals) : len(arrivals) + 1]]))
        changed = arrivals[-1].nodes
        parts = (graph, glances) if changed.size else ()
        pushed = [carried(part, found, edges_of(part.out, changed)) for part in parts]
    return Reached(found, arrivals if any(one.nodes.size for one in arrivals) else [])


def glimpses(
    graph: Graph, glances: Graph, reached: Reached, looked: Reached, nodes: Ints, categories: Ints
) -> list[list[int]]:
    """For each pair that came only by a look, the edges of a way, those that look numbered after those of ``graph``.

    Of all its ways, one with the fewest steps from the first look on; up to there, it was carried as shortly as can be.
    In a part of a graph a way begins where what lies further back is not known.
    """
    level, nodes = distances(looked, nodes, categories), nodes.copy()
    backwards: list[list[int]] = [[] for _ in nodes]
    everywhere = Arrival(np.arange(graph.nodes), reached.found)
    for depth in range(int(level.max(initial=-1)), -1, -1):
        asked = np.flatnonzero(level == depth)
        before = looked.arrivals[depth - 1] if depth else everywhere
        steps = _steps_back((graph, glances), before, nodes[asked], categories[asked], may_carry=depth > 0)
        level[asked] = np.where(steps < 0, STUCK, depth - 1)
        asked, steps = asked[steps >= 0], steps[steps >= 0]
        for pair, edge in zip(asked.tolist(), steps.tolist(), strict=True):
            backwards[pair].append(edge)
        nodes[asked] = np.concatenate((graph.upstream, glances.upstream))[steps]
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
