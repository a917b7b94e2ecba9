"""Posted events: stored at once and durably, applied to the graph later by a worker."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import psycopg
from django.db import connection
from django.utils import timezone

from transparency.catalog import limits
from transparency.catalog.connectors.base import Applied, BadEvent
from transparency.catalog.connectors.openlineage_kept import FORM
from transparency.catalog.connectors.openlineage_parsing import stamps
from transparency.catalog.models import Folded, LineageEvent, Source, SourceFault

_STORE = """
    INSERT INTO catalog_lineageevent (source_id, received_at, digest, event_time, body)
    SELECT %s, %s, * FROM unnest(%b::bytea[], %b::timestamptz[], %b::text[])
    ON CONFLICT DO NOTHING
"""
_FORGET_OLD_FAULTS = """
    DELETE FROM catalog_sourcefault WHERE source_id = %s AND refused AND id <= (
        SELECT id FROM catalog_sourcefault WHERE source_id = %s AND refused ORDER BY id DESC OFFSET %s LIMIT 1
    )
"""
_APPLIED = "UPDATE catalog_lineageevent SET applied_at = %s WHERE id = ANY(%s)"
_FORGET_APPLIED = """
    DELETE FROM catalog_lineageevent WHERE id IN (
        SELECT e.id FROM catalog_lineageevent e JOIN catalog_folded f USING (source_id)
        WHERE e.applied_at < %s AND f.form = %s LIMIT %s
    )
"""
_AT_A_TIME = 10_000


@dataclass(frozen=True)
class StoredEvents:
    """How many events are new, and how many were here already."""

    stored: int
    duplicates: int


def store_events(*, source: Source, bodies: Sequence[bytes]) -> StoredEvents:
    """Keep the events, all of them or none. Raises ``BadEvent``; its pointer begins with the event's number."""
    at = timezone.now()
    rows = [(digest, moment, body) for (moment, digest), body in zip(_checked(bodies, at), bodies, strict=True)]
    old = sum(moment < at - timedelta(days=limits.OLD_DAYS) for _, moment, _ in rows)
    # In the order of their digests, so that two batches with the same events wait for each other, not both.
    stored = _insert(source, at, sorted(rows)) if rows else 0
    if old:
        who = "One event is" if old == 1 else f"{old:,} events are"
        record_fault(source, "time.old", "", f"{who} older than {limits.OLD_DAYS} days; all were taken.")
    return StoredEvents(stored, len(bodies) - stored)


def record_fault(source: Source, code: str, pointer: str, message: str) -> None:
    """Add to the source's list of faults, which keeps the newest."""
    SourceFault.objects.create(
        source=source, refused=True, code=code[:40], pointer=pointer[:600], message=message[:1000]
    )
    with connection.cursor() as cursor:
        cursor.execute(_FORGET_OLD_FAULTS, [source.pk, source.pk, limits.FAULTS])


def mark_applied(source: Source, applied: Applied, at: datetime) -> None:
    """Keep what the events show and note that they were applied. The caller holds the transaction of the merge."""
    with connection.cursor() as cursor:
        cursor.execute(_APPLIED, [at, applied.events])
    now = {"form": FORM, "state": applied.kept, "at": at}
    Folded.objects.update_or_create(source=source, defaults=now)


def forget_applied_events(*, at: datetime, days: int) -> int:
    """Delete the texts of events that were applied more than ``days`` ago; returns how many.

    What they showed is kept, and the graph rests on that alone. Nothing is deleted where it isn't.
    """
    before, forgotten = at - timedelta(days=days), 0
    with connection.cursor() as cursor:
        while True:
            cursor.execute(_FORGET_APPLIED, [before, FORM, _AT_A_TIME])
            forgotten += int(cursor.rowcount)
            if cursor.rowcount < _AT_A_TIME:
                return forgotten


def is_behind(source: Source) -> bool:
    """Whether so many events wait to be applied that the sender should pause."""
    waiting = LineageEvent.objects.filter(source=source, applied_at=None)
    return waiting.order_by("id").values("id")[limits.BACKLOG : limits.BACKLOG + 1].exists()


def _checked(bodies: Sequence[bytes], at: datetime) -> Iterator[tuple[datetime, bytes]]:
    latest = at + timedelta(minutes=limits.AHEAD_MINUTES)
    for number, (moment, digest) in enumerate(stamps(bodies)):
        if moment > latest:
            message = f"The event says that it happens more than {limits.AHEAD_MINUTES} minutes from now."
            raise BadEvent(f"/{number}/eventTime", "time.ahead", message)
        yield moment, digest


def _insert(source: Source, at: datetime, rows: list[tuple[bytes, datetime, bytes]]) -> int:
    digests, times, bodies = zip(*rows, strict=True)
    texts = [body.decode() for body in bodies]
    connection.ensure_connection()
    # Not Django's cursor: it writes lists into the statement as quoted text, which costs more than all the rest.
    with psycopg.Cursor(connection.connection) as cursor:
        cursor.execute(_STORE, [source.pk, at, list(digests), list(times), texts])
        return int(cursor.rowcount)
