"""Erasures: somebody's choices are unlinked from them, and the public log says so, by a fingerprint that names nobody.

An erased choice can't be compared with its digest any more. Without the log, whoever owns the database could pass off
as erased what they rewrote.
"""

import hashlib
import json
from collections.abc import Collection, Sequence
from datetime import datetime
from itertools import groupby
from operator import itemgetter

from django.db import connection
from django.db.models import F

from transparency.consent.models import Choice, Journal, MemberKey
from transparency.ledger import queries as ledger
from transparency.ledger.actions import enter as enter_fact

KIND = "erasure"


def unlink(sequences: Sequence[int], *, stranger: int) -> None:
    """Let these choices be of ``stranger``, who is nobody, inside the caller's transaction. Maps of them begin anew."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL consent.erasing = 'on'")
        cursor.execute(
            "UPDATE consent_choice SET member = %s, salt = NULL, request = '' WHERE sequence = ANY(%s)",
            (stranger, list(sequences)),
        )
        cursor.execute("SET LOCAL consent.erasing = 'off'")
    Journal.objects.filter(pk=1).update(erasures=F("erasures") + 1)


def fingerprint(stranger: str, sequences: Sequence[int]) -> str:
    """Of the random key that stands for the member now, and of their choices; in hexadecimal. Nobody can guess it."""
    return hashlib.sha256(f"{stranger}{json.dumps(list(sequences))}".encode()).hexdigest()


def enter(stranger: str, sequences: Sequence[int], *, at: datetime) -> None:
    """Enter in the public log that these choices were erased, inside the caller's transaction."""
    enter_fact(kind=KIND, subject=fingerprint(stranger, sorted(sequences)), facts={}, at=at)


def entered(members: Collection[int]) -> set[int]:
    """Those of these members who were erased, by the log, with exactly the choices that they have."""
    strangers = {-key.pk: key.key for key in MemberKey.objects.filter(pk__in=[-one for one in members])}
    of = Choice.objects.filter(member__in=strangers).order_by("member", "sequence").values_list("member", "sequence")
    groups = {member: [sequence for _, sequence in rows] for member, rows in groupby(of, key=itemgetter(0))}
    return {member for member, sequences in groups.items() if _stands(fingerprint(strangers[member], sequences))}


def _stands(subject: str) -> bool:
    entry = ledger.entry(KIND, subject)
    return entry is not None and ledger.stands(entry)
