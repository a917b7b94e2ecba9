"""The graph of all sources as numbers, ready for ``reachability``.

A dataset is two nodes. *Content* is what its columns hold between them, and feeds whatever reads the dataset as a
whole. *Unlocated* is what came in as a whole, so that any column may hold it; it feeds every column, and the content.
With one node only, a single labelled column would label all the others. Anything but a dataset is one node.

A flow between two datasets says nothing where flows between their columns, by the same job, say it more exactly. An
indirect flow (a filter, a join, a sort) carries nothing, but it does tell that the job is known by column.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import numpy as np
from django.db import connection

from transparency.catalog.keys import dataset_of
from transparency.catalog.models import Alias
from transparency.catalog.reachability import Bits, Graph

FLOWS = """
SELECT u.key, d.key, coalesce(j.key, ''), f.last_seen, s.name, s.horizon_days, f.direct
FROM catalog_flow f JOIN catalog_source s ON s.id = f.source_id
JOIN catalog_asset u ON u.id = f.upstream_id JOIN catalog_asset d ON d.id = f.downstream_id
LEFT JOIN catalog_asset j ON j.id = f.job_id
ORDER BY f.id
"""


@dataclass(frozen=True)
class Passage:
    """One flow as evidence: from, to, by which job, when last seen, told by which source."""

    upstream: str
    downstream: str
    job: str
    last_seen: datetime
    source: str
    horizon: timedelta
    direct: bool

    @property
    def exact(self) -> bool:
        """False for a dataset poured into a dataset as a whole."""
        return not (self.upstream.startswith("dataset:") and self.downstream.startswith("dataset:"))


@dataclass
class Numbers:
    """Numbers of nodes: ``(key, True)`` is a dataset's unlocated node, ``(key, False)`` anything else."""

    of: dict[tuple[str, bool], int] = field(default_factory=dict)

    def __call__(self, key: str, unlocated: bool = False) -> int:
        return self.of.setdefault((key, unlocated), len(self.of))

    def entry(self, key: str) -> int:
        """Where data enters an asset as a whole."""
        return self(key, unlocated=key.startswith("dataset:"))


@dataclass(frozen=True)
class Lineage:
    """The numbered graph. ``passages[i]`` is the flow behind edge ``i``, or ``None`` for an edge inside a dataset."""

    numbers: Numbers
    upstream: list[int]
    downstream: list[int]
    passages: list[Passage | None]
    canonical: dict[str, str]

    def graph(self, categories: int, stops: Bits | None = None, edge_stops: Bits | None = None) -> Graph:
        upstream, downstream = (np.array(side, dtype=np.int64) for side in (self.upstream, self.downstream))
        return Graph(len(self.numbers.of), categories, upstream, downstream, stops, edge_stops)


def load(at: datetime, known: Iterable[str], *, forgetful: bool = True) -> Lineage:
    """The graph as it stands at ``at``. ``known`` are the keys of all datasets and columns, with or without a flow.

    With ``forgetful``, a flow unseen for longer than its source's horizon is left out.
    """
    canonical = dict(Alias.objects.order_by("as_of").values_list("key", "canonical_key"))
    passages = [p for p in _passages(canonical) if not forgetful or p.last_seen >= at - p.horizon]
    lineage = Lineage(Numbers(), [], [], [], canonical)
    told_by_column = {_tables(p) for p in passages if p.upstream.startswith("column:")}
    for passage in passages:
        if passage.direct and (passage.exact or _tables(passage) not in told_by_column):
            _add(lineage, lineage.numbers(passage.upstream), lineage.numbers.entry(passage.downstream), passage)
    for key in sorted({resolve(canonical, key) for key in known}):
        _tie(lineage, key)
    return lineage


def _passages(canonical: dict[str, str]) -> Iterable[Passage]:
    with connection.cursor() as cursor:
        cursor.execute(FLOWS)
        for upstream, downstream, job, last_seen, source, days, direct in cursor:
            start, end = (resolve(canonical, key) for key in (upstream, downstream))
            yield Passage(start, end, resolve(canonical, job), last_seen, source, timedelta(days=days), direct)


def _tables(passage: Passage) -> tuple[str, str, str]:
    return dataset_of(passage.upstream), dataset_of(passage.downstream), passage.job


def _tie(lineage: Lineage, key: str) -> None:
    """Join a dataset's two nodes, and a column to its dataset: it adds to the content, and may hold the unlocated."""
    dataset, number = dataset_of(key), lineage.numbers
    _add(lineage, number(dataset, unlocated=True), number(key), None)
    if key != dataset:
        _add(lineage, number(key), number(dataset), None)


def _add(lineage: Lineage, upstream: int, downstream: int, passage: Passage | None) -> None:
    lineage.upstream.append(upstream)
    lineage.downstream.append(downstream)
    lineage.passages.append(passage)


def resolve(canonical: dict[str, str], key: str) -> str:
    """The one key of a thing with several; a column follows its dataset, a ring of renames ends where it began."""
    seen = {key}
    while (following := canonical.get(key)) and following not in seen:
        seen.add(following)
        key = following
    if not key.startswith("column:"):
        return key
    dataset = resolve(canonical, dataset_of(key))
    return f"column:{dataset.removeprefix('dataset:')}#{key.rpartition('#')[2]}"
