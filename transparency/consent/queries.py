"""Reads of this room. Members are named by their key, as text; see ``keys``."""

import uuid
from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.db.models import QuerySet

from transparency.consent.keys import number_of
from transparency.consent.models import Choice, MemberKey
from transparency.consent.offers import Offers, offers_of
from transparency.consent.precedence import Decision, Outcome, Said
from transparency.consent.scopes import RANK, kind_of
from transparency.register.standing import standing

NOWHERE = uuid.UUID(int=0)
HEAD = """
SELECT (SELECT lineage FROM consent_journal WHERE id = 1), (SELECT erasures FROM consent_journal WHERE id = 1),
       (SELECT max(sequence) FROM consent_choice)
"""


@dataclass(frozen=True)
class Head:
    """How far the choices have come: which journal of choices this is, its last sequence number, its erasures."""

    lineage: uuid.UUID
    sequence: int
    erasures: int


def head() -> Head:
    """The end of the journal as of now, read from the primary database; everything up to it is there to be read."""
    with connection.cursor() as cursor:
        cursor.execute(HEAD)
        lineage, erasures, sequence = cursor.fetchone()
    return Head(lineage or NOWHERE, sequence or 0, erasures or 0)


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


def receipt(key: str, reference: uuid.UUID) -> Choice | None:
    """The member's own choice with this reference; nobody else's."""
    return choices_of(key).filter(reference=reference).first()


def said(choices: dict[str, Choice]) -> list[Said]:
    """The choices as the rule of precedence takes them."""
    return [
        Said(name, RANK[kind_of(name)], Decision(row.decision), row.edition, row.sequence)
        for name, row in choices.items()
    ]


def offers(at: datetime) -> Offers:
    """What the edition in force at ``at`` offers."""
    return offers_of(standing(at)[1])


def outcomes(key: str, at: datetime) -> dict[str, Outcome]:
    """What holds for this member now, for each use of the edition in force at ``at``, by the use's id."""
    return offers(at).outcomes(said(latest(key)))
