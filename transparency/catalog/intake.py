"""Posted events: stored at once and durably, applied to the graph later by a worker."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection
from django.utils import timezone

from transparency.catalog import limits
from transparency.catalog.connectors.base import BadEvent, SeenFault, Snapshot
from transparency.catalog.connectors.openlineage import Event, Fold, parse_event
from transparency.catalog.models import LineageEvent, Source, SourceFault

_STORE = """
    INSERT INTO catalog_lineageevent (source_id, received_at, digest, event_time, run, body)
    SELECT %s, %s, * FROM unnest(%s::bytea[], %s::timestamptz[], %s::bigint[], %s::text[])
    ON CONFLICT DO NOTHING
"""
_FORGET_OLD_FAULTS = """
    DELETE FROM catalog_sourcefault WHERE source_id = %s AND id <= (
        SELECT id FROM catalog_sourcefault WHERE source_id = %s ORDER BY id DESC OFFSET %s LIMIT 1
    )
"""


@dataclass(frozen=True)
class StoredEvents:
    """How many events are new, and how many were here already."""

    stored: int
    duplicates: int


@dataclass(frozen=True)
class Batch:
    """Events that wait to be applied, by id, and what they show."""

    ids: list[int]
    snapshot: Snapshot


def store_events(*, source: Source, bodies: Sequence[bytes]) -> StoredEvents:
    """Keep the events, all of them or none. Raises ``BadEvent``; its pointer begins with the event's number."""
    at = timezone.now()
    events = [_checked(number, body, at) for number, body in enumerate(bodies)]
    # In the order of their digests, so that two batches with the same events wait for each other, not both.
    rows = sorted((event.digest, event.at, run_number(event), body) for event, body in zip(events, bodies, strict=True))
    stored = _insert(source, at, rows) if rows else 0
    old = sum(event.at < at - timedelta(days=limits.OLD_DAYS) for event in events)
    if old:
        record_fault(source, "time.old", "", f"{old} events are older than {limits.OLD_DAYS} days; they were taken.")
    return StoredEvents(stored, len(bodies) - stored)


def record_fault(source: Source, code: str, pointer: str, message: str) -> None:
    """Add to the source's list of faults, which keeps the newest."""
    SourceFault.objects.create(source=source, code=code[:40], pointer=pointer[:600], message=message[:1000])
    with connection.cursor() as cursor:
        cursor.execute(_FORGET_OLD_FAULTS, [source.pk, source.pk, limits.FAULTS])


def is_behind(source: Source) -> bool:
    """Whether so many events wait to be applied that the sender should pause."""
    waiting = LineageEvent.objects.filter(source=source, applied_at=None)
    return waiting.order_by("id").values("id")[limits.BACKLOG : limits.BACKLOG + 1].exists()


def next_batch(source_id: int, size: int = 5_000) -> Batch:
    """The next events to apply. Those that belong to runs seen before are folded together with their earlier part."""
    waiting = list(LineageEvent.objects.filter(source=source_id, applied_at=None).order_by("id")[:size])
    ids = [row.pk for row in waiting]
    runs = {row.run for row in waiting if row.run is not None}
    earlier = LineageEvent.objects.filter(source=source_id, run__in=runs).exclude(pk__in=ids).order_by("-id")[:size]
    return Batch(ids, snapshot_of([*waiting, *earlier]))


def snapshot_of(rows: Sequence[LineageEvent]) -> Snapshot:
    """What stored events show together."""
    folding = Fold()
    for row in rows:
        try:
            folding.add(parse_event(row.body))
        except BadEvent as bad:  # the limits were lower when it was stored
            folding.faults.add(SeenFault(bad.code, bad.pointer, bad.message))
    return folding.snapshot()


def run_number(event: Event) -> int | None:
    """A number to find the other events of the same run by; a few runs may share one, which does no harm."""
    if event.body.run is None:
        return None
    digest = hashlib.blake2b(event.body.run.run_id.encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)


def _checked(number: int, body: bytes, at: datetime) -> Event:
    try:
        event = parse_event(body)
    except BadEvent as bad:
        raise BadEvent(f"/{number}{bad.pointer}", bad.code, bad.message) from bad
    if event.at > at + timedelta(minutes=limits.AHEAD_MINUTES):
        message = f"The event says that it happens more than {limits.AHEAD_MINUTES} minutes from now."
        raise BadEvent(f"/{number}/eventTime", "time.ahead", message)
    return event


def _insert(source: Source, at: datetime, rows: list[tuple[bytes, datetime, int | None, bytes]]) -> int:
    digests, times, runs, bodies = zip(*rows, strict=True)
    texts = [body.decode() for body in bodies]
    with connection.cursor() as cursor:
        cursor.execute(_STORE, [source.pk, at, list(digests), list(times), list(runs), texts])
        return int(cursor.rowcount)
