"""One reading of one source, from the wish to the merged graph.

A refresh is claimed by a conditional update and commits only while its claim still stands, so a runner that was paused
past its lease, or a task delivered twice, changes nothing.
"""

import gc
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.db.models.functions import Coalesce
from django.utils import timezone

from transparency.accounts.actions import record
from transparency.accounts.agreeing import require_agreement
from transparency.accounts.models import User
from transparency.accounts.policies import require
from transparency.catalog import turns
from transparency.catalog.connectors.base import Connector, Progress, SeenFault, Snapshot, SourceUnreadable
from transparency.catalog.intake import mark_applied
from transparency.catalog.merge import Size, cliff, merge, size
from transparency.catalog.models import Refresh, Source, SourceFault
from transparency.catalog.vanished import SHRUNK, vanished

SILENCE = timedelta(minutes=5)
LOST = timedelta(minutes=10)  # longer than any pause between two attempts
ATTEMPTS = 4
KEPT_FAULTS = 1_000
BETWEEN_REPORTS = 0.5  # seconds
State = Refresh.State
TOLD_DOUBTS = 5
WAITS = (
    "Nothing was changed. If this is right, accept it. If the catalog can't be trusted now, do nothing: as soon as it "
    "is read without a doubt again, that counts."
)
STOPPED = "The worker stopped before it was done. The last good graph stands."
UNFORESEEN = "Something unforeseen went wrong; the log says what. The last good graph stands."


class AlreadyRunning(Exception):  # noqa: N818 - a situation, not a fault
    """The source is being refreshed already; the other one stands."""


class Retired(Exception):  # noqa: N818 - a situation, not a fault
    """The source is read no more, for good."""


class NotHeld(Exception):  # noqa: N818 - a situation, not a fault
    """There is nothing to accept: the refresh is not held, or a newer one has overtaken it."""


def request_refresh(*, by: User | None, source: Source) -> Refresh:
    """Queue a refresh. ``by`` is ``None`` for the timetable. Raises ``AlreadyRunning``; ``Retired`` to people."""
    if by is not None:
        require(by, "source.refresh")
        refuse_retired(source)
    try:
        with transaction.atomic():
            refresh = Refresh.objects.create(source=source)
            if by is not None:
                record(by=by, verb="source.refresh", subject_kind="source", subject=source.slug)
    except IntegrityError:
        raise AlreadyRunning(f"{source.name} is being refreshed already.") from None
    return refresh


def refuse_retired(source: Source) -> None:
    if Source.objects.filter(pk=source.pk).exclude(retired_at=None).exists():
        raise Retired(f"{source.name} is retired: it is read no more.")


def release_lost_claims(*, at: datetime) -> int:
    """Fail every running refresh whose worker has been silent for too long, so that the next one can start.

    A sign of life from the future is none: the clock was set back since.
    """
    silent = Q(heartbeat_at__lt=at - SILENCE) | Q(heartbeat_at__gt=at + SILENCE)
    lost = Refresh.objects.filter(silent, state=State.RUNNING)
    return lost.update(state=State.FAILED, finished_at=at, error=STOPPED)


def ring_again(*, at: datetime) -> list[int]:
    """Refreshes that wait although a worker should long have taken them: their message was lost. Returns their keys.

    Each is named once in ``LOST``, however often this is asked.
    """
    waiting = Refresh.objects.annotate(heard_at=Coalesce("heartbeat_at", "queued_at"))
    silent = Q(heard_at__lt=at - LOST) | Q(heard_at__gt=at + LOST)
    lost = list(waiting.filter(silent, state=State.QUEUED).values_list("pk", flat=True))
    Refresh.objects.filter(pk__in=lost, state=State.QUEUED).update(heartbeat_at=at)
    return lost


def refresh(*, refresh_id: int, connector_for: Callable[[Source], Connector]) -> Refresh | None:
    """Read and merge. Returns the refresh, or ``None`` where it wasn't there to be claimed.

    Raises ``SourceUnreadable`` again where it is worth another try; the refresh is then queued anew.
    """
    claimed = Refresh.objects.filter(pk=refresh_id, state=State.QUEUED)
    now = timezone.now()
    if not claimed.update(state=State.RUNNING, started_at=now, heartbeat_at=now, phase="reading"):
        return None
    mine = Refresh.objects.select_related("source", "accepts").get(pk=refresh_id)
    try:
        with _no_searching_for_rings():
            _commit(mine, _read(mine, connector_for))
    except SourceUnreadable as unreadable:
        _give_up_or_retry(mine, unreadable)
    except Exception:
        _finish(mine, State.FAILED, error=UNFORESEEN)
        raise
    return mine


def _read(mine: Refresh, connector_for: Callable[[Source], Connector]) -> Snapshot:
    """All that the source tells; nothing, once it is retired."""
    return Snapshot() if mine.source.retired_at else connector_for(mine.source).read(reporter(mine.pk))


