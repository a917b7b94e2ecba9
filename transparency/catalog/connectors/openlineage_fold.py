"""Events to a graph. The order of the events doesn't matter, nor how often one of them comes.

Both follow from how it is kept: as a set of statements ("this dataset has this schema"), each with the first and the
last time it was made. A set has no order, earliest and latest have none either, and the graph is drawn at the end.

What counts as a flow:

- Every event that names inputs and outputs counts, whatever its state. A run that failed or was aborted may have moved
  data before it did; a flow too many is looked at by a person, a flow too few by nobody.
- The inputs and outputs of one run belong together even where START names the ones and COMPLETE the others.
- Each input flows to each output *by* the job, and to the job itself: a training job that reports inputs only is
  reached like that. A job flows to the job that it is a part of (parent run).
- Beyond ``limits.PAIRS`` pairs, inputs flow to outputs through the job's node, which says the same in fewer flows.
- Explicit lineage adds flows, down to columns, and takes none away: the pairs of its run count all the same.
- DROP and TRUNCATE are kept as facts and end nothing: what a dataset fed, it has fed. Its flows end when they are no
  longer seen. RENAME makes the old name an alias of the new one.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime

import msgspec

from transparency.catalog import limits
from transparency.catalog.connectors import openlineage_naming as naming
from transparency.catalog.connectors.base import SeenFault, Snapshot, SourceUnreadable
from transparency.catalog.connectors.openlineage_events import Dataset, DatasetFacets, Event, JobFacets, RawFacets
from transparency.catalog.connectors.openlineage_facets import FACETS, OTHER, read_facet, shown_as
from transparency.catalog.connectors.openlineage_graph import Graph, Span
from transparency.catalog.connectors.openlineage_naming import Named
from transparency.catalog.packing import PackedFlows

_encode = msgspec.json.Encoder(order="deterministic").encode


EARLIEST, LATEST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
# What the events of a run moved: inputs, outputs, the jobs that it is a part of, and the job itself.
Moved = tuple[frozenset[Named], frozenset[Named], frozenset[Named], Named]
Statement = tuple[Named, str, bytes, Named | None]


@dataclass(slots=True)
class RunSeen:
    """What the events of one run named, together, and when somebody last told of it."""

    span: Span
    heard: datetime
    inputs: set[Named] = field(default_factory=set)
    outputs: set[Named] = field(default_factory=set)
    parents: set[Named] = field(default_factory=set)


@dataclass(slots=True)
class _Work:
    """What was told of one job, and what its runs moved."""

    statements: list[tuple[Statement, Span]] = field(default_factory=list)
    runs: list[tuple[Moved, Span]] = field(default_factory=list)

    def draw(self, graph: Graph) -> None:
        for (named, facet, value, job), span in self.statements:
            read_facet(graph, facet, value, named, job, span)
        for (inputs, outputs, parents, job), span in self.runs:
            graph.run(job, inputs, outputs, parents, span)


class Fold:
    """Takes events one by one, and gives the graph that they show together. ``heard`` is when they are read."""

    def __init__(self, heard: datetime = EARLIEST) -> None:
        self.heard = heard
        self.mentions: dict[Named, Span] = {}
        self.statements: dict[Statement, Span] = {}
        self.runs: dict[tuple[Named, str], RunSeen] = {}
        self.settled: dict[Moved, Span] = {}
        self.bodies: dict[tuple[str, str, str], bytes] = {}
        self.faults: set[SeenFault] = set()
        self.complete = True
        self.told_of: set[tuple[str, str]] = set()

    def add(self, event: Event) -> None:
        """Take in one event. Raises ``SourceUnreadable`` when they show more than one graph may hold."""
        span = Span(event.at, event.at)
        job = naming.job(event.body.job.namespace, event.body.job.name) if event.body.job else None
        seen = [self._dataset(dataset, raw, span, job) for dataset, raw in event.datasets()]
        if job:
            self._job(job, event, span)
            run = self._run(job, event, span)
            run.inputs.update(seen[: len(event.body.inputs)])
            run.outputs.update(seen[len(event.body.inputs) :])
        if len(self.mentions) + len(self.statements) + len(self.runs) + len(self.settled) > limits.GRAPH:
            raise SourceUnreadable(f"The events show more than {limits.GRAPH:,} things; split the source.")

    def complain(self, fault: SeenFault) -> None:
        """Note that a piece of the input could not be used, so something may be missing."""
        self.complete = False
        if len(self.faults) < limits.FAULTS:
            self.faults.add(fault)

    def settle(self, before: datetime) -> None:
        """Forget which runs they were that nobody told of since ``before``, and what nothing follows from any more.

        What they moved stays. An event of such a run that comes later still counts, as a run of its own.
        """
        self.settled = self._runs_alike(before)
        self.runs = {key: run for key, run in self.runs.items() if run.heard >= before}
        known = {run_id for _, run_id in self.runs}
        self.bodies = {key: digest for key, digest in self.bodies.items() if key[0] in known}
        for statement in overruled(self.statements):
            del self.statements[statement]

    def snapshot(self) -> Snapshot:
        """The graph that was told of so far."""
        return self._drawn(dict(self.statements))

    def finish(self) -> Snapshot:
        """The same, and the end of this fold: what was told is given away while it is drawn, for both are large."""
        statements, self.statements = self.statements, {}
        return self._drawn(statements)

    def _drawn(self, statements: dict[Statement, Span]) -> Snapshot:
        """Drawn job by job, for a flow belongs to one: so never more than the flows of one job are in the way."""
        graph, packed = Graph(faults=set(self.faults)), PackedFlows()
        for named, span in self.mentions.items():
            graph.mention(named, span)
        work = self._work(statements)
        statements.clear()
        for job in sorted(work, key=_by_name):
            work.pop(job).draw(graph)
            graph.pack(packed)
        return graph.snapshot(self.complete, packed)

    def _work(self, statements: dict[Statement, Span]) -> dict[Named | None, _Work]:
        work: dict[Named | None, _Work] = defaultdict(_Work)
        # Later statements overrule earlier ones; of two at the same moment the content decides, so that order doesn't.
        for statement, span in sorted(statements.items(), key=_when):
            work[_teller(statement)].statements.append((statement, span))
        for (inputs, outputs, parents, job), span in self._runs_alike(LATEST).items():
            work[job].runs.append(((inputs, outputs, frozenset(), job), span))
            for parent in parents:  # a flow by the parent, whichever of its parts told of it
                work[parent].runs.append(((frozenset(), frozenset(), frozenset((parent,)), job), span))
        return work

    def changes(self) -> Snapshot:
        """What may have changed in the graph since nothing was told: all about the things that were told of.

        A flow is complete where its job's runs and statements are, so only flows of jobs that were told of are in it.
        """
        graph = Graph(faults=set(self.faults))
        for named in filter(self._is_new, self.mentions):
            graph.mention(named, self.mentions[named])
        told = {one: span for one, span in self.statements.items() if self._is_new(one[0]) or self._is_new(one[3])}
        for (named, facet, value, job), span in sorted(told.items(), key=_when):
            graph.mention(named, self.mentions[named])
            read_facet(graph, facet, value, named, job, span)
        for (inputs, outputs, parents, job), span in self._runs_alike(LATEST).items():
            if self._is_new(job):
                graph.run(job, inputs, outputs, parents, span)
        jobs = {"", *(naming.job(*name).key for name in self.told_of)}
        graph.flows = {key: flow for key, flow in graph.flows.items() if key[2] in jobs}
        self.faults = graph.faults
        return graph.snapshot(complete=False)

    def _is_new(self, named: Named | None) -> bool:
        return named is not None and (named.namespace, named.name) in self.told_of

    def _dataset(self, dataset: Dataset, raw: RawFacets, span: Span, job: Named | None) -> Named:
        named = naming.described(dataset, raw)
        self._mention(named, span)
        self._state(named, dataset.facets, raw, span, job)
        return named

    def _job(self, job: Named, event: Event, span: Span) -> None:
        self._mention(job, span)
        raw = (event.told.job and event.told.job.facets) or {}
        self._state(job, event.body.job.facets if event.body.job else None, raw, span, job)

    def _mention(self, named: Named, span: Span) -> None:
        self.told_of.add((named.namespace, named.name))
        known = self.mentions.get(named)
        self.mentions[named] = known | span if known else span

    def _state(
        self, named: Named, facets: DatasetFacets | JobFacets | None, raw: RawFacets, span: Span, job: Named | None
    ) -> None:
        for name, facet in raw.items():
            if _is_deleted(facet):
                continue
            known = FACETS.get(name)
            typed = getattr(facets, known, None) if known else None
            # Who said it matters for flows only: they are somebody's work.
            by = job if name in ("columnLineage", "lineage") else None
            statement = (
                (named, name, _encode(typed), by) if typed else (named, OTHER, _encode({name: _value(facet)}), None)
            )
            before = self.statements.get(statement)
            self.statements[statement] = before | span if before else span

    def _run(self, job: Named, event: Event, span: Span) -> RunSeen:
        """The run's record. An event about a job, not a run, is a run of its own."""
        body = event.body
        run = self.runs.setdefault(
            (job, body.run.run_id if body.run else event.digest.hex()), RunSeen(span, self.heard)
        )
        run.span |= span
        run.heard = self.heard
        if body.run:
            self._check_conflict(body.run.run_id, body.event_type or "", event)
            if body.run.facets and body.run.facets.parent:
                parent = naming.job(body.run.facets.parent.job.namespace, body.run.facets.parent.job.name)
                self._mention(parent, span)
                run.parents.add(parent)
        # That it goes on says of those that it is a part of that they do.
        self.told_of.update((parent.namespace, parent.name) for parent in run.parents)
        return run

    def _check_conflict(self, run_id: str, state: str, event: Event) -> None:
        first = self.bodies.setdefault((run_id, state, event.body.event_time), event.digest)
        if first != event.digest:
            message = f"Two different events say {state or 'something'} about this run for the same moment; both count."
            self.faults.add(SeenFault("event.conflict", f"run {run_id}", message))

    def _runs_alike(self, before: datetime) -> dict[Moved, Span]:
        """Runs that named the same, once: a job that ran a thousand times is worked out once."""
        alike = dict(self.settled)
        for (job, _), run in self.runs.items():
            if run.heard < before:
                what = (frozenset(run.inputs), frozenset(run.outputs), frozenset(run.parents), job)
                alike[what] = alike[what] | run.span if what in alike else run.span
        return alike


