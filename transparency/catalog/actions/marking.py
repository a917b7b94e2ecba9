"""Rules and bindings: what people say about assets."""

from django.db import transaction
from django.db.models import Max
from django.forms.models import model_to_dict

from transparency.accounts.actions import record
from transparency.accounts.models import User
from transparency.accounts.policies import require
from transparency.catalog.models import Binding, ClassificationRule


@transaction.atomic
def add_rule(*, by: User, matches: str, pattern: str, category: str, note: str = "") -> ClassificationRule:
    """Put a rule at the end of the list. Raises ``ValidationError`` naming the field."""
    require(by, "catalog.edit")
    last = ClassificationRule.objects.aggregate(last=Max("position"))["last"] or 0
    rule = ClassificationRule(position=last + 1, matches=matches, pattern=pattern, category=category, note=note)
    rule.full_clean()
    rule.save()
    record(by=by, verb="rule.add", subject_kind="rule", subject=str(rule), after=model_to_dict(rule))
    return rule


@transaction.atomic
def change_rule(*, by: User, rule: ClassificationRule, **fields: str) -> ClassificationRule:
    require(by, "catalog.edit")
    before = model_to_dict(ClassificationRule.objects.get(pk=rule.pk))
    for name, value in fields.items():
        setattr(rule, name, value)
    rule.full_clean()
    rule.save()
    record(by=by, verb="rule.change", subject_kind="rule", subject=str(rule), before=before, after=model_to_dict(rule))
    return rule


@transaction.atomic
def remove_rule(*, by: User, rule: ClassificationRule) -> None:
    require(by, "catalog.edit")
    record(by=by, verb="rule.remove", subject_kind="rule", subject=str(rule), before=model_to_dict(rule))
    rule.delete()


@transaction.atomic
def move_rule(*, by: User, rule: ClassificationRule, up: bool) -> None:
    """Let the rule change places with its neighbour; at either end nothing happens."""
    require(by, "catalog.edit")
    rows = list(ClassificationRule.objects.select_for_update())
    here = rows.index(rule)
    there = here - 1 if up else here + 1
    if not 0 <= there < len(rows):
        return
    rows[here], rows[there] = rows[there], rows[here]
    for position, row in enumerate(rows, start=1):
        ClassificationRule.objects.filter(pk=row.pk).exclude(position=position).update(position=position)
    record(by=by, verb="rule.move", subject_kind="rule", subject=str(rule), after={"position": there + 1})


@transaction.atomic
def add_binding(*, by: User, key: str, feature: str, stage: str, note: str = "") -> Binding:
    """Say that an asset is part of an AI feature at a stage."""
    require(by, "catalog.edit")
    binding = Binding(key=key, feature=feature, stage=stage, note=note)
    binding.full_clean()
    binding.save()
    record(by=by, verb="binding.add", subject_kind="binding", subject=str(binding), after=model_to_dict(binding))
    return binding


@transaction.atomic
def remove_binding(*, by: User, binding: Binding) -> None:
    require(by, "catalog.edit")
    record(by=by, verb="binding.remove", subject_kind="binding", subject=str(binding), before=model_to_dict(binding))
    binding.delete()
