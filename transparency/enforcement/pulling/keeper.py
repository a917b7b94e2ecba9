"""Brings the list that is kept up to date: by the changes since, or as a whole where these don't fit."""

import hmac
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import IO, Any, TypeVar

from transparency.enforcement.lists import header as lists
from transparency.enforcement.lists.columns import index_parquet, read_parquet
from transparency.enforcement.lists.header import Expected, Header, Refused, check, signature
from transparency.enforcement.lists.members import Changes, Members, with_and_without
from transparency.enforcement.pulling.connection import Answer, Connection, reason
from transparency.enforcement.pulling.faults import NotKept, Unreachable, Untrusted
from transparency.enforcement.pulling.shelf import Held, Shelf

log = logging.getLogger(__name__)

SUPPRESSIONS = "/api/v1/suppressions"
PARQUET = "application/vnd.apache.parquet"
CLOCKS_DIFFER = timedelta(minutes=10)
SHORTEST_WAIT, LONGEST_WAIT = 0.1, 30.0  # seconds
Rows = Members | Changes
Read = TypeVar("Read")


class Keeper:
    """Knows what was asked for, and accepts nothing else. A whole list may take ``patience`` seconds."""

    def __init__(self, connection: Connection, shelf: Shelf, expected: Expected, key: str, patience: float) -> None:
        self._connection, self._shelf, self._expected = connection, shelf, expected
        self._key, self._patience, self.path = key, patience, shelf.path

    def held(self) -> Held | None:
        """The list on the disk, if it is one of those that were asked for; it may have expired."""
        found = self._shelf.held()
        try:
            if found:
                check(found.header, self._expected, found.header.created)
        except Refused:
            return None
        return found

    def renewed(self, held: Held | None, min_sequence: int) -> Held:
        """The newest list, proved and kept. Raises ``CannotTell``; what was kept before then still is."""
        try:
            with self._shelf.locked():
                try:
                    return self._renewed(self._newer(held), min_sequence)
                finally:
                    self._shelf.unproved.unlink(missing_ok=True)
        except OSError as fault:
            raise NotKept(f"The list can't be kept on this disk: {fault.strerror or fault}.") from fault

    def _newer(self, held: Held | None) -> Held | None:
        """Another process may have renewed it while we waited for our turn."""
        if held is None or self._shelf.sequence() > held.header.sequence or not self.path.exists():
            return self.held()
        return held

    def _renewed(self, held: Held | None, min_sequence: int) -> Held:
        asked: dict[str, Any] = {"feature": self._expected.feature, "stage": self._expected.stage}
        if self._expected.categories:
            asked["categories"] = ",".join(self._expected.categories)
        if min_sequence:
            asked["min_sequence"] = min_sequence
        least = max(self._shelf.sequence(), held.header.sequence if held else 0)
        caught_up = self._caught_up(held, asked, least) if held else None
        return caught_up or self._whole(asked, max(least, min_sequence))

    def _caught_up(self, held: Held, asked: Mapping[str, Any], least: int) -> Held | None:
        """The list after the changes since it was fetched; nothing where only the whole list will do."""
        since = {"since": held.header.sequence, "base": held.header.base}
        answer = self._fetch(SUPPRESSIONS, {**asked, **since})
        if answer.status != 200:
            log.info("The whole list is needed: %s", reason(answer.text))
            return None
        try:
            header, rows = self._read(read_parquet)
            self._prove(answer, header, least)
            return self._applied(held, header, rows)
        except (Untrusted, lists.Damaged) as fault:
            log.warning("The changes can't be used (%s) The whole list is fetched.", fault)
            return None

    def _applied(self, held: Held, header: Header, rows: Rows) -> Held:
        part, now = header.changes, replace(header, changes=None).sealed()
        same = ("kind", "base", "audience")
        fits = part and part.since == held.header.sequence
        if not fits or not isinstance(rows, Changes) or any(getattr(now, n) != getattr(held.header, n) for n in same):
            raise Untrusted("These are changes of another list than the one that we keep.")
        if not len(rows):
            return self._unchanged(held, now)
        added, removed = (rows.leave_out, rows.may_use) if _leaves_out(now) else (rows.may_use, rows.leave_out)
        members = with_and_without(self._shelf.members(), added, removed)
        self._same(now, members.digest())
        return self._shelf.keep(now, members)

    def _unchanged(self, held: Held, now: Header) -> Held:
        self._same(now, held.header.digest)
        return self._shelf.confirm(held, now)

    def _same(self, now: Header, digest: str) -> None:
        if digest != now.digest:
            raise Untrusted("Together with these changes our list is not the server's.")

    def _whole(self, asked: Mapping[str, Any], least: int) -> Held:
        end = time.monotonic() + self._patience
        answer = self._fetch(SUPPRESSIONS, asked)
        while answer.status == 202:
            if time.monotonic() > end:
                raise Unreachable("The list was not built within our patience.")
            time.sleep(_wait(answer))
            answer = self._fetch(self._connection.within(answer.headers.get("location", "")), {})
        if answer.status != 200:
            raise Unreachable(f"The server has no such list now: {reason(answer.text)}")
        header, index = self._read(index_parquet)
        self._prove(answer, header, least)
        if header.changes:
            raise Untrusted("Changes came where the whole list was asked for.")
        return self._shelf.take(header, index)

    def _fetch(self, path: str, query: Mapping[str, Any]) -> Answer:
        return self._connection.fetch(path, query, PARQUET, self._shelf.unproved)

    def _read(self, read: Callable[[IO[bytes]], Read]) -> Read:
        """What was downloaded, if it is whole and unchanged."""
        try:
            with self._shelf.unproved.open("rb") as file:
                return read(file)
        except lists.Refused as fault:
            raise Untrusted(str(fault)) from fault

    def _prove(self, answer: Answer, header: Header, least: int) -> None:
        """Raises ``Untrusted`` unless it is signed, ours, not older than what we had, and still valid."""
        try:
            check(header, replace(self._expected, sequence=least), datetime.now(UTC))
        except lists.Refused as fault:
            raise Untrusted(str(fault)) from fault
        given = answer.headers.get("suppressions-signature", "").encode()
        if not hmac.compare_digest(given, signature(header.seal, self._key).encode()):
            raise Untrusted("The list is not signed with our key.")
        if header.created > datetime.now(UTC) + CLOCKS_DIFFER:
            raise Untrusted("The list was made in the future: this machine's clock, or the server's, is wrong.")


def _leaves_out(header: Header) -> bool:
    return header.kind == lists.Kind.LEAVE_OUT


def _wait(answer: Answer) -> float:
    text = answer.headers.get("retry-after", "")
    return min(max(float(text) if text.isdigit() else 1.0, SHORTEST_WAIT), LONGEST_WAIT)
