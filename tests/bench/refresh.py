"""A full refresh of a file source, against the least that reading and storing the same rows can cost."""

import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
from django.db import connection

from tests.bench.rows import ROUNDS, Row, durations, seconds
from transparency.catalog import actions
from transparency.catalog.connectors import connector_for
from transparency.catalog.models import Source

COLUMNS = 20
JOBS = 4_546  # each tells of 20 flows of columns and 2 of datasets and jobs: 100,012 flows
WAREHOUSE = "postgres://warehouse:5432"
BARE = """
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


class BareEvent(msgspec.Struct):
    """As much of an event as the rows need, typed."""

    eventTime: datetime  # noqa: N815 - the standard's spelling
    job: dict[str, Any]
    inputs: list[dict[str, Any]]
    outputs: list[dict[str, Any]]


def measure() -> Iterator[Row]:
    path = Path(os.environ["IMPORTS_DIR"]) / "warehouse.ndjson"
    path.write_bytes(b"".join(json.dumps(event(i)).encode() + b"\n" for i in range(JOBS)))
    source = Source.objects.create(slug="bench", name="Bench", connector="openlineage_file", location=path.name)
    first = (seconds(lambda: _refresh(source)), _baseline(path))
    taken = [(seconds(lambda: _refresh(source)), _baseline(path)) for _ in range(ROUNDS)]
    yield durations(f"Full refresh of {source.flows.count():,} flows, nothing changed", taken, 4.0)
    yield durations(f"The same, first load with {source.assets.count():,} assets", [first], 4.0)


def _refresh(source: Source) -> None:
    asked = actions.request_refresh(by=None, source=source)
    done = actions.refresh(refresh_id=asked.pk, connector_for=connector_for)
    if done is None or done.state != "succeeded":
        raise RuntimeError(f"The refresh ended otherwise: {done and done.error}")


def _baseline(path: Path) -> float:
    decoder = msgspec.json.Decoder(BareEvent)

    def parse_and_copy() -> None:
        events = [decoder.decode(line) for line in path.read_bytes().splitlines()]
        numbers: dict[str, int] = {}
        flows = [flow for event in events for flow in _flows(event, numbers)]
        with connection.cursor() as cursor:
            cursor.execute(BARE)
            with cursor.copy("COPY bare_asset FROM STDIN") as copy:
                for key, number in numbers.items():
                    copy.write_row(_asset(key, number, events[0].eventTime))
            with cursor.copy("COPY bare_flow FROM STDIN") as copy:
                for up, down, job, at in flows:
                    copy.write_row((1, up, down, job, True, False, "", at, at))

    return seconds(parse_and_copy)


def _flows(event: BareEvent, numbers: dict[str, int]) -> Iterator[tuple[int, int, int, datetime]]:
    def number(key: str) -> int:
        return numbers.setdefault(key, len(numbers))

    job = number(f"job:{event.job['namespace']}/{event.job['name']}")
    source, target = f"{WAREHOUSE}/{event.inputs[0]['name']}", f"{WAREHOUSE}/{event.outputs[0]['name']}"
    up, down = number(f"dataset:{source}"), number(f"dataset:{target}")
    yield from ((up, job, job, event.eventTime), (job, down, job, event.eventTime), (up, down, job, event.eventTime))
    for field, told in event.outputs[0]["facets"]["columnLineage"]["fields"].items():
        for one in told["inputFields"]:
            ends = number(f"column:{source}#{one['field']}"), number(f"column:{target}#{field}")
            yield (*ends, job, event.eventTime)


def _asset(key: str, number: int, at: datetime) -> tuple[object, ...]:
    kind, _, rest = key.partition(":")
    name, _, field = rest.removeprefix(f"{WAREHOUSE}/").partition("#")
    return (number, 1, key, kind, WAREHOUSE, name, field, "", "[]", "[]", "{}", at, at, at)


def event(number: int, columns: int = COLUMNS) -> dict[str, Any]:
    """A run that copied a table, column by column."""
    source, target = f"public.t{number}", f"public.t{(number * 7 + 1) % JOBS}"
    inputs = [{"namespace": WAREHOUSE, "name": source, "field": f"c{i}"} for i in range(columns)]
    facet = {"_producer": "https://example.com/bench", "_schemaURL": "https://example.com/facet.json"}
    fields = {f"c{i}": {"inputFields": [one]} for i, one in enumerate(inputs)}
    schema = facet | {"fields": [{"name": f"c{i}", "type": "text"} for i in range(columns)]}
    target_facets = {"schema": schema, "columnLineage": facet | {"fields": fields}}
    return {
        "eventTime": (datetime.now(UTC) - timedelta(hours=1)).isoformat(),
        "eventType": "COMPLETE",
        "producer": "https://example.com/bench",
        "schemaURL": "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent",
        "run": {"runId": f"0198c0de-0000-7000-8000-{number:012x}"},
        "job": {"namespace": "airflow", "name": f"job{number}"},
        "inputs": [{"namespace": WAREHOUSE, "name": source, "facets": {}}],
        "outputs": [{"namespace": WAREHOUSE, "name": target, "facets": target_facets}],
    }
