"""OpenLineage events as data: what a stranger may send, and what must come of it."""

from copy import deepcopy

RUN_ID = "0198c0de-0000-7000-8000-000000000001"
TIME = "2026-03-04T05:06:07Z"
WAREHOUSE = "postgres://warehouse:5432"


def dataset(name, **facets):
    return {"namespace": WAREHOUSE, "name": name, "facets": facets}


def run_event(inputs=(), outputs=(), **changes):
    event = {
        "eventTime": TIME,
        "eventType": "COMPLETE",
        "producer": "https://example.com/pipelines",
        "schemaURL": "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent",
        "run": {"runId": RUN_ID},
        "job": {"namespace": "airflow", "name": "rank.train"},
        "inputs": list(inputs),
        "outputs": list(outputs),
    }
    return deepcopy(event | changes)


def without(event, field):
    return {key: value for key, value in event.items() if key != field}


def nested(depth):
    """A value of that many objects inside each other."""
    value = {}
    for _ in range(depth - 1):
        value = {"a": value}
    return value


def columns(count):
    return {"schema": {"fields": [{"name": f"c{number}"} for number in range(count)]}}


def custom(value):
    """An event with a facet that nobody knows, three levels down."""
    return run_event(outputs=[dataset("t", acme={"value": value})])


ACME = "/outputs/0/facets/acme/value"

