"""Refuses to serve a database that is older than what the public log shows: choices made since would be undone.

Nor one in which an edition was rewritten: members would read what nobody published.

Nor is anything served by a clock that is behind the log: what has ended would count again.
"""

from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, connection
from django.utils import timezone

from transparency.ledger import clock
from transparency.ledger import queries as ledger
from transparency.register import rebuilding


def refuse_to_serve_the_past() -> None:
    """Raise ``ImproperlyConfigured`` where the log knows of more than the database holds, or of a later time than we.

    Where the database doesn't answer yet, nothing can be served from it; health asks again before visitors come.
    """
    try:
        contradiction = ledger.contradiction() or clock.fault(timezone.now()) or _rewritten()
    except DatabaseError:
        contradiction = ""
    finally:
        connection.close()
    if contradiction:
        raise ImproperlyConfigured(contradiction)


def _rewritten() -> str:
    return next((fault for _, faults in rebuilding.parts() for fault in faults), "")
