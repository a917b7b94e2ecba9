"""From labels, flows, barriers and bindings to observations: what was seen to reach which feature, by which path."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from transparency.catalog.keys import dataset_of, short_name
from transparency.catalog.lineage import Lineage, Passage, load, resolve
from transparency.catalog.models import Barrier, Binding, Label
from transparency.catalog.reachability import WORD, Bits, Trail, bits, has, path, reach, trail


@dataclass(frozen=True)
class Seen:
    """One observation, before it is stored. ``path`` is a list of JSON steps, the labelled asset first."""

    category: str
    feature: str
    stage: str
    by_column: bool
    last_seen: datetime
    path: list[dict[str, object]]

    @property
    def id(self) -> tuple[str, str, str]:
        return self.category, self.feature, self.stage


def observe(
    at: datetime,
    known: Iterable[str],
    labels: Sequence[Label],
    bindings: Sequence[Binding],
    barriers: Sequence[Barrier],
    *,
    forgetful: bool = True,
) -> list[Seen]:
    """Everything that reaches a bound asset at ``at``, each with its shortest path."""
    lineage = load(at, known, forgetful=forgetful)
    categories = sorted({label.category for label in labels})
    number = {category: i for i, category in enumerate(categories)}
    starts = [(lineage.numbers.entry(resolve(lineage.canonical, x.key)), number[x.category]) for x in labels]
    ends = {binding: lineage.numbers(resolve(lineage.canonical, binding.key)) for binding in bindings}
    plain = lineage.graph(len(categories))
    stops, edge_stops = _stops(lineage, barriers, number, plain.words)
    graph = lineage.graph(len(categories), stops, edge_stops)
    labelled = bits(graph, starts)
    found = reach(graph, labelled)
    seen: dict[tuple[str, str, str], Seen] = {}
    for category, i in number.items():
        bound = [(binding, end) for binding, end in ends.items() if has(found, end, i)]
        ways = trail(graph, labelled, i) if bound else None
        for binding, end in sorted(bound, key=lambda pair: (int(ways.distance[pair[1]]) if ways else 0, pair[0].key)):
            if ways and (category, binding.feature, binding.stage) not in seen:
                one = _seen(
                    at, lineage, ways, end, category, binding, [x.key for x in labels if x.category == category]
                )
                seen[one.id] = one
    return list(seen.values())


def _seen(
    at: datetime, lineage: Lineage, ways: Trail, end: int, category: str, binding: Binding, labelled: list[str]
) -> Seen:
    edges = path(lineage.graph(0), ways, end)
    passages = [passage for edge in edges if (passage := lineage.passages[edge])]
    start = passages[0].upstream if passages else resolve(lineage.canonical, binding.key)
    if start.startswith("dataset:"):
        # The first edges lay inside the dataset: name the column it really started from.
        start = next((key for key in labelled if dataset_of(resolve(lineage.canonical, key)) == start), start)
    last_seen = min((passage.last_seen for passage in passages), default=at)
    steps = [_step(start, None), *(_step(passage.downstream, passage) for passage in passages)]
    exact = all(passage.exact for passage in passages)
    return Seen(category, binding.feature, binding.stage, exact, last_seen, steps)


def _step(key: str, passage: Passage | None) -> dict[str, object]:
    step: dict[str, object] = {"key": key, "kind": key.partition(":")[0], "name": short_name(key)}
    if passage:
        job = {"job": passage.job, "job_name": short_name(passage.job) if passage.job else ""}
        step |= {**job, "last_seen": passage.last_seen.isoformat(), "source": passage.source}
    return step


def _stops(lineage: Lineage, barriers: Sequence[Barrier], number: dict[str, int], words: int) -> tuple[Bits, Bits]:
    """The bits that barriers hold back, per node and per edge."""
    stops = np.zeros((len(lineage.numbers.of), words), dtype=np.uint64)
    edge_stops = np.zeros((len(lineage.upstream), words), dtype=np.uint64)
    for barrier in barriers:
        mask = _mask(barrier.category, number, words)
        key = resolve(lineage.canonical, barrier.key)
        if barrier.downstream_key:
            edge_stops[_edges(lineage, key, resolve(lineage.canonical, barrier.downstream_key))] |= mask
        else:
            stops[[n for (name, _), n in lineage.numbers.of.items() if key in (name, dataset_of(name))]] |= mask
    return stops, edge_stops


def _mask(category: str, number: dict[str, int], words: int) -> Bits:
    mask = np.zeros(words, dtype=np.uint64)
    held = [i for name, i in number.items() if category in ("", name)]
    for i in held:
        mask[i // WORD] |= np.uint64(1 << (i % WORD))
    return mask


def _edges(lineage: Lineage, upstream: str, downstream: str) -> list[int]:
    """Edges of one flow; between two datasets, those of their columns as well."""

    def ends(passage: Passage) -> bool:
        return upstream in (passage.upstream, dataset_of(passage.upstream)) and downstream in (
            passage.downstream,
            dataset_of(passage.downstream),
        )

    return [i for i, passage in enumerate(lineage.passages) if passage and ends(passage)]
