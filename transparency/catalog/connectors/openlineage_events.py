"""One OpenLineage event: what we read of it, typed; everything the spec doesn't require may be missing."""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Annotated, Any, Literal, cast, get_args

import msgspec
from msgspec import Meta, Struct

from transparency.catalog import limits
from transparency.catalog.connectors.base import BadEvent
from transparency.catalog.connectors.openlineage_json import (
    DESCRIBING,
    KEPT,
    NOT_KEPT,
    check,
    decode,
    is_ordinary,
    step,
)
from transparency.catalog.untrusted import shortened

Identifier = Annotated[str, Meta(min_length=1, max_length=limits.IDENTIFIER, pattern=r"\S")]
State = Literal["START", "RUNNING", "COMPLETE", "ABORT", "FAIL", "OTHER"]


class SchemaField(Struct, omit_defaults=True):
    name: Identifier
    type: str | None = None
    description: str | None = None
    fields: list["SchemaField"] | None = None


class SchemaFacet(Struct, omit_defaults=True):
    fields: list[SchemaField] | None = None


class Transformation(Struct, omit_defaults=True):
    type: str | None = None
    subtype: str | None = None
    description: str | None = None
    masking: bool | None = None


class InputField(Struct, omit_defaults=True):
    namespace: Identifier
    name: Identifier
    field: Identifier
    transformations: list[Transformation] | None = None


class ColumnFields(Struct, omit_defaults=True, rename="camel"):
    input_fields: list[InputField] | None = None
    transformation_description: str | None = None
    transformation_type: str | None = None


class ColumnLineageFacet(Struct, omit_defaults=True):
    fields: dict[Identifier, ColumnFields] | None = None
    dataset: list[InputField] | None = None


class Identified(Struct, omit_defaults=True):
    namespace: Identifier
    name: Identifier


class SymlinksFacet(Struct, omit_defaults=True):
    identifiers: list[Identified] | None = None


class Tag(Struct, omit_defaults=True):
    key: Identifier
    value: str | None = None
    source: str | None = None
    field: str | None = None


class TagsFacet(Struct, omit_defaults=True):
    tags: list[Tag] | None = None


class Owner(Struct, omit_defaults=True):
    name: str
    type: str | None = None


class OwnershipFacet(Struct, omit_defaults=True):
    owners: list[Owner] | None = None


class DocumentationFacet(Struct, omit_defaults=True):
    description: str | None = None


class LifecycleFacet(Struct, omit_defaults=True, rename="camel"):
    lifecycle_state_change: str
    previous_identifier: Identified | None = None


class TypeFacet(Struct, omit_defaults=True, rename="camel"):
    dataset_type: str | None = None
    sub_type: str | None = None


class JobTypeFacet(Struct, omit_defaults=True, rename="camel"):
    processing_type: str | None = None
    integration: str | None = None
    job_type: str | None = None


class DatasetFacets(Struct, rename="camel"):
    schema: SchemaFacet | None = None
    column_lineage: ColumnLineageFacet | None = None
    symlinks: SymlinksFacet | None = None
    tags: TagsFacet | None = None
    ownership: OwnershipFacet | None = None
    documentation: DocumentationFacet | None = None
    lifecycle_state_change: LifecycleFacet | None = None
    dataset_type: TypeFacet | None = None


class JobFacets(Struct, rename="camel"):
    tags: TagsFacet | None = None
    ownership: OwnershipFacet | None = None
    documentation: DocumentationFacet | None = None
    job_type: JobTypeFacet | None = None


class ParentFacet(Struct):
    job: Identified


class RunFacets(Struct):
    parent: ParentFacet | None = None


class Dataset(Identified):
    facets: DatasetFacets | None = None


class Job(Identified):
    facets: JobFacets | None = None


class Run(Struct, rename="camel"):
    run_id: Identifier
    facets: RunFacets | None = None


class Body(Struct, rename="camel"):
    """The three kinds of event in one: which one it is follows from what it holds."""

    event_time: str
    event_type: State | None = None
    producer: str | None = None
    run: Run | None = None
    job: Job | None = None
    dataset: Dataset | None = None
    inputs: list[Dataset] = []
    outputs: list[Dataset] = []


