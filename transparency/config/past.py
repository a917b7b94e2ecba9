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

REWRITTEN = (
    "Edition {number} is not the one that was published: its text or its entry in the log was changed in the database."
    " Restore it from a backup. “manage.py rebuild_published” says what differs."
)
DAMAGED = (
    "Public files of the log in {folder} are not those that were signed. “manage.py ledger_files” writes them anew from"
    " the database, and refuses where it was the database that was changed."
)


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
    number = next(rebuilding.rewritten(), None)
    if number is None:
        return ""
    entry = ledger.entry("edition", str(number))
    if entry is not None and not ledger.files_hold(entry):
        return DAMAGED.format(folder=ledger.published().folder)
    return REWRITTEN.format(number=number)
