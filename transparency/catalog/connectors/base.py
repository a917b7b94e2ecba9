"""What every connector gives: one snapshot of its source, in one vocabulary.

A connector reads; it writes nothing and decides nothing. Everything in a snapshot is untrusted text, already bounded.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from transparency.catalog.untrusted import shortened

Progress = Callable[[str, int, int | None], None]
"""Called with the phase in words, how much is done, and the total or ``None`` where it isn't known."""


class SourceUnreadable(Exception):  # noqa: N818 - a state of the source, not a programming error
    """The source can't be read at all: nothing may be merged. ``retryable`` where waiting may help."""

    def __init__(self, message: str, retryable: bool = False) -> None:
        super().__init__(message)
        self.message, self.retryable = message, retryable


class BadEvent(Exception):  # noqa: N818 - says what is bad, as the problem document will
    """One event can't be used. ``pointer`` is a JSON pointer, ``code`` stable, ``message`` for a person."""

    def __init__(self, pointer: str, code: str, message: str) -> None:
        super().__init__(message)
        self.pointer, self.code, self.message = pointer, code, message


@dataclass(frozen=True)
class SeenAsset:
    """An asset as the source describes it. ``as_of`` is the time of the newest statement about it.

    Where it is only named by others, ``stated`` is false.
    """

    key: str
    kind: str
    namespace: str
    name: str
    field: str
    description: str
    tags: tuple[str, ...]
    terms: tuple[str, ...]
    facts: dict[str, object]
    as_of: datetime
    stated: bool = True


@dataclass(frozen=True)
class SeenFlow:
    """Data went from ``upstream`` to ``downstream`` by ``job`` (keys, each of an asset in the same snapshot)."""

    upstream: str
    downstream: str
    job: str | None
    direct: bool
    masking: bool
    transformation: str
    first_seen: datetime
    last_seen: datetime
    aggregating: bool = False


@dataclass(frozen=True)
class SeenAlias:
    """``key`` is another name of ``canonical_key``; ``reason`` is ``symlink``, ``rename`` or ``sibling``."""

    key: str
    canonical_key: str
    reason: str
    as_of: datetime


@dataclass(frozen=True)
class SeenFault:
    """One thing that could not be used; the rest was."""

    code: str
    pointer: str
    message: str


def why_nothing(faults: Collection[SeenFault]) -> str:
    """Why nothing could be used, after the sentence that says so: the first fault, and how many there are more."""
    if not faults:
        return ""
    first = min(faults, key=lambda one: (len(one.pointer), one.pointer))
    more = f" And {len(faults) - 1:,} more." if len(faults) > 1 else ""
    return f" {shortened(first.pointer, 100)}: {shortened(first.message, 300)}{more}"


@dataclass(frozen=True)
class Applied:
    """Posted events that a snapshot contains for the first time (their keys), and what all applied ones show together.

    Both are stored with the graph or not at all: so no event is ever left out, and a refresh reads only what is new.
    """

    events: list[int]
    kept: bytes


@dataclass(frozen=True)
class Snapshot:
    """The whole of a source at one moment. What is absent is gone only where ``complete`` is true.

    Where ``applied`` is given, it is no more than what the events that are new may have changed; where
    ``changes_only`` is true, no more than what changed since the last ``cursor``. With ``doubts``, the source did not
    keep what it promised: nothing is merged until a person has looked. ``cursor`` is where the next reading may begin.
    """

    assets: Collection[SeenAsset] = field(default_factory=list)
    flows: Collection[SeenFlow] = field(default_factory=list)
    aliases: list[SeenAlias] = field(default_factory=list)
    faults: list[SeenFault] = field(default_factory=list)
    complete: bool = True
    applied: Applied | None = None
    changes_only: bool = False
    doubts: list[SeenFault] = field(default_factory=list)
    cursor: dict[str, str] = field(default_factory=dict)

    @property
    def leaves_known(self) -> bool:
        """Whether what is only named in it may be known well already."""
        return self.applied is not None or self.changes_only


@dataclass(frozen=True)
class Found:
    """What a source holds, as far as one quick look tells; ``says`` is what it calls itself, e.g. its version."""

    assets: int
    tags: int
    says: str = ""


class Connector(Protocol):
    """Reads one source. Raises ``SourceUnreadable`` rather than return half of it as if it were all."""

    def read(self, progress: Progress) -> Snapshot: ...


class Countable(Connector, Protocol):
    """Can also tell how much there is without reading all of it."""

    def look(self, progress: Progress) -> Found: ...
