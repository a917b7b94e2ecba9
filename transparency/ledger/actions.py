"""The only writes of this room: a fact is entered with what it records, and what was entered is sealed."""

import logging
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import rfc8785
from django.conf import settings
from django.db import connection

from transparency.failpoints import failpoint
from transparency.ledger import clock, merkle, queries, sealing
from transparency.ledger.keys import signers
from transparency.ledger.models import Checkpoint, Cosignature, Entry
from transparency.ledger.notes import Checkpoint as Point
from transparency.ledger.tiles import LONGEST_ENTRY, WIDTH
from transparency.ledger.witnesses import NoSignature, Witness, witnesses

log = logging.getLogger(__name__)

LOCK = 7236115  # an advisory lock: one process seals at a time
MOST_AT_ONCE = 20_000  # entries under one checkpoint, where many wait
# The trigger gives them places, in the order of their ids. None has one where more were sealed than have a place.
NUMBER = """
WITH before AS (SELECT coalesce((SELECT index + count FROM ledger_stretch ORDER BY index DESC LIMIT 1), 0) AS size),
    placed AS (
        DELETE FROM ledger_waiting WHERE entry_id <= (
            SELECT max(entry_id) FROM (SELECT entry_id FROM ledger_waiting ORDER BY entry_id LIMIT %s) AS next
        ) AND (SELECT size FROM before) >= %s RETURNING entry_id
    )
SELECT size + (SELECT count(*) FROM placed) FROM before
"""


def enter(*, kind: str, subject: str, facts: dict[str, Any], at: datetime) -> Entry:
    """Enter one fact, inside the caller's transaction: it is recorded exactly if what it records is.

    ``facts`` are published for ever: no person may be in them. Raises ``ValueError`` for more than 65,535 bytes.
    """
    body = rfc8785.dumps({**facts, "kind": kind, "subject": subject}).decode()
    if len(body.encode()) > LONGEST_ENTRY:
        raise ValueError(f"An entry of the log may have {LONGEST_ENTRY:,} bytes.")
    return Entry.objects.create(kind=kind, subject=subject, body=body, recorded_at=at)


def seal(*, at: datetime) -> Checkpoint | None:
    """Publish and sign everything entered so far, and return the checkpoint; ``None`` where another process does.

    Where nothing is new, the newest checkpoint is returned and its files are made sure of. Raises
    ``sealing.RolledBack`` where signing would hide something, ``clock.ClockBehind`` where the time would go back, and
    ``OSError`` where a file can't be written; the log stays as it was, and what is entered waits.
    """
    with _alone() as alone:
        if not alone:
            return None
        last = queries.newest()
        sealed, point = last.size if last else 0, _seal_some(last, at)
        while point.size - sealed >= MOST_AT_ONCE:
            sealed, point = point.size, _seal_some(point, at)
        return point


def make_files_anew(*, at: datetime) -> Checkpoint | None:
    """Write every public file again from the database, where some were lost or damaged; ``None`` as in ``seal``.

    What waits is sealed with it. Raises as ``seal``: nothing is written that contradicts what was signed.
    """
    with _alone() as alone:
        if not alone:
            return None
        point = _seal_some(queries.newest(), at, anew=True)
        sealing.mend_older(queries.published(), point.size)
        return point


def _seal_some(last: Checkpoint | None, at: datetime, *, anew: bool = False) -> Checkpoint:
    """Seal as many as go under one checkpoint, and publish the newest."""
    moment = clock.moment(last, at)
    with failpoint("seal.number"):
        size = _number(last)
    old = last.size if last else 0
    if last is None or size > old or anew:
        with failpoint("seal.write"):
            point = _write(0 if anew else old, size)
        if last is None or size > old:
            last = _sign(point, moment)
    with failpoint("seal.publish"):
        queries.published().replace("checkpoint", last.note.encode())
    return last


def cosign(*, at: datetime) -> int:
    """Ask each witness that has not signed the newest checkpoint; return how many did now. What fails is logged only:

    a checkpoint stands without a witness too, and each is asked again with the next one.
    """
    newest = queries.newest()
    if newest is None or newest.size == 0:
        return 0
    signed = set(newest.cosignatures.values_list("witness", flat=True))
    return sum(_ask(one, newest, at) for one in witnesses() if one.name not in signed)


