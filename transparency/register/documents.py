"""An edition as bytes: canonical JSON (RFC 8785), so that one digest stands for one content, for ever."""

import hashlib
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import msgspec
import rfc8785

from transparency.register.schema import Record, Register


class EditionDocument(Record, frozen=True, kw_only=True):
    """Everything that an edition says, and who said it when. Times are ISO 8601 in UTC.

    ``sooner`` says why it holds before the notice period is over, where it does.
    """

    number: int
    published_at: str
    effective_at: str
    authors: tuple[str, ...]
    approver: str
    notice: str
    summary: tuple[str, ...]
    register: Register
    sooner: str = ""


# Made when this module is: where two threads need a type at once that msgspec has not seen, it can end the process.
_decoder = msgspec.json.Decoder(EditionDocument)

# What the schema gained after the first editions were published. It is left out where it is empty, so the bytes of
# editions that never had it can be made again from what they say.
LATER = ("sooner", "policies", "corrections")


def in_order(register: Register) -> Register:
    """The same register with its records sorted by what they are known by."""
    return Register(
        categories=tuple(sorted(register.categories, key=lambda one: one.key)),
        features=tuple(sorted(register.features, key=lambda one: one.slug)),
        uses=tuple(sorted(register.uses, key=lambda one: one.id)),
        policies=tuple(sorted(register.policies, key=lambda one: one.slug)),
        corrections=tuple(sorted(register.corrections, key=lambda one: one.slug)),
    )


def canonical(value: Record) -> bytes:
    """Canonical JSON of any record: sorted keys, no white space, UTF-8."""
    return rfc8785.dumps(_without_empty_later(msgspec.to_builtins(value)))


def _without_empty_later(said: dict[str, Any]) -> dict[str, Any]:
    kept = {name: value for name, value in said.items() if value or name not in LATER}
    return kept | ({"register": _without_empty_later(kept["register"])} if "register" in kept else {})


def iso(moment: datetime) -> str:
    """A moment as documents write it: UTC, with microseconds."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def digest(document: bytes) -> str:
    """SHA-256 of the bytes, in hexadecimal."""
    return hashlib.sha256(document).hexdigest()


def read(document: str) -> EditionDocument:
    """The document as values."""
    return _decoder.decode(document)


@lru_cache(maxsize=32)
def decode(document: str) -> EditionDocument:
    """The same, cached by content, which can't go stale."""
    return read(document)
