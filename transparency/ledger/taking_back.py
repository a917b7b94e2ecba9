"""Entries that a database lost when it was restored from an older backup come back from the log's public files."""

import json
from collections.abc import Iterator, Sequence
from datetime import datetime

from django.db import connection, transaction

from transparency.ledger import queries, sealing
from transparency.ledger.actions import LOCK
from transparency.ledger.models import Entry
from transparency.ledger.sealing import RolledBack
from transparency.ledger.tiles import WIDTH, entries_path, unbundle

NOT_THERE = (
    "Entries {first} to {last} of the log are lost with the database, and {folder}/{path} does not hold them. Bring the"
    " folder “public” back, from a copy or from anybody who keeps the log’s files."
)
WENT_ON = (
    "The database holds another {kind} {subject} than the log: it went on since it was restored. Restore the backup"
    " once more, and start nothing before its choices are replayed."
)
NOT_SIGNED = "With the entries that the public files hold, the log is not the one that was signed: nothing was changed."


@transaction.atomic
def take_back(*, at: datetime) -> list[Entry]:
    """Enter again, each at its place, what was signed and has no place in this database; return it in order.

    What waits here and was sealed there gets its place. Raises ``RolledBack``, and changes nothing, where it can't.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
    signed, here = sealing.last_signed(queries.signer_record()), queries.numbered()
    if signed is None or signed.size <= here:
        return []
    entries = [_entered(body.decode(), at) for body in _published(here, signed.size)]
    _place(entries)
    if not queries.holds(signed):
        raise RolledBack(NOT_SIGNED)
    return entries


def _published(start: int, size: int) -> Iterator[bytes]:
    """What stands in the public files at the places from ``start`` on, in the log of ``size`` entries."""
    for tile in range(start // WIDTH, (size + WIDTH - 1) // WIDTH):
        path = entries_path(tile, width := min(WIDTH, size - tile * WIDTH))
        try:
            found = unbundle(queries.published().read(path))
        except (OSError, ValueError):
            found = []
        if len(found) != width:
            said = {"first": start, "last": size - 1, "folder": queries.published().folder, "path": path}
            raise RolledBack(NOT_THERE.format(**said))
        yield from found[max(start - tile * WIDTH, 0) :]


def _entered(body: str, at: datetime) -> Entry:
    facts = json.loads(body)
    known = queries.entry(facts["kind"], facts["subject"])
    if known is not None and known.body != body:
        raise RolledBack(WENT_ON.format(kind=known.kind, subject=known.subject))
    return known or Entry.objects.create(kind=facts["kind"], subject=facts["subject"], body=body, recorded_at=at)


def _place(entries: Sequence[Entry]) -> None:
    """Give them places in this order. A trigger gives them, to those that are taken together by the order of ids."""
    with connection.cursor() as cursor:
        for together in _ascending([entry.pk for entry in entries]):
            cursor.execute("DELETE FROM ledger_waiting WHERE entry_id = ANY(%s)", [together])


def _ascending(ids: Sequence[int]) -> Iterator[list[int]]:
    """The same, in as few pieces as there can be in which each is larger than the one before it."""
    piece: list[int] = []
    for one in ids:
        if piece and one < piece[-1]:
            yield piece
            piece = []
        piece.append(one)
    if piece:
        yield piece
