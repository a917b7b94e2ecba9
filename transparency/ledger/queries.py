"""Reads of this room: how far the log has come, and proofs of what is in it."""

from pathlib import Path

from django.conf import settings

from transparency.ledger import merkle
from transparency.ledger.models import Checkpoint, Entry
from transparency.ledger.notes import proof_text
from transparency.ledger.sealing import tree
from transparency.ledger.shelf import Shelf


def published() -> Shelf:
    """The folder of the public files."""
    return Shelf(Path(settings.LEDGER_DIR) / "public")


def newest() -> Checkpoint | None:
    return Checkpoint.objects.first()


def entry(kind: str, subject: str) -> Entry | None:
    return Entry.objects.filter(kind=kind, subject=subject).first()


def waiting() -> int:
    """How many entries are not sealed yet."""
    return Entry.objects.filter(index=None).count()


def proof(index: int) -> str | None:
    """The ``.tlog-proof`` of the entry at ``index`` under the newest checkpoint; ``None`` where it isn't sealed yet."""
    checkpoint = newest()
    if checkpoint is None or not 0 <= index < checkpoint.size:
        return None
    hashes = merkle.inclusion(index, checkpoint.size, tree(published(), checkpoint.size))
    return proof_text(index, hashes, checkpoint.note)
