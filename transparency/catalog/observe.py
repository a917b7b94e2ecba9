"""From labels, flows, barriers and bindings to observations: what was seen to reach which feature, by which path."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

import numpy as np

from transparency.catalog.keys import short_name
from transparency.catalog.lineage import EPOCH, MICROSECOND, Edges, Lineage
from transparency.catalog.looking import glimpses, look
from transparency.catalog.models import Barrier, Binding
from transparency.catalog.reachability import Ints, bits, distances, paths, reach
from transparency.catalog.stops import stops

Use = tuple[str, str, str]
"""Category, feature and stage."""


@dataclass(frozen=True)
class Seen:
    """One observation, before it is stored. ``path`` is a list of JSON steps, the labelled asset first.

    Where it is not ``direct``, some step only looked at the data, and no other way copies it there.
    ``checked_at`` is when the source on the path that was read longest ago was read; ``None`` where it never was.
    """

    category: str
    feature: str
    stage: str
    direct: bool
    by_column: bool
    last_seen: datetime
    checked_at: datetime | None
    sources: list[int]
    path: list[dict[str, object]]

    @property
    def id(self) -> tuple[str, str, str, bool]:
        return self.category, self.feature, self.stage, self.direct


def observe(
    at: datetime,
    lineage: Lineage,
    labels: Sequence[tuple[str, str]],
    bindings: Sequence[Binding],
    barriers: Sequence[Barrier],
    *,
    forgetful: bool = True,
) -> list[Seen]:
    """Everything that reaches a bound asset at ``at``, each with its shortest path. ``labels`` are key and category.

    What is copied there comes first; then what is only looked at on the way, of which ``looking`` tells the path.
    """
    edges = lineage.edges(at, forgetful=forgetful)
    categories = sorted({category for _, category in labels})
    number = {category: i for i, category in enumerate(categories)}
    held_back = stops(lineage, edges, barriers, number)
    graph = edges.graph(lineage.nodes, len(categories), *held_back)
    glances = edges.glances(lineage.nodes, len(categories), *held_back)
    held = [(asset, category) for key, category in labels if (asset := lineage.number(key)) is not None]
    reached = reach(graph, bits(graph, [(lineage.entry(asset), number[category]) for asset, category in held]))
    ends = [(end, binding) for binding in bindings if (end := lineage.number(binding.key)) is not None]
    nodes = np.repeat(np.array([end for end, _ in ends], dtype=np.int64), len(categories))
    asked = np.tile(np.arange(len(categories)), len(ends))
    uses = [(category, b.feature, b.stage) for _, b in ends for category in categories]
    keys = [binding.key for _, binding in ends for _ in categories]
    copied = _nearest(distances(reached, nodes, asked), uses, keys)
    looked = look(graph, glances, reached)
    only = _nearest(distances(looked, nodes, asked), uses, keys)
    only = {use: i for use, i in only.items() if use not in copied}
    columns = _labelled_columns(lineage, held)

    def told(found: Mapping[Use, int], ways: Callable[[Ints, Ints], list[list[int]]], *, direct: bool) -> list[Seen]:
        places = np.array(list(found.values()), dtype=np.int64)
        return [
            _seen(at, lineage, edges, columns, use, ends[i // len(categories)], way, direct=direct)
            for (use, i), way in zip(found.items(), ways(nodes[places], asked[places]), strict=True)
        ]

    by_looking = told(only, partial(glimpses, graph, glances, reached, looked), direct=False)
    return told(copied, partial(paths, graph, reached), direct=True) + by_looking


def _nearest(distance: Ints, uses: list[Use], keys: list[str]) -> dict[Use, int]:
    """Of each use that is reached the place with the shortest way, in the order of their names."""
    best: dict[Use, tuple[int, str, int]] = {}
    for i in np.flatnonzero(distance >= 0).tolist():
        way = (int(distance[i]), keys[i], i)
        best[uses[i]] = min(best.get(uses[i], way), way)
    return {use: best[use][2] for use in sorted(best)}


def _labelled_columns(lineage: Lineage, held: Sequence[tuple[int, str]]) -> dict[tuple[int, str], int]:
    """For each dataset and category the first of the dataset's columns that is labelled so."""
    columns: dict[tuple[int, str], int] = {}
    for asset, category in held:
        if (dataset := int(lineage.dataset[asset])) != asset:
            columns.setdefault((dataset, category), asset)
    return columns


def _seen(
    at: datetime,
    lineage: Lineage,
    edges: Edges,
    columns: Mapping[tuple[int, str], int],
    use: Use,
    bound: tuple[int, Binding],
    way: list[int],
    *,
    direct: bool,
) -> Seen:
    end, category = bound[0], use[0]
    flows = [flow for edge in way if (flow := int(edges.flow[edge])) >= 0]
    upstream, downstream = edges.flows.upstream, edges.flows.downstream
    # The first edges may lie inside a dataset: name the column it really started from.
    first = int(upstream[flows[0]]) if flows else end
    start = columns.get((first, category), first)
    steps = [step(lineage, start), *({**step(lineage, int(downstream[f])), **how(lineage, edges, f)} for f in flows)]
    exact = not any(lineage.is_dataset[upstream[f]] and lineage.is_dataset[downstream[f]] for f in flows)
    last_seen = min((_moment(edges, flow) for flow in flows), default=at)
    sources = sorted({int(edges.flows.source[flow]) for flow in flows})
    good = checked(sources, {number: source.last_good_at for number, source in lineage.sources.items()})
    return Seen(*use, direct, exact, last_seen, good, sources, steps)


def checked(sources: Sequence[int], good: Mapping[int, datetime | None]) -> datetime | None:
    """When what those sources told was checked: when the one read longest ago was. Of none, when any was last read."""
    read = [moment for number in sources if (moment := good.get(number))]
    return min(read, default=max((moment for moment in good.values() if moment), default=None))


def step(lineage: Lineage, asset: int) -> dict[str, object]:
    key = lineage.keys[asset]
    return {"key": key, "kind": key.partition(":")[0], "name": short_name(key)}


def how(lineage: Lineage, edges: Edges, flow: int) -> dict[str, object]:
    """By which job a step was made, what it did to the data, when it was last seen, and who told."""
    number = int(edges.flows.job[flow])
    job = lineage.keys[number] if number >= 0 else ""
    return {
        "job": job,
        "job_name": short_name(job) if job else "",
        "direct": bool(edges.flows.direct[flow]),
        "masked": bool(edges.flows.masking[flow]),
        "aggregated": bool(edges.flows.aggregating[flow]),
        "last_seen": _moment(edges, flow).isoformat(),
        "source": lineage.sources[int(edges.flows.source[flow])].name,
    }


def _moment(edges: Edges, flow: int) -> datetime:
    return EPOCH + int(edges.flows.last_seen[flow]) * MICROSECOND
