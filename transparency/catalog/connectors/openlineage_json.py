"""Reads one JSON value from a stranger, within the limits; anything beyond them is a fault with its place."""

import contextlib
import json
import unicodedata
from dataclasses import dataclass
from typing import NoReturn

import msgspec

from transparency.catalog import limits
from transparency.catalog.connectors.base import BadEvent
from transparency.catalog.untrusted import marks_in_a_row, shortened

_NAMES = {"namespace", "name", "field"}
_BOM = b"\xef\xbb\xbf"
_decoder = msgspec.json.Decoder()


@dataclass(frozen=True)
class Bounds:
    """How long a text and how large an integer may be in one part of the value."""

    text: int
    integer: int


KEPT = Bounds(limits.TEXT, limits.INTEGER)
DESCRIBING = Bounds(limits.DESCRIPTION, limits.INTEGER)
NOT_KEPT = Bounds(limits.LONG_TEXT, limits.LONG_INTEGER)


def decode(raw: bytes) -> object:
    """The JSON value, not yet held against the limits. Raises ``BadEvent`` with the offset of what is wrong."""
    if not raw.strip():
        raise BadEvent("", "body.empty", "There is nothing here; a JSON object was expected.")
    if raw.startswith(_BOM):
        raise BadEvent("", "json.bom", "The text begins with a byte order mark; send UTF-8 without one.")
    try:
        raw.decode("utf-8")
        return _decoder.decode(raw)
    except UnicodeDecodeError as fault:
        raise BadEvent("", "utf8", f"Byte {fault.start} is not UTF-8.") from fault
    except RecursionError as fault:
        raise _too_deep() from fault
    except msgspec.MsgspecError as fault:
        _explain(raw, str(fault))


def _explain(raw: bytes, message: str) -> NoReturn:
    """The strict parser refuses half of a character pair without saying where; the lenient one finds the place."""
    with contextlib.suppress(ValueError, RecursionError):
        check(json.loads(raw), NOT_KEPT, {})
    raise BadEvent("", "json", f"This is not JSON: {message}.")


def check(value: object, bounds: Bounds, by_key: dict[str, Bounds], depth: int = 1) -> None:
    """Hold a decoded value against the limits. ``by_key`` gives the bounds for what stands below a key.

    Raises ``BadEvent`` whose pointer is relative to the value.
    """
    if isinstance(value, dict):
        _check_object(value, bounds, by_key, depth)
    elif isinstance(value, list):
        _check_list(value, bounds, by_key, depth)
    else:
        _check_leaf(value, bounds)


# The two loops below see every value of every event, so the common case, a short plain text, is settled in place.


def _check_object(value: dict[str, object], bounds: Bounds, by_key: dict[str, Bounds], depth: int) -> None:
    if depth > limits.DEPTH:
        raise _too_deep()
    keys = "".join(value)
    if not (keys.isascii() and keys.isprintable()) or len(keys) > limits.IDENTIFIER:
        _check_keys(value)
    for key, item in value.items():
        here = by_key.get(key, bounds)
        if isinstance(item, str) and len(item) <= here.text and item.isascii() and item.isprintable():
            continue
        try:
            check_size(key, item)
            _check_bytes(key, item)
            check(item, here, by_key, depth + 1)
        except BadEvent as bad:
            raise below(bad, key) from bad


def _check_list(value: list[object], bounds: Bounds, by_key: dict[str, Bounds], depth: int) -> None:
    if depth > limits.DEPTH:
        raise _too_deep()
    if len(value) > limits.ITEMS:
        raise BadEvent("", "list.size", f"{len(value):,} items; at most {limits.ITEMS:,} are taken.")
    for index, item in enumerate(value):
        try:
            check_size("", item)
            check(item, bounds, by_key, depth + 1)
        except BadEvent as bad:
            raise below(bad, index) from bad


def _check_leaf(value: object, bounds: Bounds) -> None:
    if isinstance(value, str):
        if len(value) > bounds.text:
            raise BadEvent("", "text.length", f"{len(value):,} characters; at most {bounds.text:,} are taken.")
        if not (value.isascii() and value.isprintable()):
            _check_characters(value)
    elif isinstance(value, int) and not -bounds.integer <= value <= bounds.integer:
        raise BadEvent("", "number.size", f"The number {shortened(value, 20)} is too large.")


def _check_characters(text: str) -> None:
    if "\0" in text:
        raise BadEvent("", "text.nul", "The text holds a NUL character.")
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise BadEvent("", "text.surrogate", "The text holds half of a character (a lone surrogate).")
    if not text.isascii() and marks_in_a_row(text) > limits.MARKS:
        raise BadEvent("", "text.marks", f"More than {limits.MARKS} marks sit on one character.")


def _check_keys(value: dict[str, object]) -> None:
    """Two keys that look the same would mean whichever a reader happens to take."""
    for key in value:
        if len(key) > limits.IDENTIFIER or len(key.encode("utf-8", "replace")) > limits.IDENTIFIER_BYTES:
            raise BadEvent(step(key), "key.length", f"The key is longer than {limits.IDENTIFIER} characters.")
        try:
            _check_characters(key)
        except BadEvent as bad:
            raise below(bad, key) from bad
    if len({unicodedata.normalize("NFC", key) for key in value}) < len(value):
        raise BadEvent("", "key.twice", "Two keys of this object are the same text, written in different bytes.")


def check_size(key: str, item: object) -> None:
    """Columns may come as an object keyed by their names, so "fields" may hold as many keys as a list items."""
    if isinstance(item, dict) and len(item) > limits.KEYS and not (key == "fields" and len(item) <= limits.ITEMS):
        raise BadEvent("", "object.size", f"{len(item):,} keys; at most {limits.KEYS:,} are taken.")


def below(bad: BadEvent, key: str | int) -> BadEvent:
    """The same fault, seen from one level up."""
    return BadEvent(f"{step(key)}{bad.pointer}", bad.code, bad.message)


def step(key: str | int) -> str:
    """One step of a JSON pointer (RFC 6901), shortened where the key is somebody's prank."""
    return "/" + shortened(key).replace("~", "~0").replace("/", "~1")


def _check_bytes(key: str, item: object) -> None:
    """Names in scripts that need three bytes a character reach this limit before that of characters."""
    if (
        key in _NAMES
        and isinstance(item, str)
        and limits.IDENTIFIER_BYTES < len(item.encode("utf-8", "replace")) <= 4 * limits.IDENTIFIER
    ):
        raise BadEvent("", "identifier.length", f"Names may have {limits.IDENTIFIER_BYTES:,} bytes in UTF-8.")


def _too_deep() -> BadEvent:
    return BadEvent("", "depth", f"Nested more than {limits.DEPTH} deep.")