def _ask(witness: Witness, checkpoint: Checkpoint, at: datetime) -> bool:
    def proof(old: int) -> list[str]:
        if not 0 < old < checkpoint.size:
            return []
        hashes = merkle.consistency(old, checkpoint.size, sealing.tree(queries.published(), checkpoint.size))
        return [b64encode(one).decode() for one in hashes]

    last = Cosignature.objects.filter(witness=witness.name).order_by("-checkpoint_id").first()
    try:
        line = witness.sign(checkpoint.note, last.checkpoint_id if last else 0, proof)
    except NoSignature as fault:
        log.warning("A witness did not sign the checkpoint of %d entries: %s", checkpoint.size, fault)
        return False
    Cosignature.objects.bulk_create(
        [Cosignature(checkpoint=checkpoint, witness=witness.name, line=line, signed_at=at)], ignore_conflicts=True
    )
    return True


def adopt() -> Point:
    """Write the signer's record anew from the database, where it was lost. For people who know that it was, and why.

    Raises ``sealing.RolledBack`` where there is a record, or nothing was ever sealed.
    """
    last = queries.newest()
    if last is None or sealing.last_signed(queries.signer_record()) is not None:
        raise sealing.RolledBack("There is nothing to adopt: nothing was sealed yet, or the signer has its record.")
    point = Point(settings.LEDGER_ORIGIN, last.size, bytes(last.root))
    sealing.remember(queries.signer_record(), point)
    return point


def admit_that_the_clock_ran_ahead(*, at: datetime) -> Entry:
    """Enter, for everybody to read, that the newest seal has a later time than it was; sealing goes on from ``at``.

    For people who know that ``at`` is right. It holds for that seal alone. Raises ``ValueError`` where the clock is not
    behind the log.
    """
    newest = queries.newest()
    if newest is None or not clock.fault(at):
        raise ValueError("The clock is not behind the log: there is nothing to say.")
    facts = {"size": newest.size, "sealed_at": newest.sealed_at.isoformat(), "now": at.isoformat()}
    return enter(kind=clock.RAN_AHEAD, subject=at.isoformat(), facts=facts, at=at)


@contextmanager
def _alone() -> Iterator[bool]:
    """Hold the lock of sealing for as long as this database session lasts, and no longer than the block."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [LOCK])
        held = bool(cursor.fetchone()[0])
    try:
        yield held
    finally:
        if held and connection.connection is not None:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])


def _number(last: Checkpoint | None) -> int:
    """Give those who wait their places, in one statement; return how many have one.

    That is durable before any file is: what a killed process numbered keeps its places.
    """
    sealed = last.size if last else 0
    with connection.cursor() as cursor:
        cursor.execute(NUMBER, [MOST_AT_ONCE, sealed])
        size = int(cursor.fetchone()[0])
    if size < sealed:
        raise sealing.RolledBack(f"{sealed} entries were sealed, and only {size} are here.")
    return size


def _write(old: int, size: int) -> Point:
    folders = queries.published(), queries.signer_record(), queries.sixteens()
    place = sealing.Place(settings.LEDGER_ORIGIN, *folders, seen=_seen())
    try:
        return sealing.grow(place, old, size, queries.tiles(old - old % WIDTH, size))
    except FileNotFoundError:  # nobody has to keep a copy of what the database gives
        log.warning("Files of the log are missing in %s; all are made anew.", place.shelf.folder)
        return sealing.grow(place, 0, size, queries.tiles(0, size))


def _seen() -> Point | None:
    """What the witness saw, if that can be read; where it can't, nothing starts anew, but what runs seals on."""
    try:
        return queries.witnessed()
    except queries.UNREADABLE as fault:
        log.warning("What the witness saw can't be read from %s: %s", settings.LEDGER_WITNESS, fault)
        return None


def _sign(point: Point, at: datetime) -> Checkpoint:
    with failpoint("seal.sign"):
        note = point.note(signers())
    with failpoint("seal.keep"):
        return Checkpoint.objects.create(size=point.size, root=point.root, note=note, sealed_at=at)
