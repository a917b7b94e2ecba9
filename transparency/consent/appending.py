"""Appends choices to the journal: those that wait at the same time go together, in one statement and one commit.

No choice gets a number before the one ahead of it is on the disk, so it is each other's commits that choosers wait for.
Whoever comes while one is under way queues with the others of this process; the first to have their turn takes all who
wait along. What can't be recorded has no say over its company: where a statement for several fails, for whatever
reason, each goes alone, over its own connection. It may be that they had been recorded: so only requests that are
known again (by an idempotency key) go together.
"""

from collections import deque
from dataclasses import dataclass
from functools import lru_cache
from threading import Lock

from django.db import Error, NotSupportedError, ProgrammingError, connection

from transparency.accounts.planned import Row
from transparency.accounts.prepared import rows
from transparency.consent.models import Choice
from transparency.failpoints import failpoint

COLUMNS = [field.attname for field in Choice._meta.concrete_fields]
# What ``consent_append`` is given, in its order. ``request`` is the digest of an idempotency key, or empty.
GIVEN = {
    "member": "bigint", "key": "text", "scope": "text", "decision": "smallint", "origin": "smallint",
    "edition": "integer", "at": "timestamptz", "reference": "uuid", "request": "text", "salt": "bytea",
    "expected": "bigint",
}  # fmt: skip
Given = tuple[object, ...]
# PostgreSQL's codes where a migration changed the table while a statement was under way, or since it was planned.
CHANGED = ("42804", "0A000")


@dataclass(eq=False)
class _Asked:
    """A choice in the queue. ``row`` is what became of it, once ``is_done``."""

    given: Given
    row: Row | None = None
    is_taken: bool = False
    is_done: bool = False


_waiting: deque[_Asked] = deque()
_turn = Lock()


def append(given: Given, *, known_again: bool) -> Row | None:
    """The columns of the choice, once it is durable; ``None`` where it rests on what is no longer the latest.

    Within a transaction of the caller's, it is a part of that and of no other.
    """
    if connection.in_atomic_block or not known_again:
        return _alone(given)
    mine = _Asked(given)
    _waiting.append(mine)
    with _turn:
        if not mine.is_taken:
            _together([_waiting.popleft() for _ in range(len(_waiting))])
    return mine.row if mine.is_done else _alone(given)


def _alone(given: Given) -> Row | None:
    """Once more, by a connection that knows the table as it is, where a migration changed it: nothing was recorded."""
    try:
        return _appended([given]).get(0)
    except (ProgrammingError, NotSupportedError) as fault:
        if connection.in_atomic_block or getattr(fault.__cause__, "sqlstate", None) not in CHANGED:
            raise
        connection.close()
        return _appended([given]).get(0)


def _together(company: list[_Asked]) -> None:
    for one in company:
        one.is_taken = True
    try:
        found = _appended([one.given for one in company])
    except Error:
        return
    for number, one in enumerate(company):
        one.row, one.is_done = found.get(number), True


def _appended(choices: list[Given]) -> dict[int, Row]:
    """The columns of each that was recorded, by its place among the choices given."""
    values = [value for number, given in enumerate(choices) for value in (number, *given)]
    with failpoint("choice.append"):
        return {number: tuple(columns) for number, *columns in rows(_statement(len(choices)), values)}


@lru_cache
def _statement(count: int) -> str:
    """Appends so many choices in their order."""
    line = ", ".join(f"%s::{kind}" for kind in ("integer", *GIVEN.values()))
    lines = ", ".join([f"({line})"] * count)
    asked = f"(VALUES {lines}) AS asked (number, {', '.join(GIVEN)})"
    appended = f"consent_append({', '.join(GIVEN)}) AS appended"
    columns = ", ".join(f"appended.{name}" for name in COLUMNS)
    return f"SELECT number, {columns} FROM {asked} CROSS JOIN LATERAL {appended}"  # noqa: S608 - our own names