@dataclass(frozen=True)
class Event:
    """One event that passed every check. ``data`` is its JSON as it came."""

    body: Body
    data: bytes
    at: datetime
    digest: bytes

    @cached_property
    def raw(self) -> dict[str, Any]:
        """Its JSON as a value, for the facets that we know nothing about."""
        return cast("dict[str, Any]", msgspec.json.decode(self.data))

    def datasets(self) -> Iterator[tuple[Dataset, dict[str, Any]]]:
        """Every dataset it mentions, each with its facets as they came."""
        pairs = [(self.body.dataset, self.raw["dataset"])] if self.body.dataset else []
        pairs += zip(self.body.inputs, self.raw.get("inputs", ()), strict=True)
        pairs += zip(self.body.outputs, self.raw.get("outputs", ()), strict=True)
        return ((dataset, raw.get("facets") or {}) for dataset, raw in pairs)


# Parts of an event that are read past, not kept: they may be long, and their numbers large.
_BY_KEY = {
    "description": DESCRIBING,
    "transformationDescription": DESCRIBING,
    "run": NOT_KEPT,
    "inputFacets": NOT_KEPT,
    "outputFacets": NOT_KEPT,
    "sql": NOT_KEPT,
    "sourceCode": NOT_KEPT,
}
_TIME = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)")


def parse_event(raw: bytes | str) -> Event:
    """Read one event. Raises ``BadEvent`` with a JSON pointer to the first thing that is wrong with it."""
    data = raw.encode("utf-8", "surrogatepass") if isinstance(raw, str) else raw
    if len(data) > limits.BODY_BYTES:
        raise BadEvent("", "body.size", f"The event has {len(data):,} bytes; at most {limits.BODY_BYTES:,} are taken.")
    body = _ordinary(data) or _with_care(data)
    _check_kind(body)
    return Event(body, data, _time(body.event_time), hashlib.sha256(data).digest())


def _ordinary(data: bytes) -> Body | None:
    """The event, where its text shows at one go that it keeps every limit. ``None`` where somebody must look."""
    if not is_ordinary(data):
        return None
    try:
        body, outline = _body_decoder.decode(data), _outline_decoder.decode(data)
    except (msgspec.MsgspecError, RecursionError):
        return None
    return body if len(body.inputs) + len(body.outputs) <= limits.DATASETS and outline.is_small() else None


def _with_care(data: bytes) -> Body:
    value = decode(data)
    if not isinstance(value, dict):
        raise BadEvent("", "body.type", "An event is a JSON object.")
    check(value, KEPT, _BY_KEY)
    body = _typed(value)
    _check_kind(body)
    _check_sizes(body, value, len(data))
    return body


class _Holder(Struct):
    facets: dict[str, msgspec.Raw] | None = None


class _Outline(Struct):
    """Whatever carries facets, without looking into them."""

    run: _Holder | None = None
    job: _Holder | None = None
    dataset: _Holder | None = None
    inputs: list[_Holder] = []
    outputs: list[_Holder] = []

    def is_small(self) -> bool:
        holders = (self.run, self.job, self.dataset, *self.inputs, *self.outputs)
        return all(len(holder.facets or ()) <= limits.FACETS for holder in holders if holder)


_body_decoder = msgspec.json.Decoder(Body)
_outline_decoder = msgspec.json.Decoder(_Outline)


def _check_kind(body: Body) -> None:
    if body.dataset is not None and (body.run is not None or body.job is not None):
        raise BadEvent("/dataset", "event.kind", "A DatasetEvent has a dataset and neither run nor job.")
    if body.run is not None and body.job is None:
        raise BadEvent(
            "/job", "event.kind", "A RunEvent has a run and the job that it is a run of; the job is missing."
        )
    if body.job is None and body.dataset is None:
        raise BadEvent("", "event.kind", "An event has a run and a job, or a job, or a dataset; this has none of them.")


