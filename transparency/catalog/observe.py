"""From labels, flows, barriers and bindings to observations: what was seen to reach which feature, by which path."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

import numpy as np

from transparency.catalog.arrived import AtPlace, seeds
from transparency.catalog.checking import checked
from transparency.catalog.keys import place_of, short_name
from transparency.catalog.lineage import EPOCH, MICROSECOND, Edges, Lineage
from transparency.catalog.looking import glimpses, look
from transparency.catalog.models import Barrier, Binding
from transparency.catalog.reachability import Graph, Ints, Reached, bits, distances, paths, reach, resume
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
        """By what it is known again: one use may be seen in both kinds at once."""
        return self.category, self.feature, self.stage, self.direct

    @property
    def places(self) -> list[str]:
        """Where the path goes, as ``place_of`` calls it."""
        return sorted({place_of(str(one["key"])) for one in self.path})


@dataclass(frozen=True)
class View:
    """A graph, or a part of one, and what reaches what in it. ``number`` is each category's bit.

    ``graph`` has the edges that carry data, ``reached`` what they bring; ``glances`` those that only look at it, and
    ``looked`` what comes by these alone. Edges are numbered as in ``edges``, those of ``glances`` after the others.
    """

    at: datetime
    lineage: Lineage
    edges: Edges
    graph: Graph
    glances: Graph
    reached: Reached
    looked: Reached
    number: Mapping[str, int]
    held: Sequence[tuple[int, str]]
    """Assets, and the categories that they are labelled with."""


@dataclass(frozen=True)
class Found:
    """A use that is seen: at which asset, and by which way of edges. It is ``direct`` where it is copied all along."""

    use: Use
    end: int
    way: list[int]
    direct: bool


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
    categories = sorted({category for _, category in labels})
    seen = view(at, lineage, labels, barriers, categories, forgetful=forgetful)
    return shown(seen, found(seen, bindings))


def view(
    at: datetime,
    lineage: Lineage,
    labels: Sequence[tuple[str, str]],
    barriers: Sequence[Barrier],
    categories: Sequence[str],
    kept: Iterable[AtPlace] | None = None,
    *,
    forgetful: bool = True,
) -> View:
    """What reaches what. Of a part of the graph, ``kept`` tells what reaches the assets that it only names."""
    edges = lineage.edges(at, forgetful=forgetful)
    number = {category: i for i, category in enumerate(categories)}
    held_back = stops(lineage, edges, barriers, number)
    graph = edges.graph(lineage.nodes, len(categories), *held_back)
    glances = edges.glances(lineage.nodes, len(categories), *held_back)
    held = [(asset, category) for key, category in labels if (asset := lineage.number(key)) is not None]
    start = bits(graph, [(lineage.entry(asset), number[category]) for asset, category in held])
    if kept is None:
        reached = reach(graph, start)
        looked = look(graph, glances, reached)
    else:
        carried, glimpsed = seeds(lineage, graph.words, kept)
        reached = resume(graph, start, carried)
        looked = look(graph, glances, reached, glimpsed)
    return View(at, lineage, edges, graph, glances, reached, looked, number, held)


def found(seen: View, bindings: Sequence[Binding], wanted: Callable[[Use], bool] | None = None) -> list[Found]:
    """The uses that are seen, or those that are ``wanted`` of them, each by its shortest way."""
    categories = list(seen.number)
    ends = [(end, binding) for binding in bindings if (end := seen.lineage.number(binding.key)) is not None]
    nodes = np.repeat(np.array([end for end, _ in ends], dtype=np.int64), len(categories))
    asked = np.tile(np.arange(len(categories)), len(ends))
    uses = [(category, b.feature, b.stage) for _, b in ends for category in categories]
    keys = [binding.key for _, binding in ends for _ in categories]
    copied = _nearest(distances(seen.reached, nodes, asked), uses, keys)
    only = _nearest(distances(seen.looked, nodes, asked), uses, keys)
    only = {use: i for use, i in only.items() if use not in copied}

    def told(those: Mapping[Use, int], ways: Callable[[Ints, Ints], list[list[int]]], *, direct: bool) -> list[Found]:
        those = {use: i for use, i in those.items() if wanted is None or wanted(use)}
        places = np.array(list(those.values()), dtype=np.int64)
        walked = zip(those.items(), ways(nodes[places], asked[places]), strict=True)
        return [Found(use, int(nodes[i]), way, direct) for (use, i), way in walked]

    by_looking = partial(glimpses, seen.graph, seen.glances, seen.reached, seen.looked)
    return told(copied, partial(paths, seen.graph, seen.reached), direct=True) + told(only, by_looking, direct=False)


def unfinished(seen: View, ways: Sequence[Found]) -> set[int]:
    """In a part of a graph the assets at which a way begins of which too little is known to tell whether it does."""
    size = len(seen.lineage.keys)
    starts = np.array([int(seen.edges.upstream[one.way[0]]) if one.way else one.end for one in ways], dtype=np.int64)
    categories = np.array([seen.number[one.use[0]] for one in ways], dtype=np.int64)
    open_ = (distances(seen.reached, starts, categories) != 0) | ~seen.lineage.inside[starts % size]
    return {int(node) % size for node in starts[open_].tolist()}


def shown(seen: View, ways: Sequence[Found]) -> list[Seen]:
    """The same with all that is told of their steps."""
    columns = _labelled_columns(seen.lineage, seen.held)
    return [
        _seen(seen.at, seen.lineage, seen.edges, columns, one.use, one.end, one.way, direct=one.direct) for one in ways
    ]


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
    end: int,
    way: list[int],
    *,
    direct: bool,
) -> Seen:
    category = use[0]
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


def step(lineage: Lineage, asset: int) -> dict[str, object]:
    """An asset as the JSON of a path names it; ``how`` says of each but the first how the data came there."""
    key = lineage.keys[asset]
    return {"key": key, "kind": key.partition(":")[0], "name": short_name(key)}


def how(lineage: Lineage, edges: Edges, flow: int) -> dict[str, object]:
    """From what and by which job a step was made, what it did to the data, when it was last seen, and who told.

    The table is what it was made from where that alone is known to flow on, though the step before is a column.
    """
    number = int(edges.flows.job[flow])
    job = lineage.keys[number] if number >= 0 else ""
    return {
        "upstream": lineage.keys[int(edges.flows.upstream[flow])],
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
