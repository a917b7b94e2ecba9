"""Marquez: what its REST API tells of namespaces, datasets, jobs and lineage.

Marquez keeps what pipelines told it in OpenLineage, so its names are ours already. Each dataset comes with its columns,
their tags and what they were made of, each job with what it reads and writes. Marquez does not tell what changed since
when, so all of it is read each time.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

import msgspec

from transparency.catalog import limits
from transparency.catalog.connectors import marquez_answers as answers
from transparency.catalog.connectors import openlineage_naming as naming
from transparency.catalog.connectors.asked import Asked
from transparency.catalog.connectors.base import Found, Progress, Snapshot
from transparency.catalog.connectors.http import Page, Reader, by_offset
from transparency.catalog.connectors.marquez_columns import columns_by_job
from transparency.catalog.connectors.openlineage_facets import FACETS, read_facet
from transparency.catalog.connectors.openlineage_graph import Span
from transparency.catalog.connectors.openlineage_naming import Named
from transparency.catalog.untrusted import clean_name, shortened

PAGE = 100  # its own default: it asks its database several times for each job, and we wait for no page for long
API = ("api", "v1")
BY = "marquez"
# Marquez itself says what these facets said, or more.
SAID_BETTER = frozenset({"schema", "documentation", "tags", "columnLineage"})
Pair = tuple[str, str]
"""Keys of what was read and of what was written."""


@dataclass
class Marquez:
    """The Marquez that ``opened`` gives a reader of; ``at`` is now."""

    opened: Callable[[], Reader]
    at: datetime

    def read(self, progress: Progress) -> Snapshot:
        with self.opened() as reader:
            reading = _Reading(reader, self.at, progress)
            for namespace in reading.namespaces():
                reading.read(namespace)
        return reading.drawn()

    def look(self, progress: Progress) -> Found:
        with self.opened() as reader:
            reading, count = _Reading(reader, self.at, progress), 0
            for name in reading.namespaces():
                count += reader.get(*_below(name, "datasets"), shape=answers.Datasets, params={"limit": 1}).total_count
                count += reader.get(*_below(name, "jobs"), shape=answers.Jobs, params={"limit": 1}).total_count
            return Found(count, len(reading.tags()))


class _Reading(Asked):
    """Datasets wait until all jobs are known: only these tell by which job a column was made."""

    def __init__(self, reader: Reader, at: datetime, progress: Progress) -> None:
        super().__init__(at, progress)
        self.reader = reader
        self.datasets: list[answers.Dataset] = []
        self.jobs_of: dict[Pair, list[Named]] = {}
        self.ran: dict[Named, Span] = {}

    def namespaces(self) -> list[str]:
        def fetch(offset: int) -> Page[answers.Namespace]:
            page = self.reader.get(*API, "namespaces", shape=answers.Namespaces, params=_from(offset))
            return Page(page.namespaces)

        found = self.all_of(by_offset("namespaces", fetch, lambda one: one.name, self.progress, size=PAGE))
        return [one.name for one in found if not one.is_hidden]

    def tags(self) -> list[str]:
        def fetch(offset: int) -> Page[answers.Tag]:
            return Page(self.reader.get(*API, "tags", shape=answers.Tags, params=_from(offset)).tags)

        return list(by_offset("tags", fetch, lambda one: one.name, self.progress, size=PAGE).items)

    def read(self, namespace: str) -> None:
        """Take in what one namespace holds."""

        def datasets(offset: int) -> Page[answers.Dataset]:
            page = self.reader.get(*_below(namespace, "datasets"), shape=answers.Datasets, params=_from(offset))
            return Page([_apart(one) for one in page.datasets], page.total_count)

        def jobs(offset: int) -> Page[answers.Job]:
            page = self.reader.get(*_below(namespace, "jobs"), shape=answers.Jobs, params=_from(offset))
            return Page(page.jobs, page.total_count)

        shown = shortened(namespace, 60)
        found = self.all_of(by_offset(f"datasets of {shown}", datasets, _name, self.progress, size=PAGE))
        self.datasets += [one for one in found if not one.deleted]
        for job in self.all_of(by_offset(f"jobs of {shown}", jobs, _name, self.progress, size=PAGE)):
            self._job(job)

    def drawn(self) -> Snapshot:
        total = len(self.datasets)
        while self.datasets:
            self.progress("Putting columns together", total - len(self.datasets), total)
            self._dataset(self.datasets.pop())  # so that its text can be forgotten
        return self.snapshot()

    def _job(self, told: answers.Job) -> None:
        span = self._span(told.created_at, _last_run(told))
        job = naming.job(told.id.namespace, told.id.name)
        key = self.mention(job, span, told.id.namespace, told.id.name)
        if key is None:
            return
        self.describe(self.graph.assets[key], told.updated_at, told.description, told.tags or (), BY)
        self.graph.assets[key].know({"type": clean_name(told.type)} if told.type else {})
        moved = told.moved()
        into, out = self._known(moved.inputs, span), self._known(moved.outputs, span)
        self.graph.run(job, into, out, (), span)
        self.ran[job] = span
        for upstream in into:
            for downstream in out:
                self.jobs_of.setdefault((upstream.key, downstream.key), []).append(job)

    def _known(self, told: Iterable[answers.Identified], span: Span) -> list[Named]:
        named = [(one, naming.dataset(one.namespace, one.name)) for one in told]
        return [name for one, name in named if self.mention(name, span, one.namespace, one.name)]

    def _dataset(self, told: answers.Dataset) -> None:
        at = self.not_ahead(_utc(told.updated_at))
        named = naming.dataset(told.id.namespace, told.id.name)
        key = self.mention(named, Span(at, at), told.id.namespace, told.id.name)
        if key is None:
            return
        self.describe(self.graph.assets[key], at, told.description, told.tags or (), BY)
        self.graph.assets[key].know({"type": clean_name(told.type)} if told.type else {})
        if len(told.fields) > limits.ITEMS:
            self.fault("list.size", key, f"{len(told.fields):,} columns; the first {limits.ITEMS:,} were taken.")
        for field in told.fields[: limits.ITEMS]:
            self._column(named, field, at)
        self._facets(named, told, at)

    def _column(self, named: Named, told: answers.Field, at: datetime) -> None:
        key = self.graph.column(named, told.name, Span(at, at))
        if key:
            self.describe(self.graph.assets[key], at, told.description, told.tags or (), BY)
            self.graph.assets[key].know({"type": clean_name(told.type)[: limits.IDENTIFIER]} if told.type else {})

    def _facets(self, named: Named, told: answers.Dataset, at: datetime) -> None:
        """What clients told beside, and what the columns were made of, by each job that is known to have made them."""
        for name, value in (told.facets or {}).items():
            if name in FACETS and name not in SAID_BETTER:
                self._facet(name, bytes(value), named, None, Span(at, at))
        try:
            made = columns_by_job(told, lambda source: self._only_job(source, named))
        except msgspec.ValidationError as bad:
            self.fault("facet", f"{named.key} columnLineage", f"{shortened(str(bad), 300)}. It was left out.")
            return
        for job, facet in made.items():
            span = self.ran[job] if job else Span(at, at)
            self._facet("columnLineage", msgspec.json.encode(facet), named, job, span)

    def _facet(self, name: str, value: bytes, named: Named, job: Named | None, span: Span) -> None:
        try:
            read_facet(self.graph, name, value, named, job, span)
        except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as bad:
            self.fault("facet", f"{named.key} {name}", f"{shortened(str(bad), 300)}. It was left out.")

    def _only_job(self, source: Named, target: Named) -> Named | None:
        """The job that made the one of the other, where there is but one: of several nobody knows which told it."""
        jobs = self.jobs_of.get((source.key, target.key), [])
        return jobs[0] if len(jobs) == 1 else None

    def _span(self, first: datetime, last: datetime) -> Span:
        last = self.not_ahead(_utc(last))
        return Span(min(_utc(first), last), last)


def _apart(told: answers.Dataset) -> answers.Dataset:
    """The dataset with those of its facets that are read, apart from the page, which is forgotten then."""
    told.facets = {name: value.copy() for name, value in (told.facets or {}).items() if name in FACETS}
    return told


def _last_run(job: answers.Job) -> datetime:
    run = job.latest_run
    told = (run.updated_at, run.started_at, run.ended_at) if run else ()
    return max(_utc(moment) for moment in (*told, job.updated_at) if moment)


def _utc(moment: datetime) -> datetime:
    return moment.replace(tzinfo=moment.tzinfo or UTC)


def _below(namespace: str, what: str) -> tuple[str, ...]:
    return (*API, "namespaces", namespace, what)


def _from(offset: int) -> dict[str, int]:
    return {"limit": PAGE, "offset": offset}


def _name(one: answers.Dataset | answers.Job) -> str:
    return one.id.name
