"""Reads of this room. Members are named by their key, as text; see ``keys``."""

import json
import uuid
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone

from transparency.accounts.prepared import first_row, rows
from transparency.consent.keys import canonical, number_of
from transparency.consent.looking_back import Act
from transparency.consent.models import Choice, MemberKey
from transparency.consent.offers import Offers, Words, offers_of
from transparency.consent.precedence import Decision, Outcome, Said
from transparency.consent.receipts import Facts
from transparency.consent.scopes import RANK, kind_of
from transparency.register import queries as register
from transparency.register.standing import standing

MAY_RECORD = "choices"  # scope of the key by which the platform's own settings page records choices
NOWHERE = uuid.UUID(int=0)
HEAD = """
SELECT journal.lineage, coalesce(journal.erasures, 0) AS erasures, coalesce(choice.sequence, 0) AS sequence,
       coalesce(choice.digest, '') AS digest, pg_is_in_recovery() AS copied,
       coalesce((SELECT digest FROM register_edition WHERE effective_at <= %(at)s ORDER BY number DESC LIMIT 1), '')
           AS edition
FROM (SELECT 1) AS one
LEFT JOIN consent_journal AS journal ON journal.id = 1
LEFT JOIN LATERAL (SELECT sequence, digest FROM consent_choice ORDER BY sequence DESC LIMIT 1) AS choice ON true
"""

# What precedence needs of a member's latest choice at each scope, in their order: asked with every overview.
SAID = """
SELECT scope.name, latest.decision, latest.edition, latest.sequence FROM (
    SELECT DISTINCT ON (scope_id) scope_id, decision, edition, sequence FROM consent_choice
    WHERE member = coalesce(%s::bigint, (SELECT -id FROM consent_memberkey WHERE key = %s))
    ORDER BY scope_id, sequence DESC
) AS latest JOIN consent_scope AS scope ON scope.id = latest.scope_id ORDER BY latest.sequence
"""


# A member's choices, the newest first, so many at once; those that only say again what they said are left out. Each
# looks up the one before by itself: as a plain join, old statistics let PostgreSQL compare all choices with all others.
BACKWARDS = """
SELECT scope.name, choice.decision, choice.edition, choice.sequence, choice.at,
       before.decision, before.edition, before.sequence
FROM consent_choice AS choice JOIN consent_scope AS scope ON scope.id = choice.scope_id
LEFT JOIN LATERAL (
    SELECT decision, edition, sequence FROM consent_choice WHERE sequence = choice.previous LIMIT 1
) AS before ON true
WHERE choice.member = %s AND choice.sequence < %s AND scope.name = ANY(%s)
  AND (before.decision IS DISTINCT FROM choice.decision OR choice.decision = 1 OR starts_with(scope.name, 'gpc:'))
ORDER BY choice.sequence DESC LIMIT %s
"""
AT_ONCE = 500  # choices of a member that are read together
NEVER = 2**62

# What ``words_of`` tells, of an account that stands beside as ``person``: read with who is here, in one round trip.
WORDS_OF_PERSON = """(
    SELECT coalesce(jsonb_agg(jsonb_build_array(scope.name, latest.decision, latest.edition)
                              ORDER BY latest.sequence), '[]')::text
    FROM (
        SELECT DISTINCT ON (scope_id) scope_id, decision, edition, sequence FROM consent_choice
        WHERE member = CASE WHEN person.member_key ~ '^(0|[1-9][0-9]{0,18})$'
                                 AND lpad(person.member_key, 19, '0') COLLATE "C" <= '9223372036854775807'
                       THEN person.member_key::bigint
                       ELSE (SELECT -id FROM consent_memberkey WHERE key = person.member_key) END
        ORDER BY scope_id, sequence DESC
    ) AS latest JOIN consent_scope AS scope ON scope.id = latest.scope_id
)"""


@dataclass(frozen=True)
class Head:
    """How far the choices have come: which journal of choices this is, its last choice and that one's digest."""

    lineage: uuid.UUID
    sequence: int
    erasures: int
    digest: bytes


class NotPrimary(Exception):  # noqa: N818 - says what is wrong with the database
    """The database is a copy, which may lag behind."""


def head() -> Head:
    """The end of the journal as of now, read from the primary database; everything up to it is there to be read."""
    return head_and_edition(timezone.now())[0]


def head_and_edition(at: datetime) -> tuple[Head, str]:
    """The end of the journal as of now, and the digest of the edition in force at ``at``, in one round trip.

    Raises ``NotPrimary`` where the database is a copy of another.
    """
    return head_of(*(first_row(HEAD, {"at": at}) or ()))


def head_of(
    lineage: uuid.UUID | None, erasures: int, sequence: int, digest: bytes, copied: bool, edition: str
) -> tuple[Head, str]:
    """What a row of ``HEAD`` says. Raises ``NotPrimary``."""
    if copied:
        raise NotPrimary("The database is a copy of another one, and may lag behind it. Name the primary.")
    return Head(lineage or NOWHERE, sequence, erasures, bytes(digest)), edition


