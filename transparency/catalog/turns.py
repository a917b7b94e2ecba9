"""Turns at the graph: any number of merges, or one recomputation, never both.

A recomputation reads assets and flows one after the other. Were a merge committed between the two, flows would point to
assets that it does not know, and evidence would name the wrong ones.
"""

from django.db import connection

# Any number, as long as it is always the same.
GRAPH = 731_001


def merging() -> None:
    """Wait until no recomputation runs, and keep others waiting until this transaction ends; other merges may go on."""
    _take("SELECT pg_advisory_xact_lock_shared(%s)")


def recomputing() -> None:
    """Wait until no merge and no other recomputation runs, and keep them waiting until this transaction ends."""
    _take("SELECT pg_advisory_xact_lock(%s)")


def _take(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, [GRAPH])