# What is wrong with it: (the event, pointer, code).
REFUSED = {
    "no time": (without(run_event(), "eventTime"), "/eventTime", "missing"),
    "null as time": (run_event(eventTime=None), "/eventTime", "null"),
    "number as time": (run_event(eventTime=1772600767), "/eventTime", "type"),
    "time without a zone": (run_event(eventTime="2026-03-04T05:06:07"), "/eventTime", "time"),
    "hour 24": (run_event(eventTime="2026-03-04T24:00:00Z"), "/eventTime", "time"),
    "leap second": (run_event(eventTime="2026-12-31T23:59:60Z"), "/eventTime", "time"),
    "year 10000": (run_event(eventTime="10000-01-01T00:00:00Z"), "/eventTime", "time"),
    "before the year 1 in UTC": (run_event(eventTime="0001-01-01T00:00:00+14:00"), "/eventTime", "time"),
    "zone of 25 hours": (run_event(eventTime="2026-03-04T05:06:07+25:00"), "/eventTime", "time"),
    "29 February of a common year": (run_event(eventTime="2025-02-29T00:00:00Z"), "/eventTime", "time"),
    "a day only": (run_event(eventTime="2026-03-04"), "/eventTime", "time"),
    "Arabic digits in the time": (run_event(eventTime="٢٠٢٦-03-04T05:06:07Z"), "/eventTime", "time"),
    "state in small letters": (run_event(eventType="start"), "/eventType", "enum"),
    "unknown state": (run_event(eventType="DONE"), "/eventType", "enum"),
    "run and dataset": (run_event(dataset=dataset("t")), "/dataset", "event.kind"),
    "run without job": (without(run_event(), "job"), "/job", "event.kind"),
    "neither run, job nor dataset": ({"eventTime": TIME}, "", "event.kind"),
    "a list": ([run_event()], "", "body.type"),
    "null": (None, "", "body.type"),
    "a text": ("START", "", "body.type"),
    "inputs null": (run_event(inputs=[]) | {"inputs": None}, "/inputs", "null"),
    "inputs an object": (run_event() | {"inputs": {}}, "/inputs", "type"),
    "input without namespace": (run_event([{"name": "t"}]), "/inputs/0/namespace", "missing"),
    "input with namespace null": (run_event([{"namespace": None, "name": "t"}]), "/inputs/0/namespace", "null"),
    "input with empty namespace": (run_event([{"namespace": "", "name": "t"}]), "/inputs/0/namespace", "blank"),
    "input with blank name": (run_event([{"namespace": "n", "name": "   "}]), "/inputs/0/name", "blank"),
    "wide blank as name": (run_event([{"namespace": "n", "name": "\u3000"}]), "/inputs/0/name", "blank"),
    "line break as name": (run_event([{"namespace": "n", "name": "\n"}]), "/inputs/0/name", "blank"),
    "blank as run": (run_event(run={"runId": " "}), "/run/runId", "blank"),
    "blank as tag": (
        run_event([dataset("t", tags={"tags": [{"key": "  "}]})]),
        "/inputs/0/facets/tags/tags/0/key",
        "blank",
    ),
    "blank as column": (
        run_event([dataset("t", columnLineage={"fields": {"ok": {}, " ": {}}})]),
        "/inputs/0/facets/columnLineage/fields/ ",
        "blank",
    ),
    "blank as a column that another comes from": (
        run_event([dataset("t", columnLineage={"dataset": [{"namespace": "n", "name": "t", "field": " "}]})]),
        "/inputs/0/facets/columnLineage/dataset/0/field",
        "blank",
    ),
    "explicit lineage from a blank": (
        run_event([dataset("t", lineage={"fields": {"c": {"inputs": [{"type": "DATASET", "name": " "}]}}})]),
        "/inputs/0/facets/lineage/fields/c/inputs/0/name",
        "blank",
    ),
    "explicit lineage with a wrong input": (
        run_event([dataset("t", lineage={"fields": {"ok": {}, "c": {"inputs": [{"type": 1}]}}})]),
        "/inputs/0/facets/lineage/fields/c/inputs/0/type",
        "type",
    ),
    "number as name": (run_event([{"namespace": "n", "name": 5}]), "/inputs/0/name", "type"),
    "name of 513 characters": (run_event([dataset("n" * 513)]), "/inputs/0/name", "identifier.length"),
    "name of 10,000 characters": (run_event([dataset("n" * 10_000)]), "/inputs/0/name", "text.length"),
    "name of 1,026 bytes": (run_event([dataset("語" * 342)]), "/inputs/0/name", "identifier.length"),
    "NUL in a name": (run_event([dataset("a\0b")]), "/inputs/0/name", "text.nul"),
    "NUL in a key": (custom({"a\0b": 1}), f"{ACME}/a[U+0000]b", "text.nul"),
    "NUL in a custom facet": (custom("a\0"), ACME, "text.nul"),
    "five marks on one letter": (run_event([dataset("a" + "\u0301" * 6)]), "/inputs/0/name", "text.marks"),
    "two keys that look the same": (custom({"e\u0301": 1, "\u00e9": 2}), ACME, "key.twice"),
    "field of the schema without a name": (
        run_event(outputs=[dataset("t", schema={"fields": [{"type": "int"}]})]),
        "/outputs/0/facets/schema/fields/0/name",
        "missing",
    ),
    "schema whose fields are an object": (
        run_event(outputs=[dataset("t", schema={"fields": {}})]),
        "/outputs/0/facets/schema/fields",
        "type",
    ),
    "column lineage with a wrong input": (
        run_event(outputs=[dataset("t", columnLineage={"fields": {"ok": {}, "a/b": {"inputFields": [{}]}}})]),
        "/outputs/0/facets/columnLineage/fields/a~1b/inputFields/0/namespace",
        "missing",
    ),
    "masking that is a text": (
        run_event(
            outputs=[
                dataset(
                    "t",
                    columnLineage={
                        "fields": {
                            "c": {
                                "inputFields": [
                                    {
                                        "namespace": "n",
                                        "name": "t",
                                        "field": "c",
                                        "transformations": [{"masking": "no"}],
                                    }
                                ]
                            }
                        }
                    },
                )
            ]
        ),
        "/outputs/0/facets/columnLineage/fields/c/inputFields/0/transformations/0/masking",
        "type",
    ),
}

