"""Reads of this room: how far the log has come, and proofs of what is in it."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain, islice
from pathlib import Path

from django.conf import settings
from django.db import connection

from transparency.ledger import merkle
from transparency.ledger.models import Checkpoint, Cosignature, Entry, Stretch, Waiting
from transparency.ledger.notes import Checkpoint as Point
from transparency.ledger.notes import proof_text
from transparency.ledger.sealing import RolledBack, forget, last_signed, quick_tree, read_point, root_of, tree
from transparency.ledger.shelf import Shelf, Sixteens
from transparency.ledger.tiles import WIDTH
from transparency.ledger.witnesses import witnesses

STRETCHES = """
SELECT index, entry, count FROM ledger_stretch
WHERE index >= (SELECT max(index) FROM ledger_stretch WHERE index <= %s) AND index < %s ORDER BY index
"""
# The one at the place after those that are sealed, if some have a place and are not; else the first without one.
FIRST_NOT_SEALED = """
WITH sealed AS (SELECT coalesce(max(size), 0) AS size FROM ledger_checkpoint),
    stretch AS (SELECT * FROM ledger_stretch WHERE index <= (SELECT size FROM sealed) ORDER BY index DESC LIMIT 1)
SELECT id, recorded_at FROM ledger_entry WHERE id = coalesce(
    (SELECT entry + size - index FROM stretch, sealed WHERE size < index + count),
    (SELECT min(entry_id) FROM ledger_waiting))
"""
READ_AT_ONCE = 8 * WIDTH
LATE = timedelta(minutes=5)  # what is not sealed by then is held up: a full disk, say
SILENT = timedelta(hours=1)  # a witness that has not signed for longer is told of
BODIES = "SELECT id, body FROM ledger_entry WHERE id"

UNREADABLE = (OSError, ValueError)
DAMAGED = (
    "Public files of the log in {folder} are not those that were signed. “manage.py ledger_files” writes them anew from"
    " the database, and refuses where it was the database that was changed."
)
LOST = (
    "{size} entries were sealed, and the record of what was signed is missing from {folder}."
    " Restore the folder “signer” from a backup; if it is lost, run: manage.py ledger_adopt"
)
UNSEEN = (
    "What the witness saw can't be read from {file}, which LEDGER_WITNESS names. Bring the file back; a witness that is"
    " new has one as soon as it looked once."
)
OTHER = (
    "What was {who} is of the log “{theirs}”, and this site's log is “{ours}”. Set LEDGER_ORIGIN to the name that the"
    " log always had, and LEDGER_WITNESS to what the witness of this log saw."
)
LACKING = (
    "Of the entries that have a place in the log, {count} can't be found in the database: it was tampered with, or not"
    " restored whole. Restore a backup that holds them; nothing is sealed before."
)
FORGED = (
    "The signed text of the newest checkpoint, of {size} entries, names another root than was signed: it was changed in"
    " the database. Restore a backup from before that, and serve nothing before."
)
BEHIND = (
    "A log of {size} entries was {who}, and the database holds {here}, or others: it was restored from too old a"
    " backup, or tampered with. Restore a newer one, or, where choices are kept apart (CHOICES_ARCHIVE), run: manage.py"
    " replay_choices. Serve nothing before."
)


def published() -> Shelf:
    """The folder of the public files."""
    return Shelf(Path(settings.LEDGER_DIR) / "public")


def sixteens() -> Sixteens:
    """What makes proofs quick; it may be thrown away."""
    return Sixteens(Path(settings.LEDGER_DIR) / "sixteens")


def newest() -> Checkpoint | None:
    return Checkpoint.objects.first()


@dataclass(frozen=True)
class Seen:
    """A witness: its name, its public key, and the newest checkpoint that it signed; ``None`` where it never did."""

    name: str
    key: str
    newest: Cosignature | None


def seen_by() -> list[Seen]:
    """Every witness that the settings name, in that order."""
    return [Seen(one.name, str(one.verifier), _newest_by(one.name)) for one in witnesses()]


def silent_witnesses(at: datetime) -> list[Seen]:
    """Those who have not signed what was sealed an hour ago: they are away, or were shown what they will not sign."""
    return [one for one in seen_by() if _left_unsigned(one.newest.checkpoint_id if one.newest else 0, at)]


def _left_unsigned(signed: int, at: datetime) -> bool:
    return Checkpoint.objects.filter(size__gt=signed, sealed_at__lt=at - SILENT).exists()


def signed_by(key: str) -> Cosignature | None:
    """The newest signature by the witness whose key has this id."""
    found = (one.name for one in witnesses() if one.verifier.id.hex() == key)
    return _newest_by(next(found, ""))


def _newest_by(witness: str) -> Cosignature | None:
    return Cosignature.objects.filter(witness=witness).order_by("-checkpoint_id").first()


def entry(kind: str, subject: str) -> Entry | None:
    return Entry.objects.filter(kind=kind, subject=subject).first()


def count(kind: str) -> int:
    """How many entries of this kind were made."""
    return Entry.objects.filter(kind=kind).count()


def said(entry: Entry | None, name: str) -> object:
    """What an entry says under this name; ``None`` where there is none, or somebody made what can't be read of it."""
    try:
        return json.loads(entry.body)[name] if entry else None
    except (ValueError, LookupError, TypeError):
        return None


