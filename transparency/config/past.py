"""Refuses to serve a database that is older than what the public log shows: choices made since would be undone.

Nor one in which an edition was rewritten: members would read what nobody published.

Nor is anything served by a clock that is behind the log: what has ended would count again.
"""

from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, connection
from django.utils import timezone

from transparency.consent import archive
from transparency.ledger import clock
from transparency.ledger import queries as ledger
from transparency.register import rebuilding


def refuse_to_serve_the_past() -> None:
    """Raise ``ImproperlyConfigured`` where the log knows of more than the database holds, or of a later time than we.

    Where the database doesn't answer yet, nothing can be served from it; health asks again before visitors come.
    """
    now = timezone.now()
    try:
        behind = archive.contradiction() or ledger.contradiction()
        contradiction = behind or clock.fault(now) or next(rebuilding.at_start(now), "")
    except DatabaseError:
        contradiction = ""
    finally:
        connection.close()
    if contradiction:
        raise ImproperlyConfigured(contradiction)
