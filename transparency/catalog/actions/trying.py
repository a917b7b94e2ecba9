"""Trying a source before it counts: is it reachable, how much is there, and what would a refresh change.

What a refresh would change is found by doing it, observations and all, in a transaction that is then undone. Until it
is, other merges and recomputations wait.
"""

import time
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from transparency.accounts.actions import record
from transparency.accounts.models import User
from transparency.accounts.policies import require
from transparency.catalog import queries, turns
from transparency.catalog.actions.recomputing import recompute
from transparency.catalog.actions.refreshing import refuse_retired
from transparency.catalog.connectors.base import Connector, Found, Progress, Snapshot, SourceUnreadable
from transparency.catalog.merge import cliff, merge, size
from transparency.catalog.models import Asset, Observation, Source, Tryout
from transparency.catalog.vanished import vanished

SILENCE = timedelta(minutes=5)
BETWEEN_REPORTS = 0.5  # seconds
SHOWN = 100  # of each kind of change
UNFORESEEN = "Something unforeseen went wrong; the log says what. Nothing was changed."
State = Tryout.State
Standing = dict[tuple[str, str, str], Observation]


class StillRunning(Exception):  # noqa: N818 - a situation, not a fault
    """The source is being tried already."""


@transaction.atomic
def ask_to_try(*, by: User, source: Source, kind: str, at: datetime) -> Tryout:
    """Queue a tryout. Raises ``StillRunning`` where one of that kind gave a sign of life a moment ago, ``Retired``."""
    require(by, "source.refresh")
    Source.objects.select_for_update().get(pk=source.pk)
    refuse_retired(source)
    standing = source.tryouts.filter(kind=kind, state__in=(State.QUEUED, State.RUNNING)).first()
    if standing and (standing.heartbeat_at or standing.asked_at) > at - SILENCE:
        raise StillRunning(f"{source.name} is being tried already.")
    fresh = {"state": State.QUEUED, "asked_at": at, "heartbeat_at": None, "finished_at": None}
    empty = {"phase": "", "found": {}, "error": ""}
    asked, _ = Tryout.objects.update_or_create(source=source, kind=kind, defaults=fresh | empty)
    record(by=by, verb="source.try", subject_kind="source", subject=source.slug, after={"kind": kind})
    return asked


def give_up_trying(*, tryout: Tryout, because: str) -> None:
    """End a tryout that no worker will hear of, and say why: a sentence."""
    waiting = Tryout.objects.filter(pk=tryout.pk, asked_at=tryout.asked_at, state=State.QUEUED)
    waiting.update(state=State.FAILED, error=because, finished_at=timezone.now())


def try_source(*, tryout_id: int, asked_at: datetime, connector_for: Callable[[Source], Connector]) -> None:
    """Try it, unless somebody else does, or it was asked for anew."""
    mine = Tryout.objects.filter(pk=tryout_id, asked_at=asked_at)
    if not mine.filter(state=State.QUEUED).update(state=State.RUNNING, heartbeat_at=timezone.now()):
        return
    tryout, began = mine.select_related("source").get(), time.monotonic()
    ended: dict[str, object] = {"state": State.FAILED, "error": UNFORESEEN}
    try:
        found = _found(tryout, connector_for)
        ended = {"state": State.DONE, "found": found | {"seconds": round(time.monotonic() - began, 1)}}
    except SourceUnreadable as unreadable:
        ended["error"] = unreadable.message
    finally:
        mine.filter(state=State.RUNNING).update(finished_at=timezone.now(), phase="", **ended)


def _found(tryout: Tryout, connector_for: Callable[[Source], Connector]) -> dict[str, Any]:
    if tryout.kind == Tryout.Kind.RETIREMENT:
        return _changes(tryout, Snapshot())
    connector, progress = connector_for(tryout.source), _reporter(tryout)
    if tryout.kind == Tryout.Kind.CONNECTION:
        return _look(connector, progress)
    snapshot = connector.read(progress)
    _running(tryout).update(phase="Working out what would change", heartbeat_at=timezone.now())
    return _changes(tryout, snapshot)


def _running(tryout: Tryout) -> QuerySet[Tryout]:
    return Tryout.objects.filter(pk=tryout.pk, asked_at=tryout.asked_at, state=State.RUNNING)


def _reporter(tryout: Tryout) -> Progress:
    last = 0.0

    def report(phase: str, done: int, total: int | None) -> None:
        nonlocal last
        if time.monotonic() - last >= BETWEEN_REPORTS:
            last = time.monotonic()
            _running(tryout).update(phase=f"{phase}: {done:,}"[:40], heartbeat_at=timezone.now())

    return report


def _look(connector: Connector, progress: Progress) -> dict[str, Any]:
    """How much there is: as the catalog says, else by reading all of it."""
    look: Callable[[Progress], Found] | None = getattr(connector, "look", None)
    if look:
        return vars(look(progress))
    read = connector.read(progress)
    tags = {tag for asset in read.assets for tag in asset.tags}
    return {"assets": len(read.assets) - _columns(read), "tags": len(tags), "says": ""}


def _columns(snapshot: Snapshot) -> int:
    """How many of its assets are columns: catalogs that are asked how much there is don't count them."""
    return sum(asset.kind == Asset.Kind.COLUMN for asset in snapshot.assets)


def _changes(tryout: Tryout, snapshot: Snapshot) -> dict[str, Any]:
    told = {"assets": len(snapshot.assets), "columns": _columns(snapshot)}
    told |= {"flows": len(snapshot.flows), "faults": len(snapshot.faults)}
    with transaction.atomic():
        found = _rehearse(Source.objects.select_for_update().get(pk=tryout.source_id), snapshot)
        transaction.set_rollback(True)
    return told | found


def _rehearse(source: Source, snapshot: Snapshot) -> dict[str, Any]:
    """Merge and observe, as a refresh would. The caller undoes it."""
    turns.recomputing()
    now = timezone.now()
    recompute(at=now)
    told = [doubt.message for doubt in (*snapshot.doubts, *vanished(source, snapshot))]
    doubts = told or list(filter(None, [cliff(size(source), snapshot)]))
    before = _standing()
    merged = merge(source, snapshot, now)
    source.last_good_at, source.version = now, source.version + 1
    source.save(update_fields=("last_good_at", "version"))
    recompute(at=now)
    return {"doubts": doubts, "merged": vars(merged)} | _differences(before, _standing())


def _standing() -> Standing:
    """What counts and is seen now."""
    return {(one.category, one.feature, one.stage): one for one in queries.counting() if one.seen}


def _differences(before: Standing, after: Standing) -> dict[str, Any]:
    """Which observations would begin, end, or be seen on another way; the first of each, and how many."""
    ended = Observation.objects.filter(seen=False, direct=True)
    why = {(one.category, one.feature, one.stage): one.ended_because for one in ended}
    both = before.keys() & after.keys()
    return {
        "new": _told(after.keys() - before.keys(), why),
        "ended": _told(before.keys() - after.keys(), why),
        "other_way": _told((name for name in both if _way(before[name]) != _way(after[name])), why),
        "same": sum(_way(before[name]) == _way(after[name]) for name in both),
    }


def _told(names: Iterable[tuple[str, str, str]], why: dict[tuple[str, str, str], str]) -> dict[str, Any]:
    found = sorted(names)
    rows = [{"category": c, "feature": f, "stage": s, "because": why.get((c, f, s), "")} for c, f, s in found[:SHOWN]]
    return {"count": len(found), "first": rows}


def _way(observation: Observation) -> list[str]:
    return [str(step["key"]) for step in observation.path]