def _is_deleted(facet: msgspec.Raw) -> bool:
    """Whether the facet only says that there is none. Nearly all are settled without reading them."""
    text = bytes(facet)
    if text == b"null":
        return True
    if b"_deleted" not in text and b"\\" not in text:
        return False
    value = msgspec.json.decode(text)
    return isinstance(value, dict) and bool(value.get("_deleted"))


def _value(facet: msgspec.Raw) -> object:
    return msgspec.json.decode(facet)


def fold(events: Iterable[Event]) -> Snapshot:
    """The graph that the events show together."""
    folding = Fold()
    for event in events:
        folding.add(event)
    return folding.snapshot()


def overruled(statements: dict[Statement, Span]) -> list[Statement]:
    """Statements that others overrule for good: facets that nobody knows, of which the newest is kept.

    Such facets may say something else in every run, e.g. a version. Of each, the newest stays, and the newest that is
    short enough to be shown.
    """
    newest: dict[tuple[Named, str, bool], Statement] = {}
    others = {statement: span for statement, span in statements.items() if statement[1] == OTHER}
    for statement, _ in sorted(others.items(), key=_when):
        named, _, value, _ = statement
        name, shown = shown_as(value)
        newest[named, name, False] = statement
        if shown:
            newest[named, name, True] = statement
    return list(others.keys() - newest.values())


def _teller(statement: Statement) -> Named | None:
    """The job whose flows a statement may tell of; nobody's where it tells of none."""
    named, facet, _, job = statement
    return named if facet == "lineage" and named.kind == "job" else job


def _by_name(job: Named | None) -> str:
    return job.key if job else ""


def _when(item: tuple[Statement, Span]) -> tuple[object, ...]:
    (_, facet, value, _), span = item
    return span.last, facet, value
