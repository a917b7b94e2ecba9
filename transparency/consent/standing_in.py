"""What staff do for a member: record a refusal that was asked of support, or bring earlier ones. Only ever refusals."""

from dataclasses import dataclass
from datetime import datetime
from functools import partial

from django.core.exceptions import ValidationError
from django.db import connection, transaction

from transparency.accounts.actions import record
from transparency.accounts.models import User
from transparency.accounts.policies import require
from transparency.consent import queries
from transparency.consent.actions import LOCK, Refused, choose
from transparency.consent.earlier import Earlier, Fault, read
from transparency.consent.keys import canonical
from transparency.consent.models import Choice, Origin
from transparency.consent.precedence import Decision

LONGEST_REASON = 300


@transaction.atomic
def refuse_on_behalf(*, by: User, member: str, scope: str, reason: str, at: datetime) -> Choice:
    """Record a refusal that the member asked of us, with nothing narrower left standing against it.

    ``reason`` says how the member asked; the history keeps it, and never who the member is. Raises ``Refused``,
    ``keys.BadKey``, ``PermissionDenied``, or ``ValidationError`` for a reason that is none or names the member.
    """
    require(by, "choice.on_behalf")
    key, words = canonical(member), reason.strip()
    _check_reason(words, key)
    say = partial(choose, member=key, decision=Decision.REFUSE, origin=Origin.SUPPORT, edition=0, at=at)
    choice = say(scope=scope)
    for name in queries.offers(at).against(scope, Decision.REFUSE, queries.said(queries.latest(key))):
        say(scope=name)
    after = {"scope": scope, "reason": words}
    record(by=by, verb="choice.on_behalf", subject_kind="choice", subject=str(choice.reference), after=after)
    return choice


def _check_reason(words: str, key: str) -> None:
    if not 10 <= len(words) <= LONGEST_REASON or not words.isprintable():
        raise ValidationError(f"Say in 10 to {LONGEST_REASON} letters, on one line, how the member asked for this.")
    if key.casefold() in words.casefold():
        raise ValidationError("Leave the member's id out of the reason: the history never says who a member is.")


@dataclass(frozen=True)
class Rehearsed:
    """What an import would do: what is wrong with it, how many refusals are new, are there already, or came too late.

    Too late is one of a scope of which the member has chosen here, by hand, since: their own word stays.
    """

    faults: list[Fault]
    new: list[Earlier]
    known: int = 0
    overtaken: int = 0


def rehearse(*, data: bytes, at: datetime) -> Rehearsed:
    """What ``bring`` would do now. Writes nothing."""
    rows, faults = read(data)
    faults += _unknown_scopes(rows, at)
    if faults:
        return Rehearsed(sorted(faults, key=lambda one: one.row), [])
    said = queries.decisions({one.member for one in rows})
    before = [said.get((one.member, one.scope)) for one in rows]
    new = [one for one, decision in zip(rows, before, strict=True) if decision is None]
    known = before.count(Decision.REFUSE)
    return Rehearsed([], new, known, len(rows) - len(new) - known)


def _unknown_scopes(rows: list[Earlier], at: datetime) -> list[Fault]:
    offered = queries.offers(at).by_scope
    unknown = {
        one.scope
        for one in rows
        if one.scope.startswith("gpc:") or not any(offer.terms.refusable for offer in offered.get(one.scope, ()))
    }
    words = "Nothing that can be refused is of this name."
    return [Fault(one.row, "scope", words) for one in rows if one.scope in unknown]


@transaction.atomic
def bring(*, by: User, data: bytes, at: datetime) -> int:
    """Import earlier refusals, all of them or none, and return how many were new.

    Nobody chooses while it is done, so nothing comes between looking and writing. The same table again writes nothing.
    Raises ``Refused`` where the table is no longer without fault.
    """
    require(by, "choice.import")
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
    rehearsed = rehearse(data=data, at=at)
    if rehearsed.faults:
        first = rehearsed.faults[0]
        raise Refused(f"Nothing was imported. Row {first.row}: {first.message}")
    say = partial(choose, decision=Decision.REFUSE, origin=Origin.IMPORT, edition=0, at=at)
    for one in rehearsed.new:
        say(member=one.member, scope=one.scope)
    if rehearsed.new:
        record(
            by=by,
            verb="choice.import",
            subject_kind="choice",
            subject="earlier refusals",
            after={"refusals": len(rehearsed.new)},
        )
    return len(rehearsed.new)
