"""Short reads in plain SQL that nearly every request makes: planned once for each connection, and asked as they stand.

To plan such a statement takes PostgreSQL five times as long as to run it. It is prepared by itself, unless a pooler
stands between that would not know it (``LISTEN_FOR_CHANGES`` says so), and anew where a migration changed what it is
about. Outside of transactions it is asked without the driver's cursor (``planned``). Within one that is kept beside it:
to make one takes as long as half a statement.
"""

from collections.abc import Mapping
from typing import Any

import psycopg
from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, InterfaceError, NotSupportedError, OperationalError, connection, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from psycopg.pq import TransactionStatus
from psycopg.types.numeric import Int8

from transparency.accounts import planned
from transparency.accounts.planned import Given, Row

LOST = (OperationalError, InterfaceError, NotSupportedError)
MOST_CURSORS = 100  # of one connection; there are a dozen statements


def first_row(statement: str, given: Given) -> Row | None:
    """The first row of a read that is the first of its request, and finds out whether the connection still is one.

    Django would ask that with a statement of its own. A connection that was lost since the last request is made anew,
    once. Within a transaction it is not: what came before in it would be lost unseen.
    """
    connection.health_check_done = True  # type: ignore[attr-defined]  # Django's stubs leave it out
    try:
        return row(statement, given)
    except LOST:
        if connection.in_atomic_block:
            raise
        connection.close()
        return row(statement, given)


def row(statement: str, given: Given) -> Row | None:
    """The first row, if there is one."""
    found = rows(statement, given)
    return found[0] if found else None


def rows(statement: str, given: Given) -> list[Row]:
    """Every row. Integers are given as ``bigint``, whatever their size: else each size were a statement of its own."""
    here = connections[DEFAULT_DB_ALIAS]  # once: ``connection`` looks for the thread's own each time
    here.ensure_connection()
    if _is_plain(here):
        with here.wrap_database_errors:
            quickly = planned.rows(here.connection, statement, _sized(given))
        if quickly is not None:
            return quickly
    make = here.make_debug_cursor if here.queries_logged else here.make_cursor
    if settings.LISTEN_FOR_CHANGES:
        here.connection.prepare_threshold = 0  # Django's own statements are never prepared, whatever this says
    cursor = make(_cursor(here.connection, statement))  # type: ignore[arg-type]  # stubs: its own cursors only
    cursor.execute(statement, _sized(given))
    found: list[Row] = cursor.fetchall()
    return found


def _is_plain(here: BaseDatabaseWrapper) -> bool:
    """Whether nobody looks on, and nothing is under way: no transaction has to be begun first."""
    asked = here.connection
    return (
        settings.LISTEN_FOR_CHANGES
        and not (here.queries_logged or here.execute_wrappers)
        and asked.autocommit
        and asked.pgconn.transaction_status == TransactionStatus.IDLE
    )


def _cursor(asked: "psycopg.Connection[Any]", statement: str) -> "psycopg.Cursor[Row]":
    """The one by which this connection asks this statement, and no other: it goes when the connection does."""
    kept: dict[str, psycopg.Cursor[Row]] = vars(asked).setdefault("cursors_of_statements", {})
    if statement not in kept:
        if len(kept) >= MOST_CURSORS:
            kept.clear()
        kept[statement] = psycopg.Cursor(asked)
    return kept[statement]


def _sized(given: Given) -> Given:
    if isinstance(given, Mapping):
        return {name: _of_one_size(one) for name, one in given.items()}
    return [_of_one_size(one) for one in given]


def _of_one_size(one: Any) -> Any:
    return Int8(one) if type(one) is int else one
