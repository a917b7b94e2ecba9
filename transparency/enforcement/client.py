"""A pipeline's own client: whose data may be used now. Needs numpy and pyarrow, and no Django.

    client = Client("https://transparency.example", key, feature="job-ranking", stage="training")
    usable = client.filter(member_ids)
    ...  # train
    client.acknowledge("run-4711", started_at=started)

It keeps a list on disk and catches up with the choices made since. In every doubt it raises a ``CannotTell`` and gives
nobody back: whoever catches one must use nobody's data. Where only the server is away, a list that has not expired yet
still serves. No member key is ever logged, or stands in an error.
"""

import logging
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from transparency.enforcement.lists.header import Expected, Header, Kind
from transparency.enforcement.pulling.connection import Connection
from transparency.enforcement.pulling.faults import (
    BadMembers,
    CannotTell,
    Contradicted,
    NotEntitled,
    NotKept,
    OutOfDate,
    Unreachable,
    Untrusted,
)
from transparency.enforcement.pulling.keeper import CLOCKS_DIFFER, Keeper
from transparency.enforcement.pulling.shelf import Held, Shelf
from transparency.enforcement.pulling.sieve import Looked, Sieve

__all__ = [
    "BadMembers",
    "CannotTell",
    "Client",
    "Contradicted",
    "Kind",
    "NotEntitled",
    "NotKept",
    "OutOfDate",
    "Suppressions",
    "Unreachable",
    "Untrusted",
]
log = logging.getLogger(__name__)

ACKNOWLEDGEMENTS = "/api/v1/acknowledgements"
FOLDER = Path("~/.cache/transparency")


@dataclass(frozen=True)
class Suppressions:
    """The list as it is kept: what follows for its members, up to which choice it goes, and the file for any engine.

    Of ``Kind.LEAVE_OUT`` everybody on it is left out (an anti-join with ``path``, column ``member``); of
    ``Kind.MAY_USE`` nobody else may be used (a semi-join). ``member`` is int64 while all keys on the list are integers,
    and text as soon as one is not: join as text then, for text and integers never meet. Keys of another type than
    integers or text, such as 7.0, may meet nobody whom they should: join with none of them.
    """

    kind: Kind
    path: Path
    count: int
    sequence: int
    edition: int
    expires: datetime


@dataclass
class _Run:
    """What was done since the last acknowledgement; and when those runs ended whose own was never answered."""

    seen: int = 0
    left_out: int = 0
    sequence: int | None = None
    edition: int | None = None
    ended: dict[str, datetime] = field(default_factory=dict)


