"""Refuses to serve a database that is older than what the public log shows: choices made since would be undone.

Nor is anything served by a clock that is behind the log: what has ended would count again.
"""

from datetime import datetime, timedelta

from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, connection
from django.utils import timezone

from transparency.ledger import queries as ledger

FORGIVEN = timedelta(minutes=5)
BEHIND = (
    "This machine's clock says {now:%Y-%m-%d %H:%M} UTC, but the log was sealed at {sealed:%Y-%m-%d %H:%M}. Set it."
)


def refuse_to_serve_the_past() -> None:
    """Raise ``ImproperlyConfigured`` where the log knows of more than the database holds, or of a later time than we.

    Where the database doesn't answer yet, nothing can be served from it; health asks again before visitors come.
    """
    try:
        contradiction = ledger.contradiction() or _behind(timezone.now())
    except DatabaseError:
        contradiction = ""
    finally:
        connection.close()
    if contradiction:
        raise ImproperlyConfigured(contradiction)


def _behind(now: datetime) -> str:
    """What is wrong with the clock, and what to do; empty where nothing is."""
    newest = ledger.newest()
    if newest is None or now >= newest.sealed_at - FORGIVEN:
        return ""
    return BEHIND.format(now=now, sealed=newest.sealed_at)
