"""The graph of all sources as arrays, ready for ``reachability``.

Every asset has a number, one for all of its names. A dataset is two nodes. *Content*, with the asset's number, is what
its columns hold between them, and feeds whatever reads the dataset as a whole. *Unlocated*, a whole graph's worth of
numbers higher, is what came in as a whole, so that any column may hold it; it feeds every column, and the content. With
one node only, a single labelled column would label all the others.

A flow between two datasets says nothing where flows between their columns say it more exactly. An
indirect flow (a filter, a join, a sort) carries nothing, but it does tell that the job is known by column. It is kept
apart, for the weaker kind of observation (see ``looking``). That one job runs after another is no look at data.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
from django.db import connection
from numpy.typing import NDArray
from psycopg import sql

from transparency.catalog.keys import dataset_of
from transparency.catalog.models import Source
from transparency.catalog.names import left_out, what_counts
from transparency.catalog.reachability import Bits, Graph, Ints
from transparency.catalog.receiving import received, row_of
from transparency.catalog.said import Said

FLOWS = """
COPY (SELECT upstream_id, downstream_id, coalesce(job_id, 0), source_id, last_seen, direct, masking, aggregating
      FROM catalog_flow{where} ORDER BY id) TO STDOUT (FORMAT binary)
"""
ASSETS = "SELECT id, key FROM catalog_asset{where} ORDER BY id"
INTO = " WHERE downstream_id = ANY({}::bigint[])"
ENDS, FLAGS = ("upstream", "downstream", "job"), ("direct", "masking", "aggregating")
# PostgreSQL sends times as microseconds since then.
EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
ROW = row_of(*((name, ">i8") for name in (*ENDS, "source", "last_seen")), *((name, "?") for name in FLAGS))
MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True)
class Flows:
    """Flows side by side, each field an array. Assets and jobs are numbers, -1 where no job is known.

    ``last_seen`` is in microseconds since ``EPOCH``; ``source`` is the source's primary key.
    """

    upstream: Ints
    downstream: Ints
    job: Ints
    source: Ints
    last_seen: Ints
    direct: NDArray[np.bool_]
    masking: NDArray[np.bool_]
    aggregating: NDArray[np.bool_]

    def where(self, kept: NDArray[np.bool_]) -> "Flows":
        return Flows(**{name: column[kept] for name, column in vars(self).items()})


@dataclass(frozen=True)
class Edges:
    """Edges between nodes. ``flow[i]`` is the place of the flow behind edge i, or -1 for an edge inside a dataset.

    Those from ``looking`` on carry nothing: they only look.
    """

    upstream: Ints
    downstream: Ints
    flow: Ints
    flows: Flows
    looking: int

    def graph(self, nodes: int, categories: int, stops: Bits | None = None, edge_stops: Bits | None = None) -> Graph:
        """What data is carried along."""
        return self._part(slice(self.looking), nodes, categories, stops, edge_stops)

    def glances(self, nodes: int, categories: int, stops: Bits | None = None, edge_stops: Bits | None = None) -> Graph:
        """What only looks at data. Its edges are numbered from 0."""
        return self._part(slice(self.looking, None), nodes, categories, stops, edge_stops)

    def all(self, nodes: int, categories: int, stops: Bits | None = None, edge_stops: Bits | None = None) -> Graph:
        """Both."""
        return self._part(slice(None), nodes, categories, stops, edge_stops)

    def _part(self, part: slice, nodes: int, categories: int, stops: Bits | None, edge_stops: Bits | None) -> Graph:
        held = None if edge_stops is None else edge_stops[part]
        return Graph(nodes, categories, self.upstream[part], self.downstream[part], stops, held)


@dataclass(frozen=True)
class Lineage:
    """All assets and flows. ``keys[n]`` is the one key of asset n, ``dataset[n]`` the number of a column's dataset."""

    keys: Sequence[str]
    dataset: Ints
    is_dataset: NDArray[np.bool_]
    flows: Flows
    sources: Mapping[int, Source]
    names: Mapping[str, int]
    """The key of every asset that a source knows to its number, aliases included."""
    resolve: Callable[[str], str]
    inside: NDArray[np.bool_]
    """Of which assets the graph tells what flows into them. Others it only names."""

    def number(self, key: str) -> int | None:
        """The number of the asset of that key, by whichever of its names; ``None`` where no source knows it."""
        return self.names.get(key, self.names.get(self.resolve(key)))

    @property
    def nodes(self) -> int:
        return 2 * len(self.keys)

    def entry(self, number: int) -> int:
        """The node at which data enters an asset as a whole."""
        return number + len(self.keys) if self.is_dataset[number] else number

    def edges(self, at: datetime, *, forgetful: bool) -> Edges:
        """What data may go along at ``at``.

        With ``forgetful``, a flow is left out that its source had not seen for longer than its horizon when the source
        was last read: not being able to ask is no evidence that a flow ended.
        """
        remembered = self._remembered(at) if forgetful else None
        flows = self.flows if remembered is None or remembered.all() else self.flows.where(remembered)
        exact = ~self._told_by_column(flows)
        carrying, looking = np.flatnonzero(flows.direct & exact), np.flatnonzero(self._looks(flows) & exact)
        ties_up, ties_down = self._ties()
        return Edges(
            np.concatenate((flows.upstream[carrying], ties_up, flows.upstream[looking])),
            np.concatenate((self._entered(flows, carrying), ties_down, self._entered(flows, looking))),
            np.concatenate((carrying, np.full(ties_up.size, -1, dtype=np.int64), looking)),
            flows,
            carrying.size + ties_up.size,
        )

    def _entered(self, flows: Flows, places: Ints) -> Ints:
        """The nodes at which what those flows bring enters."""
        downstream = flows.downstream[places]
        return np.asarray(downstream + self.is_dataset[downstream] * len(self.keys), dtype=np.int64)

    def _remembered(self, at: datetime) -> NDArray[np.bool_]:
        kept = np.ones(self.flows.source.size, dtype=bool)
        for number, source in self.sources.items():
            oldest = source.counts_as_asked(at) - timedelta(days=source.horizon_days)
            kept &= (self.flows.source != number) | (self.flows.last_seen >= (oldest - EPOCH) // MICROSECOND)
        return kept

    def _told_by_column(self, flows: Flows) -> NDArray[np.bool_]:
        """Flows from dataset to dataset of which the columns were told as well.

        By the same job; or by the same source, where either statement names no job: that one speaks of all that goes
        from the one to the other, whatever moves it.
        """
        size = len(self.keys) + 1
        tables = self.dataset[flows.upstream] * size + self.dataset[flows.downstream]
        by_column = self.dataset[flows.upstream] != flows.upstream
        whole = np.flatnonzero(self.is_dataset[flows.upstream] & self.is_dataset[flows.downstream])
        by_job = tables * size + flows.job + 1
        by_source = tables * (len(self.sources) + 1) + np.searchsorted(sorted(self.sources), flows.source)
        jobless = flows.job < 0
        told = np.isin(by_job[whole], by_job[by_column])
        told |= np.isin(by_source[whole], by_source[by_column & jobless])
        vague = np.flatnonzero(jobless[whole])
        told[vague] |= np.isin(by_source[whole[vague]], by_source[by_column])
        found = np.zeros(tables.size, dtype=bool)
        found[whole[told]] = True
        return found

    def _ties(self) -> tuple[Ints, Ints]:
        """Join a dataset's two nodes, and a column to its dataset: it adds to the content, may hold the unlocated."""
        datasets, size = np.flatnonzero(self.is_dataset), len(self.keys)
        columns = np.flatnonzero(self.dataset != np.arange(size))
        theirs = self.dataset[columns]
        upstream = np.concatenate((datasets + size, theirs + size, columns))
        downstream = np.concatenate((datasets, columns, theirs))
        known = self.inside[downstream]
        return upstream[known], downstream[known]

    def _looks(self, flows: Flows) -> NDArray[np.bool_]:
        """Which flows look at data and carry none: all that are not direct, save that a job runs after another."""
        may = np.flatnonzero(~flows.direct & (flows.downstream == flows.job))
        looks = ~flows.direct
        looks[may] = [not self.keys[number].startswith("job:") for number in flows.upstream[may].tolist()]
        return looks


@dataclass(frozen=True)
class Known:
    """What the whole graph and every part of it have in common: which names are one, what does not count, and who told.

    ``left_out`` are the rows of assets from and to which flows do not count.
    """

    resolve: Callable[[str], str]
    left_out: Collection[int]
    sources: Mapping[int, Source]


def known(said: Said | None = None) -> Known:
    """The same, as the database holds it; or by what is said, where that is read already."""
    if said is None:
        return Known(what_counts(), left_out(), Source.objects.in_bulk())
    sources = {source.pk: source for source in said.sources}
    return Known(what_counts(said.names, said.apart), left_out(said.names), sources)


def load(rows: Sequence[int] | None = None, common: Known | None = None) -> Lineage:
    """The graph as the database holds it: the whole, or the assets in those rows and all flows into them.

    Such a part tells the same of its assets as the whole does, if it holds all that is upstream of them, or if what
    reaches the others is known. Those are named, but not what flows into them. Whoever loads several parts in one
    transaction gives what they have in ``common``.
    """
    common = common or known()
    resolve = common.resolve
    with connection.cursor() as cursor:
        assets, flows = _whole(cursor) if rows is None else _part(cursor, rows)
    flows = _counting(flows, common.left_out)
    names: dict[str, int] = {}
    numbers = [names.setdefault(resolve(key), len(names)) for _, key in assets]
    dataset = _datasets(names)
    keys = list(names)
    is_dataset = np.array([key.startswith("dataset:") for key in keys], dtype=bool)
    for (_, key), number in zip(assets, numbers, strict=True):
        names.setdefault(key, number)
    ids = np.array([pk for pk, _ in assets], dtype=np.int64)
    places = np.array(numbers, dtype=np.int64)
    inside = np.ones(len(keys), dtype=bool) if rows is None else _inside(dataset, places[np.isin(ids, list(rows))])
    return Lineage(
        keys,
        dataset,
        is_dataset,
        _numbered(flows, ids, places),
        common.sources,
        names,
        resolve,
        inside,
    )


def _inside(dataset: Ints, numbers: Ints) -> NDArray[np.bool_]:
    """Those assets, and the datasets that they are columns of, whether or not a source names them."""
    inside = np.zeros(dataset.size, dtype=bool)
    inside[numbers] = True
    inside[dataset[inside]] = True
    return inside


Assets = list[tuple[int, str]]
"""Each with its row and its key, in the order of the rows."""


def _whole(cursor: Any) -> tuple[Assets, NDArray[Any]]:
    cursor.execute(ASSETS.format(where=""))
    return cursor.fetchall(), received(cursor, sql.SQL(FLOWS).format(where=sql.SQL("")), ROW)


def _part(cursor: Any, rows: Sequence[int]) -> tuple[Assets, NDArray[Any]]:
    """Where that flows from, and the jobs by which it does, are named as well: the flows tell which those are."""
    flows = received(cursor, sql.SQL(FLOWS).format(where=sql.SQL(INTO).format(in_text(rows))), ROW)
    ends = [flows[name].astype(np.int64) for name in ("upstream", "job")]
    named = np.unique(np.concatenate((np.array(rows, dtype=np.int64), *ends)))
    cursor.execute(ASSETS.format(where=" WHERE id = ANY(%s::bigint[])"), [in_text(named.tolist())])
    return cursor.fetchall(), flows


def in_text(rows: Iterable[int]) -> str:
    """Rows as an array of PostgreSQL's is written: the driver takes five times as long to write one itself."""
    return f"{{{','.join(map(str, rows))}}}"


def _counting(rows: NDArray[Any], outside: Collection[int]) -> NDArray[Any]:
    """Without those from or to a place that is left out."""
    if outside:
        gone = np.fromiter(outside, dtype=np.int64)
        rows = rows[~(np.isin(rows["upstream"], gone) | np.isin(rows["downstream"], gone))]
    return rows


def _datasets(names: dict[str, int]) -> Ints:
    """The number of each asset's dataset, its own where it is no column; a dataset that nobody named gets a number."""
    own = {number: names.setdefault(dataset_of(key), len(names)) for key, number in list(names.items())}
    return np.array([own.get(number, number) for number in range(len(names))], dtype=np.int64)


def _numbered(rows: NDArray[Any], ids: Ints, numbers: Ints) -> Flows:
    """Without flows of which an end went, or came, between the reading of assets and of flows.

    Whoever only looks keeps no merge waiting. Such a flow would seem to be one of whichever asset is next in order.
    """
    known, numbered = np.concatenate(([0], ids)), np.concatenate(([-1], numbers))  # 0 stands where no job is known
    wanted = [rows[name].astype(np.int64) for name in ENDS]
    places = [np.searchsorted(known, one, side="right") - 1 for one in wanted]
    there = np.all([known[place] == one for place, one in zip(places, wanted, strict=True)], axis=0)
    source, last_seen = (rows[name].astype(np.int64) for name in ("source", "last_seen"))
    flags = (rows[name].astype(bool) for name in FLAGS)
    upstream, downstream, job = (numbered[place] for place in places)
    flows = Flows(upstream, downstream, job, source, last_seen, *flags)
    return flows if there.all() else flows.where(there)