@contextmanager
def _no_searching_for_rings() -> Iterator[None]:
    """A graph of millions of small values holds none, and looking through all of them again and again takes as long
    as reading them."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def reporter(refresh_id: int) -> Progress:
    """Writes progress and heartbeat at most twice a second, outside of the merging transaction."""
    last = 0.0

    def report(phase: str, done: int, total: int | None) -> None:
        nonlocal last
        if time.monotonic() - last < BETWEEN_REPORTS:
            return
        last = time.monotonic()
        running = Refresh.objects.filter(pk=refresh_id, state=State.RUNNING)
        running.update(phase=phase[:40], done=done, total=total, heartbeat_at=timezone.now())

    return report


@transaction.atomic
def _commit(mine: Refresh, snapshot: Snapshot) -> None:
    source = Source.objects.select_for_update().get(pk=mine.source_id)
    if not Refresh.objects.select_for_update().filter(pk=mine.pk, state=State.RUNNING).exists():
        return  # Somebody else took over: what we read may be older than what they merged.
    turns.merging()
    now = timezone.now()
    if source.retired_at:
        snapshot = Snapshot()
        source.events.filter(applied_at=None).update(applied_at=now)
    _store_faults(source, snapshot)
    found: dict[str, Any] = {"assets": len(snapshot.assets), "flows": len(snapshot.flows)}
    doubts = [*snapshot.doubts, *vanished(source, snapshot)]
    found |= {"complete": snapshot.complete, "doubts": sorted({doubt.code for doubt in doubts})}
    if doubt := _doubt(mine, source, snapshot, doubts):
        _finish(mine, State.HELD, error=doubt, summary=found)
        return
    merged = merge(source, snapshot, now)
    if snapshot.applied:
        mark_applied(source, snapshot.applied, now)
    source.last_good_at = now
    source.version += merged.anything
    source.cursor = snapshot.cursor
    if not snapshot.leaves_known:
        source.last_whole_at = now
    source.save(update_fields=("last_good_at", "last_whole_at", "version", "cursor"))
    if snapshot.leaves_known:
        found |= vars(size(source))
    _finish(mine, State.SUCCEEDED, summary=vars(merged) | found | {"faults": len(snapshot.faults)})


def _doubt(mine: Refresh, source: Source, snapshot: Snapshot, doubts: list[SeenFault]) -> str:
    """Why nothing may be merged before a person has looked: a sentence, or nothing.

    A person who accepted a refresh accepted what was doubtful about it, and no other doubt.
    """
    if source.retired_at:
        return ""
    accepted = set(mine.accepts.summary.get("doubts", ())) if mine.accepts else set()
    fallen = cliff(_expected(mine, source), snapshot)  # says of the whole what would be said of each place
    left = [doubt.message for doubt in doubts if doubt.code not in accepted and not (fallen and doubt.code == SHRUNK)]
    return " ".join((*left[:TOLD_DOUBTS], WAITS)) if left else fallen


def _expected(mine: Refresh, source: Source) -> Size:
    """How much it should find: what there is, or what a person said is enough."""
    accepted = mine.accepts.summary if mine.accepts else {}
    return Size(accepted["assets"], accepted["flows"]) if accepted else size(source)


@transaction.atomic
def accept_held_refresh(*, by: User, refresh: Refresh, agreed_by: User | None = None) -> Refresh:
    """Say that a much smaller catalog is right: queue a refresh that expects no more than the held one found.

    Nobody says so alone: what was seen no more would count no more. Raises as ``agreeing.require_agreement`` does;
    ``NotHeld`` unless it ``waits_for_people``; ``AlreadyRunning`` as a refresh does.
    """
    require(by, "source.refresh")
    if not waits_for_people(refresh):
        raise NotHeld("This refresh is not held any more: look at the newest one.")
    require_agreement(by, agreed_by, None, timezone.now(), "source.refresh")
    fresh = request_refresh(by=by, source=refresh.source)
    Refresh.objects.filter(pk=fresh.pk).update(accepts=refresh)
    record(by=by, verb="source.accept_held", subject_kind="source", subject=refresh.source.slug, after=refresh.summary)
    return fresh


def waits_for_people(refresh: Refresh) -> bool:
    """Whether it is held, and no newer one has overtaken it: by being read well, or by being in doubt otherwise.

    One that is held for the same reasons again leaves it standing; whoever must agree would else never be quick enough.
    """
    newer = refresh.source.refreshes.filter(pk__gt=refresh.pk).exclude(state=State.FAILED)
    ended = newer.exclude(state__in=(State.QUEUED, State.RUNNING)).values_list("state", "summary__doubts")
    same = (State.HELD.value, refresh.summary.get("doubts"))
    return refresh.state == State.HELD and all(one == same for one in ended)


def _store_faults(source: Source, snapshot: Snapshot) -> None:
    source.faults.filter(refused=False).delete()
    rows = snapshot.faults[:KEPT_FAULTS]
    SourceFault.objects.bulk_create(
        SourceFault(source=source, code=f.code[:40], pointer=f.pointer[:600], message=f.message[:1000]) for f in rows
    )


def _give_up_or_retry(mine: Refresh, unreadable: SourceUnreadable) -> None:
    attempts = mine.attempts + 1
    if not unreadable.retryable or attempts >= ATTEMPTS:
        _finish(mine, State.FAILED, error=unreadable.message, attempts=attempts)
        return
    Refresh.objects.filter(pk=mine.pk, state=State.RUNNING).update(
        state=State.QUEUED, attempts=attempts, phase="waiting to try again", error=unreadable.message
    )
    raise unreadable


def _finish(mine: Refresh, state: Refresh.State, **fields: object) -> None:
    values = {"state": state, "finished_at": timezone.now(), "phase": "", "error": "", **fields}
    Refresh.objects.filter(pk=mine.pk, state=State.RUNNING).update(**values)
    mine.refresh_from_db()
