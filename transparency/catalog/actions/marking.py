"""Rules and bindings: what people say about assets. Nobody says it alone, nor takes it back.

To add is no more harmless than to take out: a rule that comes first hides what a later one would have found, closes the
finding that nobody has said what an asset holds, and lets a claim be called verified. So an editor asks, and a reviewer
agrees (``catalog/wishes.py``); where there is no reviewer yet, nothing can be published either.
"""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max
from django.forms.models import model_to_dict
from django.utils import timezone

from transparency.accounts.actions import record
from transparency.accounts.agreeing import require_agreement
from transparency.accounts.models import User
from transparency.accounts.policies import require
from transparency.catalog.models import Binding, ClassificationRule

AGREEING = "catalog.agree"


def require_two(by: User, agreed_by: User | None) -> None:
    """Raise unless an editor asks, and whoever must agree does; as ``agreeing.require_agreement``."""
    require(by, "catalog.edit")
    require_agreement(by, agreed_by, None, timezone.now(), AGREEING)


@transaction.atomic
def add_rule(
    *, by: User, matches: str, pattern: str, category: str, note: str = "", agreed_by: User | None = None
) -> ClassificationRule:
    """Put a rule at the end of the list. Raises ``ValidationError`` naming the field."""
    require_two(by, agreed_by)
    last = ClassificationRule.objects.aggregate(last=Max("position"))["last"] or 0
    rule = ClassificationRule(position=last + 1, matches=matches, pattern=pattern, category=category, note=note)
    rule.full_clean()
    rule.save()
    record(by=by, verb="rule.add", subject_kind="rule", subject=str(rule), after=model_to_dict(rule))
    return rule


@transaction.atomic
def remove_rule(*, by: User, rule: ClassificationRule, agreed_by: User | None = None) -> None:
    require_two(by, agreed_by)
    record(by=by, verb="rule.remove", subject_kind="rule", subject=str(rule), before=model_to_dict(rule))
    rule.delete()


@transaction.atomic
def move_rule(*, by: User, rule: ClassificationRule, place: int, agreed_by: User | None = None) -> None:
    """Let the rule be tried at that place, from 1; those between move up or down by one."""
    require_two(by, agreed_by)
    rows = list(ClassificationRule.objects.select_for_update())
    before = rows.index(rule) + 1
    if not 1 <= place <= len(rows) or place == before:
        raise ValidationError(f"Choose another place, from 1 to {len(rows)}. It stands at place {before}.")
    rows.insert(place - 1, rows.pop(before - 1))
    for position, row in enumerate(rows, start=1):
        ClassificationRule.objects.filter(pk=row.pk).exclude(position=position).update(position=position)
    record(
        by=by,
        verb="rule.move",
        subject_kind="rule",
        subject=str(rule),
        before={"place": before},
        after={"place": place},
    )


@transaction.atomic
def add_binding(
    *, by: User, key: str, feature: str, stage: str, note: str = "", agreed_by: User | None = None
) -> Binding:
    """Say that an asset is part of an AI feature at a stage."""
    require_two(by, agreed_by)
    binding = Binding(key=key, feature=feature, stage=stage, note=note)
    binding.full_clean()
    binding.save()
    record(by=by, verb="binding.add", subject_kind="binding", subject=str(binding), after=model_to_dict(binding))
    return binding


@transaction.atomic
def remove_binding(*, by: User, binding: Binding, agreed_by: User | None = None) -> None:
    require_two(by, agreed_by)
    record(by=by, verb="binding.remove", subject_kind="binding", subject=str(binding), before=model_to_dict(binding))
    binding.delete()
