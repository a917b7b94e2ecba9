"""What a list says of itself, sealed; and what makes a reader refuse it. Pure."""

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from transparency.enforcement.lists.members import Changes, Members

VERSION = 1
LONGEST_HEADER = 100_000  # bytes


class Kind(StrEnum):
    """What follows for the members in a list."""

    LEAVE_OUT = "leave_out"
    MAY_USE = "may_use"


class Refused(Exception):  # noqa: N818 - a decision about a list, not a fault of the program
    """The list must not be used. The message says why; it never holds a member key."""


class Damaged(Refused):
    """Cut short, changed on the way, or nothing that we can read."""


class Foreign(Refused):
    """A list for somebody else, or about something else."""


class Older(Refused):
    """A list from before one that was used already."""


class Expired(Refused):
    """A list whose time has passed."""


@dataclass(frozen=True)
class Part:
    """Of a document that holds changes alone: since which sequence number, how many, and their digest."""

    since: int
    count: int
    digest: str


@dataclass(frozen=True)
class Header:
    """What a list says of itself. Everything but ``changes`` is about the whole list as it stands at ``sequence``.

    ``base`` tells lists apart whose differences can't be told by sequence numbers alone: it stands for the journal of
    choices and for the terms of the uses. ``seal`` is the SHA-256 of all else.
    """

    kind: Kind
    feature: str
    stage: str
    categories: tuple[str, ...]
    edition: int
    sequence: int
    base: str
    count: int
    digest: str
    created: datetime
    expires: datetime
    audience: str
    changes: Part | None = None
    version: int = VERSION
    seal: str = ""

    def sealed(self) -> "Header":
        return replace(self, seal=self.right_seal())

    def right_seal(self) -> str:
        return hashlib.sha256(_encoded(replace(self, seal=""))).hexdigest()

    def to_json(self) -> bytes:
        """One line of canonical JSON, without its end."""
        return _encoded(self)


def _encoded(header: Header) -> bytes:
    plain = asdict(header) | {"created": _spelled(header.created), "expires": _spelled(header.expires)}
    return json.dumps(plain, sort_keys=True, separators=(",", ":")).encode()


def _spelled(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def from_json(raw: bytes) -> Header:
    """The header in this JSON. Raises ``Damaged`` where it isn't one, or its seal is broken."""
    try:
        header = _header(json.loads(raw[:LONGEST_HEADER]))
    except (ValueError, TypeError, KeyError, RecursionError) as fault:
        raise Damaged("This is not the header of a list, or not one of a version that we know.") from fault
    if header.seal != header.right_seal():
        raise Damaged("The list's header was changed: its seal is broken.")
    return header


def _header(plain: Mapping[str, Any]) -> Header:
    if plain["version"] != VERSION:
        raise ValueError("of another version")
    given = dict(plain)
    part, kind = given.pop("changes"), Kind(given.pop("kind"))
    created, expires = (_moment(given.pop(name)) for name in ("created", "expires"))
    for name in ("edition", "sequence", "count"):
        if type(given[name]) is not int or given[name] < 0:
            raise ValueError(f"{name} is no number")
    categories = tuple(given.pop("categories"))
    changes = Part(**part) if part else None
    return Header(kind=kind, categories=categories, created=created, expires=expires, changes=changes, **given)


def _moment(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    if found.tzinfo is None:
        raise ValueError("a time without its zone")
    return found


def verify(header: Header, rows: Members | Changes) -> None:
    """Raises ``Damaged`` unless the rows are, whole and in order, those that the header speaks of."""
    part = header.changes
    if isinstance(rows, Changes) != (part is not None):
        raise Damaged("This should be a whole list and holds changes, or the other way round.")
    count, digest = (part.count, part.digest) if part else (header.count, header.digest)
    if len(rows) != count:
        raise Damaged(f"The list should hold {count:,} rows, and {len(rows):,} came: it was cut short or changed.")
    if not rows.in_order() or rows.digest() != digest:
        raise Damaged("The list's content doesn't match its digest: it was changed on the way.")


@dataclass(frozen=True)
class Expected:
    """What a reader asked for, and the last sequence number that it saw. An empty ``audience`` is not compared."""

    feature: str
    stage: str
    categories: tuple[str, ...] = ()
    audience: str = ""
    sequence: int = 0


def check(header: Header, expected: Expected, at: datetime) -> None:
    """Raises ``Foreign``, ``Older`` or ``Expired`` where the list must not be used at ``at``."""
    for name in ("feature", "stage", "categories", "audience"):
        wanted, found = getattr(expected, name), getattr(header, name)
        if wanted != found and (name != "audience" or wanted):
            raise Foreign(f"The list is of {name} {_shown(found)}, not of {_shown(wanted)}.")
    if header.sequence < expected.sequence:
        raise Older(f"The list is of sequence {header.sequence}; one of {expected.sequence} was used already.")
    if header.expires <= at:
        raise Expired(f"The list expired at {_spelled(header.expires)}.")


def _shown(value: object) -> str:
    return f"“{', '.join(value) if isinstance(value, tuple) else value}”"[:200]


def signature(seal: str, secret: str) -> str:
    """Proves that whoever sealed a list knows the pipeline's key, of which the server keeps a digest only."""
    return hmac.new(hashlib.sha256(secret.encode()).digest(), seal.encode(), hashlib.sha256).hexdigest()
