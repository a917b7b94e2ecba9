"""Brings a database that was restored from an older backup to where members and the public log had come (P-10)."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.db import transaction

from transparency.accounts.actions import record
from transparency.consent import archive, replaying
from transparency.enforcement.actions import continue_numbers
from transparency.ledger.taking_back import take_back
from transparency.register import actions as register

REPLAYED = "choice.replay"


@dataclass(frozen=True)
class Replayed:
    """How many came back of each, and how many members were erased once more."""

    entries: int
    editions: int
    choices: int
    erased: int


@transaction.atomic
def replay(*, place: Path, at: datetime) -> Replayed:
    """Take back the log's entries, the editions and the choices that this database lacks: all of them, or nothing.

    Raises ``sealing.RolledBack``, ``register.actions.Lost``, ``consent.replaying.NotReplayed`` and ``ValueError`` where
    something is missing or is not what the log has the fingerprint of; the message says what to do.
    """
    entries = take_back(at=at)
    editions = register.take_back(documents=archive.editions(place), at=at)
    chosen = replaying.replay(kept=archive.choices(place), entries=entries)
    continue_numbers()
    archive.look_anew()
    done = Replayed(len(entries), editions, chosen.choices, len(chosen.erased))
    record(by=None, verb=REPLAYED, subject_kind="choice", subject="the archive", after=vars(done), at=at)
    return done
