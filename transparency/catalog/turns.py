"""Turns at the graph: any number of merges, or one recomputation, never both.

A recomputation reads assets and flows one after the other. Were a merge committed between the two, flows would point to
assets that it does not know, and evidence would name the wrong ones.
"""

from django.db import connection

# Any numbers, as long as they are always the same.
GRAPH, SUGGESTIONS, NAMES = 731_001, 731_003, 731_004


def merging() -> None:
    """Wait until no recomputation runs, and keep others waiting until this transaction ends; other merges may go on."""
    _take("SELECT pg_advisory_xact_lock_shared(%s)")


def recomputing() -> None:
    """Wait until no merge and no other recomputation runs, and keep them waiting until this transaction ends."""
    _take("SELECT pg_advisory_xact_lock(%s)")


def deciding() -> None:
    """Wait until nobody else writes suggestions, and keep others waiting until this transaction ends.

    Both workers and people write many of them at once; one after the other, they never wait for each other in a circle.
    """
    _take("SELECT pg_advisory_xact_lock(%s)", SUGGESTIONS)


def ruling() -> None:
    """Wait until nobody else says anything of names, and keep others waiting until this transaction ends.

    A rule is looked at beside those that stand; two that oppose each other would both be right, each alone.
    """
    _take("SELECT pg_advisory_xact_lock(%s)", NAMES)


def _take(statement: str, what: int = GRAPH) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, [what])
