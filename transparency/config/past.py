"""Refuses to serve a database that is older than what the public log shows: choices made since would be undone."""

from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, connection

from transparency.ledger import queries as ledger


def refuse_to_serve_the_past() -> None:
    """Raise ``ImproperlyConfigured`` where the log knows of more than the database holds.

    Where the database doesn't answer yet, nothing can be served from it; health asks again before visitors come.
    """
    try:
        contradiction = ledger.contradiction()
    except DatabaseError:
        contradiction = ""
    finally:
        connection.close()
    if contradiction:
        raise ImproperlyConfigured(contradiction)