def number(key: str) -> int | None:
    """What ``Choice.member`` holds for a key; ``None`` where a textual key never chose anything."""
    found = number_of(key)
    if found is not None:
        return found
    row = MemberKey.objects.filter(key=key).values_list("pk", flat=True).first()
    return -row if row is not None else None


def choices_of(key: str) -> QuerySet[Choice]:
    """Everything that this member ever chose, the newest first."""
    found = number(key)
    rows = Choice.objects.none() if found is None else Choice.objects.filter(member=found)
    return rows.select_related("scope").order_by("-sequence")


def latest(key: str) -> dict[str, Choice]:
    """The member's latest choice at each scope, by the scope's name."""
    rows = choices_of(key).order_by("scope_id", "-sequence").distinct("scope_id")
    return {row.scope.name: row for row in rows}


def decisions(keys: Collection[str]) -> dict[tuple[str, str], Decision]:
    """What many members said last, each at each scope: by the member's key and the scope's name. Two statements."""
    by_number = {found: key for key in keys if (found := number_of(key)) is not None}
    texts = MemberKey.objects.filter(key__in=[key for key in keys if number_of(key) is None])
    by_number |= {-one.pk: one.key for one in texts}
    rows = Choice.objects.filter(member__in=by_number).order_by("member", "scope_id", "-sequence")
    latest = rows.distinct("member", "scope_id").values_list("member", "scope__name", "decision")
    return {(by_number[member], scope): Decision(decision) for member, scope, decision in latest}


def receipt(key: str, reference: uuid.UUID) -> Choice | None:
    """The member's own choice with this reference; nobody else's."""
    return choices_of(key).filter(reference=reference).first()


def before(key: str, choice: Choice) -> Choice | None:
    """The member's choice before this one, at the same scope."""
    return choices_of(key).filter(sequence=choice.previous).first() if choice.previous else None


def later(key: str, choice: Choice) -> Choice | None:
    """The member's latest choice at the same scope, if it is a later one."""
    return choices_of(key).filter(scope=choice.scope, sequence__gt=choice.sequence).first()


def facts(choice: Choice, key: str) -> Facts:
    """What the choice's digest is of; ``key`` is its member's."""
    return Facts(
        sequence=choice.sequence,
        reference=str(choice.reference),
        member=canonical(key),
        scope=choice.scope.name,
        decision=Decision(choice.decision).name.lower(),
        origin=choice.origin,
        edition=choice.edition,
        at=choice.at,
        previous=choice.previous,
    )


def offers_in(edition: int) -> Offers:
    """What the edition with this number offers; nothing where there is none."""
    found = register.edition(edition)
    return offers_of(found.digest if found else "")


def said(choices: dict[str, Choice]) -> list[Said]:
    """The choices as the rule of precedence takes them."""
    return [
        Said(name, RANK[kind_of(name)], Decision(row.decision), row.edition, row.sequence)
        for name, row in choices.items()
    ]


def all_choices_of(key: str) -> Iterator[Choice]:
    """The same as ``choices_of``, so many at a time: nobody's history is too long to be read to its end."""
    found, before = choices_of(key), NEVER
    while batch := list(found.filter(sequence__lt=before)[:AT_ONCE]):
        yield from batch
        before = batch[-1].sequence


def acts_of(key: str, scopes: Collection[str]) -> Iterator[Act]:
    """What this member chose at these scopes, the newest first, read as far as it is asked for; see ``turns``."""
    member, before = number(key), NEVER
    while batch := _acts(member, list(scopes), before):
        yield from batch
        before = batch[-1].said.sequence


def _acts(member: int | None, scopes: list[str], before: int) -> list[Act]:
    with connection.cursor() as cursor:
        cursor.execute(BACKWARDS, (member, before, scopes, AT_ONCE))
        return [
            Act(_said(name, *choice), at, _said(name, *earlier) if earlier[0] is not None else None)
            for name, *choice, at, earlier in ((*row[:5], row[5:]) for row in cursor)
        ]


def _said(name: str, decision: int, edition: int, sequence: int) -> Said:
    return Said(name, RANK[kind_of(name)], Decision(decision), edition, sequence)


def words_of(key: str) -> Words:
    """The latest choice of this member at each scope, in one short query; see ``offers.told``."""
    return tuple((name, Decision(said), edition) for name, said, edition, _ in rows(SAID, (number_of(key), key)))


@lru_cache(maxsize=20_000)
def words_in(read: str) -> Words:
    """The same, of what ``WORDS_OF_PERSON`` read."""
    return tuple((name, Decision(said), edition) for name, said, edition in json.loads(read))


def said_by(key: str) -> list[Said]:
    """The same as the rule of precedence takes them."""
    found = rows(SAID, (number_of(canonical(key)), canonical(key)))
    return [_said(*row) for row in found]


def offers(at: datetime) -> Offers:
    """What the edition in force at ``at`` offers."""
    return offers_of(standing(at)[1])


def outcomes(key: str, at: datetime) -> dict[str, Outcome]:
    """What holds for this member now, for each use of the edition in force at ``at``, by the use's id."""
    return offers(at).outcomes(said(latest(key)))
