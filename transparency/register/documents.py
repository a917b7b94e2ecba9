"""An edition as bytes: canonical JSON (RFC 8785), so that one digest stands for one content, for ever."""

import hashlib
from functools import lru_cache

import msgspec
import rfc8785

from transparency.register.schema import Record, Register


class EditionDocument(Record, frozen=True, kw_only=True):
    """Everything that an edition says, and who said it when. Times are ISO 8601 in UTC."""

    number: int
    published_at: str
    effective_at: str
    authors: tuple[str, ...]
    approver: str
    notice: str
    summary: tuple[str, ...]
    register: Register


def in_order(register: Register) -> Register:
    """The same register with its records sorted by what they are known by."""
    return Register(
        categories=tuple(sorted(register.categories, key=lambda one: one.key)),
        features=tuple(sorted(register.features, key=lambda one: one.slug)),
        uses=tuple(sorted(register.uses, key=lambda one: one.id)),
    )


def canonical(value: Record) -> bytes:
    """Canonical JSON of any record: sorted keys, no white space, UTF-8."""
    return rfc8785.dumps(msgspec.to_builtins(value))


def digest(document: bytes) -> str:
    """SHA-256 of the bytes, in hexadecimal."""
    return hashlib.sha256(document).hexdigest()


@lru_cache(maxsize=32)
def decode(document: str) -> EditionDocument:
    """The document as values. Cached by content, which can't go stale."""
    return msgspec.json.decode(document, type=EditionDocument)