# At each limit: (event at the limit, event beyond it, pointer, code). Below a limit everything else is.
LIMITS = {
    "depth": (custom(nested(27)), custom(nested(28)), None, "depth"),
    "keys": (
        custom({f"k{n}": 1 for n in range(1_000)}),
        custom({f"k{n}": 1 for n in range(1_001)}),
        ACME,
        "object.size",
    ),
    "keys of its own": (
        run_event(**{f"k{n}": 1 for n in range(1_000 - len(run_event()))}),
        run_event(**{f"k{n}": 1 for n in range(1_001 - len(run_event()))}),
        None,
        "object.size",
    ),
    "items": (custom([1] * 10_000), custom([1] * 10_001), ACME, "list.size"),
    "columns": (
        run_event(outputs=[dataset("t", **columns(10_000))]),
        run_event(outputs=[dataset("t", **columns(10_001))]),
        "/outputs/0/facets/schema/fields",
        "list.size",
    ),
    "inputs": (
        run_event([dataset("t")] * 2_000),
        run_event([dataset("t")] * 2_001),
        "/inputs",
        "list.size",
    ),
    "outputs": (
        run_event(outputs=[dataset("t")] * 2_000),
        run_event(outputs=[dataset("t")] * 2_001),
        "/outputs",
        "list.size",
    ),
    "facets": (
        run_event([dataset("t", **{f"f{n}": {} for n in range(200)})]),
        run_event([dataset("t", **{f"f{n}": {} for n in range(201)})]),
        "/inputs/0/facets",
        "facets.count",
    ),
    "text": (custom("x" * 4_096), custom("x" * 4_097), ACME, "text.length"),
    "description": (
        run_event([dataset("t", documentation={"description": "x" * 20_000})]),
        run_event([dataset("t", documentation={"description": "x" * 20_001})]),
        "/inputs/0/facets/documentation/description",
        "text.length",
    ),
    "identifier": (
        run_event([dataset("x" * 512)]),
        run_event([dataset("x" * 513)]),
        "/inputs/0/name",
        "identifier.length",
    ),
    "identifier in bytes": (
        run_event([dataset("é" * 512)]),
        run_event([dataset("語" * 341 + "éé")]),
        "/inputs/0/name",
        "identifier.length",
    ),
    "key": (custom({"k" * 512: 1}), custom({"k" * 513: 1}), f"{ACME}/{'k' * 63}…", "key.length"),
    "integer": (custom(2**53 - 1), custom(2**53), ACME, "number.size"),
    "negative integer": (custom(-(2**53) + 1), custom(-(2**53)), ACME, "number.size"),
    "marks": (custom("x" + "\u0300" * 4), custom("x" + "\u0300" * 5), ACME, "text.marks"),
    "facet in bytes": (
        custom([["x" * 4_000] * 100] * 2),
        custom([["x" * 4_000] * 100] * 3),
        "/outputs/0/facets/acme",
        "facet.size",
    ),
}

# Odd, and taken.
TAKEN = {
    "no state": without(run_event(), "eventType"),
    "no producer, no schema": without(without(run_event(), "producer"), "schemaURL"),
    "no inputs, no outputs": without(without(run_event(), "inputs"), "outputs"),
    "a job only": without(run_event(), "run"),
    "a dataset only": {"eventTime": TIME, "dataset": dataset("t")},
    "nanoseconds": run_event(eventTime="2026-03-04T05:06:07.123456789Z"),
    "small t and z": run_event(eventTime="2026-03-04t05:06:07z"),
    "another zone": run_event(eventTime="2026-03-04T05:06:07+05:30"),
    "29 February of a leap year": run_event(eventTime="2028-02-29T00:00:00Z"),
    "addresses of other machines": run_event(producer="file:///etc/passwd", schemaURL="http://169.254.169.254/"),
    "a facet that was deleted": run_event([dataset("t", schema={"_deleted": True})]),
    "facets null": run_event([{"namespace": "n", "name": "t", "facets": None}]),
    "odd but harmless characters": run_event([dataset("a/%2f/../b;c?d#e f&g")]),
    "markup": run_event([dataset("<script>alert(1)</script>{{7*7}}")]),
    "text that runs backwards": run_event([dataset("invoice\u202egpj.exe")]),
    "terminal escapes": run_event([dataset("a\x1b[31mb")]),
    "a blank where no name stands": run_event([dataset("t", acme={"name": " "}, tags={"tags": [], "name": " "})]),
    "a long query": run_event(job={"namespace": "n", "name": "j", "facets": {"sql": {"query": "x" * 100_000}}}),
    "a long stack trace": run_event(run={"runId": "r", "facets": {"errorMessage": {"stackTrace": "x" * 100_000}}}),
    "a large number in an input facet": run_event([dataset("t") | {"inputFacets": {"scan": {"snapshotId": 2**60}}}]),
    "unknown keys everywhere": run_event([dataset("t") | {"__proto__": 1, "$where": 2, "a.b": 3}], _connector="x"),
}
