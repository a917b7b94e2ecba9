"""Long lists, from the wish to the file. A try is claimed, and counts only while its claim stands.

The file is written under a new name, and only then is the row told of it: a worker that is killed, a full disk, or two
workers at once leave every list that was ready as it was.
"""

import logging
import tempfile
import time
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import IO

from django.core.files import File
from django.core.files.storage import Storage, storages
from django.db.models import Q, QuerySet
from django.utils import timezone

from transparency.enforcement.forms import measured, write
from transparency.enforcement.models import KeptList, Pipeline
from transparency.enforcement.storing import in_words
from transparency.enforcement.suppressions import Wanted, whole
from transparency.failpoints import failpoint

log = logging.getLogger(__name__)

State = KeptList.State
SILENCE = timedelta(minutes=2)
"""After which a worker that makes a list counts as lost."""
TRIES = 3
KEPT_FAILED = timedelta(days=1)
BETWEEN_REPORTS = 0.5  # seconds
NOT_MADE = "It could not be made; the log says why."
NOT_KEPT = "It was made, and could not be put where lists are kept; the site’s log says why."
UNDER_WAY = Q(state__in=(State.QUEUED, State.BUILDING))


class NotStored(Exception):  # noqa: N818 - says what became of it
    """The folder or bucket did not take a list; the message says why."""


def store() -> Storage:
    """Where lists are kept: a folder, or a bucket."""
    return storages["suppressions"]


def order_list(*, pipeline: Pipeline, wanted: Wanted, form: str, at: datetime) -> tuple[KeptList, bool]:
    """Have a list made by a worker. Returns its row, and whether it is a new one: otherwise it is under way already."""
    what = {
        "pipeline": pipeline,
        "feature": wanted.feature,
        "stage": wanted.stage,
        "categories": list(wanted.categories or ()),
        "form": form,
    }
    new = KeptList(**what, asked_at=at, heard_at=at)
    KeptList.objects.bulk_create([new], ignore_conflicts=True)
    row = KeptList.objects.filter(UNDER_WAY, **what).first()
    if row is None:  # made between the two statements
        row = KeptList.objects.filter(**what).latest("id")
    return row, row.reference == new.reference


def make_list(*, list_id: int) -> KeptList | None:
    """Make the list and keep its file. Returns its row, or ``None`` where it wasn't there to be claimed.

    Raises whatever went wrong, once the row says that it failed.
    """
    claim, now = uuid.uuid4(), timezone.now()
    waiting = KeptList.objects.filter(pk=list_id, state=State.QUEUED, tries__lt=TRIES)
    if not waiting.update(state=State.BUILDING, claim=claim, file=claim.hex, heard_at=now):
        return None
    mine = KeptList.objects.select_related("pipeline").get(pk=list_id)
    try:
        _make(mine)
    except Exception as fault:
        _give_up(mine, NOT_KEPT if isinstance(fault, NotStored) else NOT_MADE)
        raise
    return mine


def _give_up(mine: KeptList, words: str) -> None:
    """The list failed; unless it was ready already, and what went wrong is that nobody heard it."""
    _mine(mine).update(state=State.FAILED, file="", error=words, heard_at=timezone.now())
    if not KeptList.objects.filter(pk=mine.pk, state=State.READY, claim=mine.claim).exists():
        forget_file(mine.file)


def _make(mine: KeptList) -> None:
    categories = tuple(mine.categories) or None
    listing = whole(mine.pipeline, Wanted(mine.feature, mine.stage, categories))
    _mine(mine).update(total=len(listing.rows), done=0, heard_at=timezone.now())
    with tempfile.TemporaryFile() as file:
        with failpoint("list.write"):
            write(mine.form, file, listing, _reporter(mine))
        size, sha256 = measured(file)
        with failpoint("list.save"):
            name = _stored(mine.file, file)
    ready = {
        "state": State.READY,
        "done": len(listing.rows),
        "header": listing.header.to_json().decode(),
        "file": name,
        "size": size,
        "sha256": sha256.hex(),
        "expires_at": listing.header.expires,
        "heard_at": timezone.now(),
    }
    with failpoint("list.ready"):
        is_mine = _mine(mine).update(**ready)
    if not is_mine:
        forget_file(name)  # somebody else took over: ours may be older than theirs
    mine.refresh_from_db()


def _stored(name: str, file: IO[bytes]) -> str:
    try:
        return store().save(name, File(file))
    except Exception as fault:  # whatever a storage raises: S3 has its own errors
        raise NotStored(f"No list can be kept where SUPPRESSIONS_STORAGE says. {in_words(fault)}") from fault


def _mine(mine: KeptList) -> QuerySet[KeptList]:
    return KeptList.objects.filter(pk=mine.pk, state=State.BUILDING, claim=mine.claim)


def _reporter(mine: KeptList) -> Callable[[int], None]:
    """Writes progress down, at most twice a second."""
    last, done = 0.0, 0

    def report(more: int) -> None:
        nonlocal last, done
        done += more
        if time.monotonic() - last >= BETWEEN_REPORTS:
            last = time.monotonic()
            _mine(mine).update(done=done, heard_at=timezone.now())

    return report


def release_lost_lists(*, at: datetime) -> list[int]:
    """Queue again what a lost worker was making, and what nobody took; returns the keys of all that must be rung for.

    After ``TRIES`` it has failed.
    """
    lost = KeptList.objects.filter(UNDER_WAY, heard_at__lt=at - SILENCE)
    for row in lost:
        still = KeptList.objects.filter(pk=row.pk, state=row.state, claim=row.claim, heard_at=row.heard_at)
        tries = row.tries + (row.state == State.BUILDING)
        state = State.QUEUED if tries < TRIES else State.FAILED
        error = "" if state == State.QUEUED else "The workers that made it were lost, one after the other."
        if still.update(state=state, claim=None, file="", tries=tries, heard_at=at, error=error):
            forget_file(row.file)
    return list(KeptList.objects.filter(state=State.QUEUED, heard_at=at).values_list("pk", flat=True))


def forget_expired_lists(*, at: datetime) -> int:
    """Throw away lists that nobody may use any more, files first. Returns how many."""
    past = Q(state=State.READY, expires_at__lte=at) | Q(state=State.FAILED, heard_at__lte=at - KEPT_FAILED)
    rows = list(KeptList.objects.filter(past))
    for row in rows:
        forget_file(row.file)
        row.delete()
    return len(rows)


def forget_file(name: str) -> None:
    """Throw the file of a list away.

    Where it can't be deleted now, the log names it; it holds nothing that the next list doesn't.
    """
    if not name:
        return
    try:
        store().delete(name)
    except Exception as fault:  # whatever a storage raises: S3 has its own errors
        log.exception("The file %s of a list could not be deleted. %s", name, in_words(fault))
