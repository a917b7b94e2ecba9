"""What people decide on suggestions. Each decision stays with its column and category."""

from collections.abc import Sequence

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from transparency.accounts.actions import record
from transparency.accounts.models import User
from transparency.accounts.policies import require
from transparency.catalog import turns
from transparency.catalog.actions.marking import add_rule
from transparency.catalog.classify import Rulebook, describable
from transparency.catalog.globs import matches
from transparency.catalog.keys import field_of
from transparency.catalog.models import ClassificationRule, Label, Suggestion
from transparency.catalog.untrusted import clean_text, shortened

Matches, State = ClassificationRule.Matches, Suggestion.State
NOTE, REASON = 500, 1_000
LABELLED = "Somebody has said what it holds."


class Decided(Exception):  # noqa: N818 - a situation, not a fault
    """Somebody has decided on it already, or it is suggested no more."""


@transaction.atomic
def accept_suggestion(
    *, by: User, suggestion: Suggestion, pattern: str = "", reason: str = "", agreed_by: User | None = None
) -> ClassificationRule:
    """Make a rule of it: for the column alone, or for every column whose name matches ``pattern``, which must be one.

    Other suggestions that the rule settles are settled with it. Raises ``Decided``, and as ``add_rule`` does.
    """
    require(by, "catalog.edit")
    (one,), pattern = _open([suggestion]), pattern.strip()
    if pattern and not matches(pattern, field_of(one.key)):
        name = shortened(field_of(one.key))
        raise ValidationError(f"The pattern “{shortened(pattern)}” does not match the column itself, “{name}”.")
    how = {"matches": Matches.COLUMN, "pattern": pattern} if pattern else {"matches": Matches.KEY, "pattern": one.key}
    note = f"Suggested, {one.weight} of 100. {' '.join(one.reasons)}"[:NOTE]
    rule = add_rule(by=by, agreed_by=agreed_by, category=one.category, note=note, **how)
    _settle(by, one, rule, clean_text(reason)[:REASON])
    after = {"rule": str(rule), "reason": clean_text(reason)[:REASON], "weight": one.weight, "reasons": one.reasons}
    record(by=by, verb="suggestion.accept", subject_kind="suggestion", subject=str(one), after=after)
    return rule


@transaction.atomic
def accept_suggestions(
    *, by: User, suggestions: Sequence[Suggestion], reason: str = "", agreed_by: User | None = None
) -> int:
    """A rule for each of the columns alone: all of them or none. Returns how many."""
    keys = [one.key for one in suggestions]
    if twice := next((key for key in keys if keys.count(key) > 1), None):
        raise ValidationError(f"Choose one category for each column: {shortened(twice, 200)} is chosen more than once.")
    for one in sorted(suggestions, key=lambda one: one.pk):
        accept_suggestion(by=by, suggestion=one, reason=reason, agreed_by=agreed_by)
    return len(suggestions)


@transaction.atomic
def reject_suggestions(*, by: User, suggestions: Sequence[Suggestion], reason: str) -> int:
    """Set them aside for good, with a reason: all of them or none. Returns how many."""
    require(by, "catalog.edit")
    why = clean_text(reason).strip()[:REASON]
    if not why:
        raise ValidationError("Say why it does not hold that: whoever comes after you must understand.")
    for one in _open(suggestions):
        one.state, one.decided_by, one.decided_at, one.reason = State.REJECTED, by, timezone.now(), why
        one.save(update_fields=("state", "decided_by", "decided_at", "reason"))
        after = {"reason": why, "weight": one.weight, "reasons": one.reasons}
        record(by=by, verb="suggestion.reject", subject_kind="suggestion", subject=str(one), after=after)
    return len(suggestions)


@transaction.atomic
def reopen_suggestion(*, by: User, suggestion: Suggestion) -> None:
    """Take a rejection back: it waits for a decision again."""
    require(by, "catalog.edit")
    turns.deciding()
    rejected = Suggestion.objects.filter(pk=suggestion.pk, state=State.REJECTED)
    if not rejected.update(state=State.OPEN, decided_by=None, decided_at=None, reason=""):
        raise Decided("It is not rejected, or no longer.")
    before = {"reason": suggestion.reason}
    record(by=by, verb="suggestion.reopen", subject_kind="suggestion", subject=str(suggestion), before=before)


def _open(suggestions: Sequence[Suggestion]) -> list[Suggestion]:
    """The rows. Nobody else writes any until the end of the transaction.

    Raises ``Decided`` where one of them is not open any more.
    """
    turns.deciding()
    chosen = Suggestion.objects.filter(pk__in=[one.pk for one in suggestions], state=State.OPEN)
    rows = list(chosen.order_by("pk"))
    if len(rows) < len(suggestions):
        raise Decided("Somebody has decided on it already, or it is suggested no more. Nothing was changed.")
    if labelled := Label.objects.filter(key__in=[row.key for row in rows]).first():
        raise Decided(f"{shortened(labelled.key, 200)} is labelled by now. Nothing was changed.")
    return rows


def _settle(by: User, accepted: Suggestion, rule: ClassificationRule, reason: str) -> None:
    """What the rule labels needs no decision any more: it is accepted with it, or gone where it was something else."""
    rows = Suggestion.objects.filter(state=State.OPEN).order_by("pk")
    rows = rows.filter(key=accepted.key) if rule.matches == Matches.KEY else rows
    book = Rulebook([rule])
    covered = {asset.key for asset in describable([row.key for row in rows]) if book.first(asset) is not None}
    for row in (one for one in rows if one.key in covered):
        if row.category == rule.category:
            why = reason if row.pk == accepted.pk else f"By the rule “{rule}”. {reason}"[:REASON]
            row.state, row.decided_by, row.decided_at, row.reason = State.ACCEPTED, by, timezone.now(), why
            row.rule = rule
        else:
            row.state, row.reason = State.GONE, LABELLED
        row.save(update_fields=("state", "decided_by", "decided_at", "reason", "rule"))
