"""The least that storing a catalog can cost: a typed parse of the same file, and ``COPY`` into tables with indexes."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec
from django.db import connection
from msgspec import Struct

TABLES = """
DROP TABLE IF EXISTS bare_asset, bare_flow;
CREATE TABLE bare_asset (id bigint, source_id bigint, key text, kind text, namespace text, name text, field text,
    description text, tags jsonb, terms jsonb, facts jsonb, first_seen timestamptz, last_seen timestamptz,
    as_of timestamptz);
CREATE TABLE bare_flow (source_id bigint, upstream_id bigint, downstream_id bigint, job_id bigint, direct boolean,
    masking boolean, transformation text, first_seen timestamptz, last_seen timestamptz);
CREATE UNIQUE INDEX ON bare_asset (source_id, key);
CREATE UNIQUE INDEX ON bare_flow (source_id, upstream_id, downstream_id, job_id, direct);
CREATE INDEX ON bare_flow (upstream_id);
CREATE INDEX ON bare_flow (downstream_id);
"""


class Step(Struct):
    type: str
    subtype: str


class Field(Struct):
    namespace: str
    name: str
    field: str
    transformations: list[Step]


class Fields(Struct, rename="camel"):
    input_fields: list[Field]


class Lineage(Struct):
    fields: dict[str, Fields]
    dataset: list[Field] = []


class Column(Struct):
    name: str
    type: str


class Schema(Struct):
    fields: list[Column]


class Tag(Struct):
    key: str
    field: str


class Tags(Struct):
    tags: list[Tag]


class Facets(Struct, rename="camel"):
    column_lineage: Lineage | None = None
    schema: Schema | None = None
    tags: Tags | None = None


class Dataset(Struct):
    namespace: str
    name: str
    facets: Facets


class Job(Struct):
    namespace: str
    name: str


class Event(Struct, rename="camel"):
    event_time: str
    job: Job
    inputs: list[Dataset]
    outputs: list[Dataset]


Flow = tuple[int, int, int, bool, str, str]


class Rows:
    """The rows of a file of events: assets by their keys, numbered, and flows between them."""

    def __init__(self, events: Iterable[Event]) -> None:
        self.numbers: dict[str, int] = {}
        self.parts: list[tuple[str, str, str, str]] = []
        self.tags: dict[int, str] = {}
        self.facts: dict[int, str] = {}
        self.flows: dict[tuple[int, int, int, bool], tuple[str, str]] = {}
        for event in events:
            self._add(event)

    def _number(self, kind: str, namespace: str, name: str, field: str = "") -> int:
        key = f"{kind}:{namespace}/{name}#{field}" if field else f"{kind}:{namespace}/{name}"
        known = self.numbers.get(key)
        if known is None:
            known = self.numbers[key] = len(self.numbers)
            self.parts.append((kind, namespace, name, field))
        return known

    def _add(self, event: Event) -> None:
        job, at = self._number("job", event.job.namespace, event.job.name), event.event_time
        into = [self._dataset(dataset) for dataset in event.inputs]
        for upstream in into:
            self.flows[upstream, job, job, True] = "", at
        for output in event.outputs:
            downstream = self._dataset(output)
            for upstream in into:
                self.flows[upstream, downstream, job, True] = "", at
            self._columns(output, downstream, job, at)

    def _dataset(self, told: Dataset) -> int:
        place = told.namespace, told.name
        if told.facets.schema:
            for position, column in enumerate(told.facets.schema.fields, start=1):
                number = self._number("column", *place, column.name)
                self.facts[number] = f'{{"type": "{column.type}", "position": {position}}}'
        for tag in told.facets.tags.tags if told.facets.tags else ():
            self.tags[self._number("column", *place, tag.field)] = f'["{tag.key}"]'
        return self._number("dataset", *place)

    def _columns(self, output: Dataset, downstream: int, job: int, at: str) -> None:
        lineage = output.facets.column_lineage
        if lineage is None:
            return
        for name, told in lineage.fields.items():
            column = self._number("column", output.namespace, output.name, name)
            for one in told.input_fields:
                upstream = self._number("column", one.namespace, one.name, one.field)
                self.flows[upstream, column, job, True] = one.transformations[0].subtype, at
        for one in lineage.dataset:
            upstream = self._number("column", one.namespace, one.name, one.field)
            self.flows[upstream, downstream, job, False] = one.transformations[0].subtype, at
            whole = self._number("dataset", one.namespace, one.name)
            self.flows[whole, downstream, job, False] = "", at

    def assets_to_copy(self, at: str) -> Iterator[tuple[object, ...]]:
        for (key, number), parts in zip(self.numbers.items(), self.parts, strict=True):
            told = (self.tags.get(number, "[]"), "[]", self.facts.get(number, "{}"))
            yield (number, 1, key, *parts, "", *told, at, at, at)

    def flows_to_copy(self) -> Iterator[tuple[object, ...]]:
        for (upstream, downstream, job, direct), (how, at) in self.flows.items():
            yield (1, upstream, downstream, job, direct, False, how, at, at)


def store(path: Path) -> tuple[int, int]:
    """How many assets and flows were stored."""
    decoder = msgspec.json.Decoder(Event)
    with path.open("rb") as lines:
        rows = Rows(decoder.decode(line) for line in lines)
    with connection.cursor() as cursor:
        cursor.execute(TABLES)
        with cursor.copy("COPY bare_asset FROM STDIN") as copy:
            for row in rows.assets_to_copy("2026-11-25T03:00:00Z"):
                copy.write_row(row)
        with cursor.copy("COPY bare_flow FROM STDIN") as copy:
            for row in rows.flows_to_copy():
                copy.write_row(row)
    return len(rows.numbers), len(rows.flows)
