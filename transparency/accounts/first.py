"""The first statement of a request, which finds out whether the connection still is one.

Django would ask that with a statement of its own before each request's first: one more way to the database and back.
"""

from typing import Any

from django.db import InterfaceError, OperationalError, connection


def first_row(statement: str, parameters: tuple[Any, ...]) -> tuple[Any, ...] | None:
    """The first row of a read. A connection that was lost since the last request is made anew, once.

    Within a transaction it is not: what came before in it would be lost unseen.
    """
    connection.health_check_done = True  # type: ignore[attr-defined]  # Django's stubs leave it out
    try:
        return _fetched(statement, parameters)
    except (OperationalError, InterfaceError):
        if connection.in_atomic_block:
            raise
        connection.close()
        return _fetched(statement, parameters)


def _fetched(statement: str, parameters: tuple[Any, ...]) -> tuple[Any, ...] | None:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        row: tuple[Any, ...] | None = cursor.fetchone()
        return row