class Client:
    """Asks for one feature at one stage, for all of its kinds of data or for those of ``categories``.

    ``max_age`` is for how many seconds a list is used without asking for newer choices; ``timeout`` how long one
    silence of the server may last, ``patience`` how long a whole list may take. ``pipeline`` is this pipeline's short
    name, to be sure that a list is meant for it. Raises ``ValueError`` for an address without TLS.
    """

    def __init__(
        self,
        url: str,
        key: str,
        feature: str,
        stage: str,
        categories: Iterable[str] = (),
        *,
        max_age: float = 60,
        folder: Path | str = FOLDER,
        pipeline: str = "",
        timeout: float = 30,
        patience: float = 900,
    ) -> None:
        expected = Expected(feature, stage, tuple(sorted(set(categories))), pipeline)
        self._connection = Connection(url, key, timeout, patience)
        shelf = Shelf(Path(folder).expanduser(), url, feature, stage, *expected.categories)
        self._keeper = Keeper(self._connection, shelf, expected, key, patience)
        self._feature, self._stage, self._max_age = feature, stage, timedelta(seconds=max_age)
        self._held: Held | None = None
        self._sieve: tuple[tuple[Kind, str], Sieve] | None = None
        self._run = _Run()

    def filter(self, ids: Any, column: str | None = None, *, min_sequence: int = 0) -> Any:
        """Those members whose data may be used, in the shape in which they came.

        Takes a list, numpy or Arrow array, pandas Series; or rows (Arrow table, batch or reader, DataFrame, the
        ``Path`` of a Parquet file) with the ``column`` that holds the members. A reader or a file comes back as a
        reader, so it need not fit into memory. With ``min_sequence``, never by choices older than that. Raises
        ``CannotTell``.
        """
        held = self._current(min_sequence)
        return self._sieve_of(held).passing(ids, column, lambda looked: self._count(held.header, looked))

    def suppressions(self, *, min_sequence: int = 0) -> Suppressions:
        """The list itself, brought up to date, to be joined with by any engine. Raises ``CannotTell``."""
        header = self._current(min_sequence).header
        self._count(header, Looked())
        return Suppressions(
            header.kind, self._keeper.path, header.count, header.sequence, header.edition, header.expires
        )

    def acknowledge(
        self,
        run_id: str,
        *,
        started_at: datetime,
        ended_at: datetime | None = None,
        members_seen: int | None = None,
        members_left_out: int | None = None,
    ) -> dict[str, Any]:
        """Tell that a run honoured the choices that it was given, and with how many members.

        The numbers are those of ``filter`` since the last acknowledgement, unless given. Where it raised, it may be
        repeated for the same run. Returns the server's answer. Raises ``CannotTell``, of that ``Contradicted`` where
        the run was acknowledged otherwise before, or ``RuntimeError`` where no list was ever used.
        """
        run = self._run
        if run.sequence is None:
            raise RuntimeError("Nothing to acknowledge: no list was used since the last acknowledgement.")
        # The first try may have come although its answer did not: the second must say the same.
        ended = ended_at or run.ended.setdefault(run_id, datetime.now(UTC))
        body = {
            "run": run_id,
            "feature": self._feature,
            "stage": self._stage,
            "sequence": run.sequence,
            "edition": run.edition,
            "members_seen": run.seen if members_seen is None else members_seen,
            "members_left_out": run.left_out if members_left_out is None else members_left_out,
            "started_at": started_at.isoformat(),
            "ended_at": ended.isoformat(),
        }
        answer = self._connection.post(ACKNOWLEDGEMENTS, body)
        self._run = _Run()
        return answer

    def _current(self, min_sequence: int) -> Held:
        """A list that may be used now. Raises ``CannotTell``."""
        held, now = self._held or self._keeper.held(), datetime.now(UTC)
        if held is None or not self._serves(held, now, min_sequence):
            held = self._renewed_or_kept(held, now, min_sequence)
        if held.header.expires <= datetime.now(UTC):
            raise OutOfDate(f"The list expired at {held.header.expires:%Y-%m-%d %H:%M:%S} UTC.")
        self._held = held
        return held

    def _serves(self, held: Held, now: datetime, min_sequence: int) -> bool:
        """Whether there is no need to ask for a newer one."""
        age = now - held.header.created
        return (
            -CLOCKS_DIFFER < age < self._max_age and now < held.header.expires and held.header.sequence >= min_sequence
        )

    def _renewed_or_kept(self, held: Held | None, now: datetime, min_sequence: int) -> Held:
        try:
            return self._keeper.renewed(held, min_sequence)
        except (Unreachable, Untrusted, NotKept) as fault:
            if held is None:
                raise
            if held.header.expires <= now:
                raise OutOfDate(f"The list that we keep has expired, and there is no newer one: {fault}") from fault
            if held.header.sequence < min_sequence:
                raise OutOfDate(f"The list that we keep is older than what was asked for: {fault}") from fault
            log.warning("No newer list (%s) One of sequence %d still serves.", fault, held.header.sequence)
            return held

    def _sieve_of(self, held: Held) -> Sieve:
        if self._sieve is None or self._sieve[0] != (held.header.kind, held.header.digest):
            self._sieve = (held.header.kind, held.header.digest), Sieve(held.header.kind, held.index)
        return self._sieve[1]

    def _count(self, header: Header, looked: Looked) -> None:
        """Note what a run did; where its lists were of several ages, it honoured the choices up to the oldest."""
        run = self._run
        run.seen, run.left_out = run.seen + looked.seen, run.left_out + looked.left_out
        if run.sequence is None or header.sequence < run.sequence:
            run.sequence, run.edition = header.sequence, header.edition
