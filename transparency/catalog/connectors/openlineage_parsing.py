"""The text of one event, or of many: held against every limit, and typed."""

import hashlib
import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, get_args

import msgspec
from msgspec import Struct

from transparency.catalog import limits
from transparency.catalog.connectors.base import BadEvent
from transparency.catalog.connectors.openlineage_events import (
    Body,
    ColumnLineageFacet,
    Event,
    LineageFacet,
    State,
    Told,
    identifiers,
)
from transparency.catalog.connectors.openlineage_glance import are_ordinary
from transparency.catalog.connectors.openlineage_json import (
    DESCRIBING,
    KEPT,
    NOT_KEPT,
    below,
    check,
    check_size,
    decode,
    step,
)
from transparency.catalog.untrusted import shortened

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
    body = _body(data, ordinary=are_ordinary([data]))
    return Event(body, data, _time(body.event_time), hashlib.sha256(data).digest())


def stamps(texts: Sequence[bytes]) -> Iterator[tuple[datetime, bytes]]:
    """Check every event of a batch; of each its moment and its digest.

    Nothing else is kept: holding on to what was parsed takes longer than parsing. Raises ``BadEvent``; its pointer
    begins with the event's number.
    """
    together = are_ordinary(texts)
    for number, data in enumerate(texts):
        try:
            body = _body(data, together or are_ordinary([data]))
            yield _time(body.event_time), hashlib.sha256(data).digest()
        except BadEvent as bad:
            raise below(bad, number) from bad


def _body(data: bytes, ordinary: bool) -> Body:
    if len(data) > limits.BODY_BYTES:
        raise BadEvent("", "body.size", f"The event has {len(data):,} bytes; at most {limits.BODY_BYTES:,} are taken.")
    body = (_ordinary(data) if ordinary else None) or _with_care(data)
    _check_kind(body)
    return body


def _ordinary(data: bytes) -> Body | None:
    """The event, whose text shows that it keeps every limit of JSON. ``None`` where somebody must look all the same."""
    try:
        body, outline = _body_decoder.decode(data), _outline_decoder.decode(data)
    except (msgspec.MsgspecError, RecursionError):
        return None
    return body if len(body.inputs) + len(body.outputs) <= limits.DATASETS and _is_small(outline) else None


def _with_care(data: bytes) -> Body:
    value = decode(data)
    if not isinstance(value, dict):
        raise BadEvent("", "body.type", "An event is a JSON object.")
    check_size("", value)
    check(value, KEPT, _BY_KEY)
    body = _typed(value)
    _check_names(body)
    _check_kind(body)
    _check_sizes(body, value, len(data))
    return body


def _is_small(told: Told) -> bool:
    holders = (told.run, told.job, told.dataset, *told.inputs, *told.outputs)
    return all(len(holder.facets or ()) <= limits.FACETS for holder in holders if holder)


_body_decoder = msgspec.json.Decoder(Body)
_outline_decoder = msgspec.json.Decoder(Told)


def _check_names(value: object) -> None:
    """Raises ``BadEvent`` for a name that is nothing but space: whoever reads it would see no name."""
    for key, item, name in _parts(value):
        if name.isspace():
            raise BadEvent(step(key), "blank", "The text is empty.")
        try:
            _check_names(item)
        except BadEvent as bad:
            raise below(bad, key) from bad


def _parts(value: object) -> Iterator[tuple[str | int, object, str]]:
    """What is directly in a typed value: its key, itself, and the name that it is or that it is kept under."""
    if isinstance(value, Struct):
        names = identifiers(type(value))
        for field, key in zip(value.__struct_fields__, value.__struct_encode_fields__, strict=True):
            item = getattr(value, field)
            yield key, item, item or "" if field in names else ""
    elif isinstance(value, dict):
        yield from ((key, item, key) for key, item in value.items())
    elif isinstance(value, (list, tuple)):
        yield from ((index, item, "") for index, item in enumerate(value))


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
    if "length >= 1" in what:
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
    """The maps in an event that have typed values are those of lineage, from column name to where it comes from."""
    for name in columns:
        try:
            msgspec.convert({"fields": {name: columns[name]}}, ColumnLineageFacet)
            msgspec.convert({"fields": {name: columns[name]}}, LineageFacet)
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