def _check_sizes(body: Body, raw: dict[str, Any], size: int) -> None:
    for name, datasets in (("inputs", body.inputs), ("outputs", body.outputs)):
        if len(datasets) > limits.DATASETS:
            raise BadEvent(f"/{name}", "list.size", f"{len(datasets):,} {name}; at most {limits.DATASETS:,} are taken.")
    for pointer, facets in _facets(raw):
        if len(facets) > limits.FACETS:
            raise BadEvent(pointer, "facets.count", f"{len(facets)} facets; at most {limits.FACETS} are taken.")
        # Only an event of that size can hold such a facet; measuring every facet of every event would cost too much.
        if size > limits.FACET_BYTES:
            _check_facet_bytes(pointer, facets)


def _check_facet_bytes(pointer: str, facets: dict[str, Any]) -> None:
    for name, facet in facets.items():
        if len(msgspec.json.encode(facet)) > limits.FACET_BYTES:
            message = f"One facet may have {limits.FACET_BYTES:,} bytes, as JSON."
            raise BadEvent(f"{pointer}{step(name)}", "facet.size", message)


def _facets(raw: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    holders = [(f"/{name}", raw.get(name)) for name in ("run", "job", "dataset")]
    for name in ("inputs", "outputs"):
        holders += [(f"/{name}/{index}", item) for index, item in enumerate(raw.get(name) or ())]
    for pointer, holder in holders:
        if isinstance(holder, dict) and isinstance(facets := holder.get("facets"), dict):
            yield f"{pointer}/facets", facets


def _typed(value: dict[str, Any]) -> Body:
    try:
        return msgspec.convert(value, Body)
    except msgspec.ValidationError as fault:
        what, _, path = str(fault).partition(" - at `$")
        raise _misfit(what, _pointer(path.rstrip("`"), value)) from fault


def _misfit(what: str, pointer: str) -> BadEvent:
    """The parser's sentence as a fault with a code: missing, null and blank are three different mistakes."""
    if found := re.search("missing required field `(.*)`", what):
        return BadEvent(f"{pointer}{step(found[1])}", "missing", f"The field {found[1]} is missing.")
    if "got `null`" in what:
        return BadEvent(pointer, "null", f"{what}.")
    if "matching regex" in what or "length >= 1" in what:
        return BadEvent(pointer, "blank", "The text is empty.")
    if "length <=" in what:
        return BadEvent(pointer, "identifier.length", f"Names may have {limits.IDENTIFIER} characters.")
    if "enum value" in what:
        return BadEvent(pointer, "enum", f"{shortened(what, 100)}: expected one of {', '.join(get_args(State))}.")
    return BadEvent(pointer, "type", f"{shortened(what, 200)}.")


def _pointer(path: str, value: Any) -> str:
    """A JSON pointer from the parser's path, which hides the keys of a map: ``[...]``."""
    pointer = ""
    for name, index in re.findall(r"\.([A-Za-z_]\w*)|\[(\d+|\.\.\.)\]", path):
        key = name or (int(index) if index.isdigit() else _faulty_column(value))
        value = value[key]
        pointer += step(key)
    return pointer


def _faulty_column(columns: dict[str, Any]) -> str:
    """The one map in an event that has typed values is columnLineage's, from column name to where it comes from."""
    for name in columns:
        try:
            msgspec.convert({"fields": {name: columns[name]}}, ColumnLineageFacet)
        except msgspec.ValidationError:
            return name
    return next(iter(columns))


def _time(text: str) -> datetime:
    """The moment in UTC, to the microsecond. Raises ``BadEvent`` on anything but RFC 3339 with a zone."""
    try:
        if not _TIME.fullmatch(text):
            raise ValueError(text)
        return datetime.fromisoformat(text.upper()).astimezone(UTC)
    except (ValueError, OverflowError) as fault:
        message = (
            f"“{shortened(text)}” is not a moment that we can read. Write it like 2026-03-04T05:06:07.123Z, with a "
            "zone; leap seconds and hour 24 don't count."
        )
        raise BadEvent("/eventTime", "time", message) from fault
