"""From labels, flows, barriers and bindings to observations: what was seen to reach which feature, by which path."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from transparency.catalog.keys import short_name
from transparency.catalog.lineage import EPOCH, MICROSECOND, Edges, Lineage
from transparency.catalog.models import Barrier, Binding
from transparency.catalog.reachability import Ints, bits, distances, paths, reach
from transparency.catalog.stops import stops


@dataclass(frozen=True)
class Seen:
    """One observation, before it is stored. ``path`` is a list of JSON steps, the labelled asset first.

    ``checked_at`` is when the source on the path that was read longest ago was read; ``None`` where it never was.
    """

    category: str
    feature: str
    stage: str
    by_column: bool
    last_seen: datetime
    checked_at: datetime | None
    sources: list[int]
    path: list[dict[str, object]]

    @property
    def id(self) -> tuple[str, str, str]:
        return self.category, self.feature, self.stage


def observe(
    at: datetime,
    lineage: Lineage,
    labels: Sequence[tuple[str, str]],
    bindings: Sequence[Binding],
    barriers: Sequence[Barrier],
    *,
    forgetful: bool = True,
) -> list[Seen]:
    """Everything that reaches a bound asset at ``at``, each with its shortest path. ``labels`` are key and category."""
    edges = lineage.edges(at, forgetful=forgetful)
    categories = sorted({category for _, category in labels})
    number = {category: i for i, category in enumerate(categories)}
    graph = edges.graph(lineage.nodes, len(categories), *stops(lineage, edges, barriers, number))
    held = [(asset, category) for key, category in labels if (asset := lineage.number(key)) is not None]
    reached = reach(graph, bits(graph, [(lineage.entry(asset), number[category]) for asset, category in held]))
    ends = [(end, binding) for binding in bindings if (end := lineage.number(binding.key)) is not None]
    nodes = np.repeat(np.array([end for end, _ in ends], dtype=np.int64), len(categories))
    asked = np.tile(np.arange(len(categories)), len(ends))
    nearest = _nearest(distances(reached, nodes, asked), [b for _, b in ends for _ in categories], asked, categories)
    ways = paths(graph, reached, nodes[nearest], asked[nearest])
    columns = _labelled_columns(lineage, held)
    return [
        _seen(at, lineage, edges, columns, categories[int(asked[i])], ends[i // len(categories)], way)
        for i, way in zip(nearest.tolist(), ways, strict=True)
    ]


def _nearest(distance: Ints, bindings: list[Binding], asked: Ints, categories: list[str]) -> Ints:
    """Of each category, feature and stage the place with the shortest way, in the order of those names."""
    best: dict[tuple[str, str, str], tuple[int, str, int]] = {}
    for i in np.flatnonzero(distance >= 0).tolist():
        binding = bindings[i]
        name = (categories[int(asked[i])], binding.feature, binding.stage)
        way = (int(distance[i]), binding.key, i)
        best[name] = min(best.get(name, way), way)
    return np.array([best[name][2] for name in sorted(best)], dtype=np.int64)


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
    category: str,
    bound: tuple[int, Binding],
    way: list[int],
) -> Seen:
    end, binding = bound
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
    return Seen(category, binding.feature, binding.stage, exact, last_seen, good, sources, steps)


def checked(sources: Sequence[int], good: Mapping[int, datetime | None]) -> datetime | None:
    """When what those sources told was checked: when the one read longest ago was. Of none, when any was last read."""
    read = [moment for number in sources if (moment := good.get(number))]
    return min(read, default=max((moment for moment in good.values() if moment), default=None))


def step(lineage: Lineage, asset: int) -> dict[str, object]:
    key = lineage.keys[asset]
    return {"key": key, "kind": key.partition(":")[0], "name": short_name(key)}


def how(lineage: Lineage, edges: Edges, flow: int) -> dict[str, object]:
    """By which job a step was made, when it was last seen, and who told."""
    number = int(edges.flows.job[flow])
    job = lineage.keys[number] if number >= 0 else ""
    return {
        "job": job,
        "job_name": short_name(job) if job else "",
        "last_seen": _moment(edges, flow).isoformat(),
        "source": lineage.sources[int(edges.flows.source[flow])].name,
    }


def _moment(edges: Edges, flow: int) -> datetime:
    return EPOCH + int(edges.flows.last_seen[flow]) * MICROSECOND