def waiting() -> int:
    """How many entries are not sealed yet; some may have a place."""
    return Waiting.objects.count() + numbered() - _sealed()


def waiting_since() -> datetime | None:
    """When the first of them was entered; ``None`` where none waits."""
    found = next(iter(Entry.objects.raw(FIRST_NOT_SEALED)), None)
    return found.recorded_at if found else None


def _sealed() -> int:
    known = newest()
    return known.size if known else 0


def numbered() -> int:
    """How many entries have a place; not all of them need be sealed yet."""
    last = Stretch.objects.values_list("index", "count").last()
    return sum(last) if last else 0


def index_of(entry: Entry) -> int | None:
    """The place of this entry in the log; ``None`` where it still waits for one."""
    stretch = Stretch.objects.filter(entry__lte=entry.pk).order_by("entry").last()
    if stretch is None or entry.pk >= stretch.entry + stretch.count:
        return None
    return stretch.index + entry.pk - stretch.entry


def tiles(start: int, end: int) -> Iterator[list[bytes]]:
    """The bodies of the entries at the places from ``start``, which begins a tile, to ``end``: 256 each but the last.

    Raises ``RolledBack`` where one is missing.
    """
    with connection.cursor() as cursor:
        cursor.execute(STRETCHES, [start, end])
        stretches = cursor.fetchall()
    ids = chain.from_iterable(
        range(first + max(start - index, 0), first + min(end - index, count)) for index, first, count in stretches
    )
    while some := list(islice(ids, READ_AT_ONCE)):
        bodies = _bodies(some)
        if len(bodies) != len(some):
            raise RolledBack(LACKING.format(count=len(some) - len(bodies)))
        yield from (bodies[at : at + WIDTH] for at in range(0, len(bodies), WIDTH))


def _bodies(ids: list[int]) -> list[bytes]:
    """In that order. Entries that stand together are fetched together, which takes half the time."""
    with connection.cursor() as cursor:
        # Who commits later stands behind a higher number, so that the first and the last alone don't tell.
        if ids == list(range(ids[0], ids[0] + len(ids))):
            cursor.execute(f"{BODIES} BETWEEN %s AND %s ORDER BY id", [ids[0], ids[-1]])
            return [body.encode() for _, body in cursor.fetchall()]
        cursor.execute(f"{BODIES} = ANY(%s::bigint[])", [list(ids)])
        found = dict(cursor.fetchall())
        return [found[one].encode() for one in ids if one in found]


def proof(index: int) -> str | None:
    """The ``.tlog-proof`` of the entry at ``index`` under the newest checkpoint; ``None`` where it isn't sealed yet."""
    checkpoint = newest()
    if checkpoint is None or not 0 <= index < checkpoint.size:
        return None
    return proof_text(index, _path(index, checkpoint), checkpoint.cosigned)


def stands(entry: Entry) -> bool:
    """Whether the sealed log has this entry word for word; one that waits for its seal counts, and files that are lost.

    Those are made anew from the entries when it is sealed next, which compares them with what was signed.
    """
    checkpoint, index = newest(), index_of(entry)
    if checkpoint is None or index is None or index >= checkpoint.size:
        return True
    leaf, root = merkle.leaf_hash(entry.body.encode()), bytes(checkpoint.root)
    try:
        merkle.check_inclusion(leaf, index, checkpoint.size, _path(index, checkpoint), root)
    except (merkle.BadProof, ValueError):
        return False
    except OSError:
        return True
    return True


