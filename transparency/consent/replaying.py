"""Choices come back that a database lost when it was restored from an older backup: from where they are kept apart."""

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import islice

from django.db import connection, transaction

from transparency.accounts.actions import forget_member
from transparency.consent import erasures, receipts, rereading
from transparency.consent.actions import LOCK
from transparency.consent.archive import Kept
from transparency.consent.keys import number_of
from transparency.consent.models import Batch, Choice, MemberKey, Scope
from transparency.consent.precedence import Decision
from transparency.ledger.models import Entry

AT_ONCE = 1_000
GAP = "Choice {} is neither in the database nor in the archive. Bring a newer backup, or the whole archive."
ANOTHER = "Choice {} in the archive is another one than in the database, or was changed. Nothing was replayed."


class NotReplayed(Exception):  # noqa: N818 - says what stands in the way
    """The archive does not continue this database. Nothing was changed."""


@dataclass
class Replayed:
    """How many choices came back, and what stands for members who were erased once more."""

    choices: int = 0
    erased: set[str] = field(default_factory=set)


@transaction.atomic
def replay(*, kept: Iterable[Kept], entries: Sequence[Entry]) -> Replayed:
    """Append the kept choices that aren't here, erase again who was erased since, and tell batches by their entries.

    Nobody chooses meanwhile. Everything is compared with its digest and the log in the end. Raises ``NotReplayed``.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
    done, kept = Replayed(), iter(kept)
    while some := list(islice(kept, AT_ONCE)):
        _replay_some(some, done)
    _tell_batches(entries)
    if wrong := next(rereading.rewritten(), ""):
        raise NotReplayed(wrong)
    return done


def _replay_some(some: Sequence[Kept], done: Replayed) -> None:
    here = Choice.objects.in_bulk([one.sequence for one in some])
    erased: dict[str, list[Choice]] = defaultdict(list)
    for one in some:
        same = here.get(one.sequence)
        if same is not None and bytes(same.digest).hex() != one.digest:
            raise NotReplayed(ANOTHER.format(one.sequence))
        if same is not None and one.salt is None and same.salt is not None:
            erased[one.member].append(same)
    for stranger, choices in erased.items():
        _erase_again(stranger, choices)
    done.erased |= set(erased)
    done.choices += _append([one for one in some if one.sequence not in here])


def _append(new: Sequence[Kept]) -> int:
    after = Choice.objects.order_by("-sequence").values_list("sequence", flat=True).first() or 0
    for place, one in enumerate(new, start=after + 1):
        if one.sequence != place:
            raise NotReplayed(GAP.format(place))
        if one.salt is not None and not _is_whole(one):
            raise NotReplayed(ANOTHER.format(one.sequence))
    Choice.objects.bulk_create([_choice(one) for one in new])
    return len(new)


def _is_whole(one: Kept) -> bool:
    same = ("sequence", "reference", "member", "scope", "origin", "edition", "at", "previous")
    facts = receipts.Facts(decision=Decision(one.decision).name.lower(), **{name: getattr(one, name) for name in same})
    return receipts.holds(facts, bytes.fromhex(one.salt or ""), bytes.fromhex(one.digest))


def _choice(one: Kept) -> Choice:
    same = ("sequence", "reference", "decision", "origin", "edition", "at", "previous", "request")
    scope, _ = Scope.objects.get_or_create(name=one.scope)
    salt = None if one.salt is None else bytes.fromhex(one.salt)
    told = {"scope": scope, "member": _member(one.member), "salt": salt, "digest": bytes.fromhex(one.digest)}
    return Choice(**told, **{name: getattr(one, name) for name in same})


def _member(key: str) -> int:
    number = number_of(key)
    return -MemberKey.objects.get_or_create(key=key)[0].pk if number is None else number


def _erase_again(stranger: str, choices: Sequence[Choice]) -> None:
    """Unlink these from their member, as was done since the backup; see ``actions.erase``."""
    was = choices[0].member
    known = MemberKey.objects.filter(pk=-was).first()
    erasures.unlink([one.sequence for one in choices], stranger=_member(stranger))
    forget_member(member_key=known.key if known else str(was))
    if known and not Choice.objects.filter(member=was).exists():
        known.delete()


def _tell_batches(entries: Sequence[Entry]) -> None:
    for entry in entries:
        if entry.kind == "choices":
            said = json.loads(entry.body)
            told = {"first": said["first"], "root": bytes.fromhex(said["root"])}
            Batch.objects.get_or_create(last=said["last"], defaults=told)
