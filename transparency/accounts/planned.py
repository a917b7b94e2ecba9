"""Asks a statement that PostgreSQL has planned already, without the driver's cursor: that takes longer than the answer.

What the driver does for the cursor is done by the same parts of it: values are turned into PostgreSQL's and back, the
wait is the connection's own, and faults are the driver's.
"""

import re
import select
from collections.abc import Mapping, Sequence
from itertools import count
from typing import Any

import psycopg
from psycopg import generators, pq
from psycopg.adapt import PyFormat, Transformer

MOST = 100  # statements of one connection; there are a dozen
SOON = 20  # milliseconds
# After a rollback the driver has PostgreSQL forget all that the connection planned, ours too; after a migration a
# statement may give something else than was planned.
FORGOTTEN = (psycopg.errors.InvalidSqlStatementName, psycopg.errors.FeatureNotSupported)
PLACE = re.compile(r"%(?:\((\w+)\)s|s|%)")
Given = Sequence[Any] | Mapping[str, Any]
Row = tuple[Any, ...]


class Planned:
    """One statement, as one connection knows it. Values of other types make it another one to PostgreSQL."""

    def __init__(self, asked: "psycopg.Connection[Any]", statement: str) -> None:
        self._adapting = Transformer(asked)
        self._text, self._names = _numbered(statement)
        self._known: dict[tuple[int, ...], bytes] = {}

    def rows(self, asked: "psycopg.Connection[Any]", given: Given) -> list[Row]:
        adapting, values = self._adapting, self._values(given)
        dumped = adapting.dump_sequence(values, [PyFormat.AUTO] * len(values))
        types, formats = adapting.types or (), adapting.formats
        name = self._known.get(types) or self._plan(asked, types)
        asked.pgconn.send_query_prepared(name, dumped, formats)
        adapting.set_pgresult(found := _answer(asked))
        return adapting.load_rows(0, found.ntuples, tuple)

    def _values(self, given: Given) -> Sequence[Any]:
        return [given[name] for name in self._names] if isinstance(given, Mapping) else given

    def _plan(self, asked: "psycopg.Connection[Any]", types: tuple[int, ...]) -> bytes:
        name = f"planned_{next(_numbers)}".encode()
        asked.pgconn.send_prepare(name, self._text, types)
        _answer(asked)
        self._known[types] = name
        return name


_numbers = count(1)


def rows(asked: "psycopg.Connection[Any]", statement: str, given: Given) -> list[Row] | None:
    """Every row; ``None`` where the connection knows so many other statements that this one finds no room.

    Raises what the driver raises. The connection must be outside of any transaction.
    """
    kept: dict[str, Planned] = vars(asked).setdefault("planned", {})
    with asked.lock:
        if statement not in kept and len(kept) >= MOST:
            return None
        try:
            return _known(kept, asked, statement).rows(asked, given)
        except FORGOTTEN:
            kept.clear()
            return _known(kept, asked, statement).rows(asked, given)


def _known(kept: dict[str, Planned], asked: "psycopg.Connection[Any]", statement: str) -> Planned:
    if statement not in kept:
        kept[statement] = Planned(asked, statement)
    return kept[statement]


def _answer(asked: "psycopg.Connection[Any]") -> pq.abc.PGresult:
    """The one result of what was sent last. It mostly comes at once; for what doesn't, the driver waits.

    Whoever is interrupted leaves no answer behind that the next question would take for its own.
    """
    try:
        found = _at_once(asked.pgconn)
        if not found or found[-1] is not None:  # the last of them is not here yet
            found += asked.wait(generators.execute(asked.pgconn))
    except BaseException:
        if asked.pgconn.transaction_status == pq.TransactionStatus.ACTIVE:
            asked.close()
        raise
    result = found[0]
    if result is None:
        raise psycopg.OperationalError("The database answered nothing.")
    if result.status not in (pq.ExecStatus.TUPLES_OK, pq.ExecStatus.COMMAND_OK):
        raise psycopg.errors.error_from_result(result, asked.info.encoding)
    return result


def _at_once(asking: pq.abc.PGconn) -> list[pq.abc.PGresult | None]:
    """Whatever results come soon; ``None`` after the last of them."""
    found: list[pq.abc.PGresult | None] = []
    if asking.flush() or not _comes_soon(asking.socket):
        return found
    asking.consume_input()
    while not asking.is_busy() and (not found or found[-1]):
        found.append(asking.get_result())
    return found


def _comes_soon(socket: int) -> bool:
    coming = select.poll()
    coming.register(socket, select.POLLIN)
    return bool(coming.poll(SOON))


def _numbered(statement: str) -> tuple[bytes, list[str]]:
    """With ``$1`` in the place of each ``%s``, or of each name; and the names in the order of their numbers."""
    names: list[str] = []
    places = count(1)

    def number(found: re.Match[str]) -> str:
        if found[0] == "%%":
            return "%"
        if found[1] is None:
            return f"${next(places)}"
        if found[1] not in names:
            names.append(found[1])
        return f"${names.index(found[1]) + 1}"

    return PLACE.sub(number, statement).encode(), names