def damage(entry: Entry | None) -> str:
    """Why nobody can tell whether this entry was rewritten, in a sentence that says what to do; empty where one can."""
    return "" if entry is None or files_hold(entry) else DAMAGED.format(folder=published().folder)


def files_hold(entry: Entry) -> bool:
    """Whether the public files lead from their own leaf at the place of this entry to what was signed.

    Where they don't, it is them that were changed, and nobody can tell from them whether the entry was.
    """
    checkpoint, index = newest(), index_of(entry)
    if checkpoint is None or index is None or index >= checkpoint.size:
        return True
    files, root = tree(published(), checkpoint.size), bytes(checkpoint.root)
    try:
        path = merkle.inclusion(index, checkpoint.size, files)
        merkle.check_inclusion(files(0, index), index, checkpoint.size, path, root)
    except (merkle.BadProof, ValueError, OSError):
        return False
    return True


def _path(index: int, checkpoint: Checkpoint) -> list[bytes]:
    """Quickly, if what comes of that holds; else from the published tiles alone."""
    quick = quick_tree(published(), checkpoint.size, sixteens())
    try:
        path = merkle.inclusion(index, checkpoint.size, quick)
        merkle.check_inclusion(quick(0, index), index, checkpoint.size, path, bytes(checkpoint.root))
    except (merkle.BadProof, ValueError):
        forget()
        return merkle.inclusion(index, checkpoint.size, tree(published(), checkpoint.size))
    return path


def contradiction() -> str:
    """Why this database may not be served, in a sentence that says what to do; empty where it may.

    It may not where the log's signer, or a witness, saw more than the database holds, or something else.
    """
    known = newest()
    try:
        signed = last_signed(signer_record())
    except RolledBack as damaged:
        return str(damaged)
    if signed is None and known is not None:
        return LOST.format(size=known.size, folder=settings.LEDGER_DIR)
    try:
        seen = witnessed()
    except UNREADABLE:
        return UNSEEN.format(file=settings.LEDGER_WITNESS)
    for who, point in (("signed here", signed), ("seen by the witness", seen)):
        if point is not None and point.origin != settings.LEDGER_ORIGIN:
            return OTHER.format(who=who, theirs=point.origin, ours=settings.LEDGER_ORIGIN)
        if point is not None and not holds(point):
            return BEHIND.format(size=point.size, who=who, here=known.size if known else 0)
    return FORGED.format(size=known.size) if known is not None and not _says_its_root(known) else ""


def _says_its_root(checkpoint: Checkpoint) -> bool:
    point = Point(settings.LEDGER_ORIGIN, checkpoint.size, bytes(checkpoint.root))
    return checkpoint.note.startswith(f"{point.body}\n")


def witnessed() -> Point | None:
    """What the witness saw last, from its file; ``None`` where no witness is named. Raises where it can't be read."""
    if not settings.LEDGER_WITNESS:
        return None
    return read_point(Path(settings.LEDGER_WITNESS).read_bytes())


def signer_record() -> Shelf:
    """The signer's own folder; it belongs in every backup, apart from the database."""
    return Shelf(Path(settings.LEDGER_DIR) / "signer")


def holds(point: Point) -> bool:
    """Whether the database's log has come as far as this, with the same content. What is not sealed yet counts."""
    sealed = Checkpoint.objects.filter(size=point.size).first()
    if sealed is not None:
        return bytes(sealed.root) == point.root
    return numbered() >= point.size and _root(point.size) in (point.root, None)


def _root(size: int) -> bytes | None:
    """The root of the first ``size`` entries, which no checkpoint is of: a log that was restored may have grown on.

    ``None`` where files are lost. They are made anew with the next seal, which compares with what was signed.
    """
    old = _sealed()
    try:
        if size <= old:
            return merkle.root(size, tree(published(), old))
        return root_of(published(), old, size, tiles(old - old % WIDTH, size))
    except FileNotFoundError:
        return None
    except RolledBack:
        return b""
