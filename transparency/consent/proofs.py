"""Choices in the public log: in batches, as one root over their digests, so that the log knows no single choice."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction
from django.db.models import Subquery
from django.db.models.functions import Coalesce

from transparency.consent import archive
from transparency.consent.models import Batch, Choice
from transparency.failpoints import failpoint
from transparency.ledger import clock, merkle
from transparency.ledger import queries as ledger
from transparency.ledger.actions import enter
from transparency.ledger.models import Entry

MOST = 1_000  # choices in a batch
LOCK = 7236116  # an advisory lock: one process makes batches at a time


@dataclass(frozen=True)
class Place:
    """Where in the log a choice is shown to be: the entry of its batch, and its path in the batch from the leaf up.

    ``fact`` is that entry as it was made; ``entry`` is its place in the log, once it has one.
    """

    batch: Batch
    fact: Entry | None
    entry: int | None
    path: tuple[bytes, ...]


def enter_choices(*, at: datetime) -> int:
    """Enter every choice that isn't in the log yet, and return how many there were. Safe to run twice, and at once.

    Each is kept apart first, where that is wanted. Raises as ``archive.keep``; the choices wait then.
    """
    entered = 0
    while count := _enter_batch(at):
        entered += count
    return entered


@transaction.atomic
def _enter_batch(at: datetime) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
    before = Batch.objects.order_by("-last").values_list("last", flat=True).first() or 0
    new = Choice.objects.filter(sequence__gt=before).order_by("sequence").values_list("sequence", "digest")[:MOST]
    leaves = {sequence: merkle.leaf_hash(bytes(digest)) for sequence, digest in new}
    archive.keep(through=before + len(leaves))
    if leaves:
        root = merkle.root(len(leaves), merkle.subtrees_of(list(leaves.values())))
        with failpoint("batch.keep"):
            batch = Batch.objects.create(first=before + 1, last=before + len(leaves), root=root)
        facts = {"first": batch.first, "last": batch.last, "root": root.hex()}
        with failpoint("batch.enter"):
            enter(kind="choices", subject=batch.subject, facts=facts, at=at)
    return len(leaves)


def waiting_since(at: datetime) -> datetime | None:
    """Since when something, a choice say, waits that should be in the public log by now; ``None`` where nothing does.

    Sealing stands still then, or entering choices does: a full disk, no worker, a log that contradicts the database.
    By a clock that is behind the log nothing is sealed, and nobody can say how long it is: since the newest seal.
    """
    if last := clock.behind(at):
        return last
    before = Coalesce(Subquery(Batch.objects.order_by("-last").values("last")[:1]), 0)
    choice = Choice.objects.filter(sequence__gt=before).order_by("sequence").values_list("at", flat=True).first()
    oldest = min(filter(None, (choice, ledger.waiting_since())), default=None)
    return oldest if oldest and at - oldest > ledger.LATE else None


def place_of(choice: Choice) -> Place | None:
    """Where this choice is in the log; ``None`` before it was entered, and without an ``entry`` before it is sealed."""
    batch = Batch.objects.filter(last__gte=choice.sequence).order_by("last").first()
    if batch is None:
        return None
    within = Choice.objects.filter(sequence__gte=batch.first, sequence__lte=batch.last).order_by("sequence")
    leaves = [merkle.leaf_hash(bytes(digest)) for digest in within.values_list("digest", flat=True)]
    path = merkle.inclusion(choice.sequence - batch.first, len(leaves), merkle.subtrees_of(leaves))
    fact = ledger.entry("choices", batch.subject)
    return Place(batch, fact, ledger.index_of(fact) if fact else None, tuple(path))


def entered(batch: Batch, digests: Sequence[bytes]) -> Entry | None:
    """The entry of a batch, if it names the root over the digests of all its choices; else ``None``."""
    fact = ledger.entry("choices", batch.subject)
    root = merkle.root(len(digests), merkle.subtrees_of([merkle.leaf_hash(one) for one in digests]))
    return fact if ledger.said(fact, "root") == root.hex() else None


def holds(choice: Choice, place: Place) -> bool:
    """Whether the digest of the choice and its path lead to the root that stands in the log, word for word."""
    if place.fact is None:
        return False
    leaf, size = merkle.leaf_hash(bytes(choice.digest)), place.batch.last - place.batch.first + 1
    try:
        root = bytes.fromhex(str(ledger.said(place.fact, "root")))
        merkle.check_inclusion(leaf, choice.sequence - place.batch.first, size, place.path, root)
    except (merkle.BadProof, ValueError):
        return False
    return ledger.stands(place.fact)
