"""Reads a small JSON body into its one shape, or says what is wrong with it and where; never what it held. Pure."""

import json
from typing import TypeVar

import msgspec

from transparency.api.problems import Refused
from transparency.enforcement import halves

T = TypeVar("T")
MOST_BYTES = 16_384
# Deep nesting ends the decoder with RecursionError, not with a fault of its own.
UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
UNIT = " - at `$"


def decoded(raw: bytes, decoder: msgspec.json.Decoder[T]) -> T:
    """What the body says. Raises ``Refused`` with 400 or 413, and the JSON pointer of the fault."""
    if len(raw) > MOST_BYTES:
        raise Refused(413, "body.size", f"This body may have {MOST_BYTES:,} bytes.")
    try:
        found = decoder.decode(raw)
        json.loads(raw, object_pairs_hook=_once_each)
    except msgspec.ValidationError as fault:
        message, _, path = str(fault).partition(UNIT)
        raise Refused(400, "value", f"{message}.", pointer=_pointer(message, path)) from None
    except UNREADABLE:
        if (place := halves.half_at(raw)) is not None:
            raise Refused(400, halves.CODE, halves.WORDS, pointer=place) from None
        raise Refused(400, "json", "This is not JSON in UTF-8 that we can read.") from None
    return found


def _once_each(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """Whichever of two values one reader takes, another may take the other: so there may be only one."""
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise Refused(400, "twice", "This field is there twice.", pointer=f"/{twice[:60]}")
    return found


def _pointer(message: str, path: str) -> str:
    quoted = message.split("`")
    if not path and "field" in message and len(quoted) > 1:
        return f"/{quoted[1][:60]}"
    return path.rstrip("`").replace(".", "/").replace("[", "/").replace("]", "")[:200]
