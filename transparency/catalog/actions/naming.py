"""Which names are one: rules of how names are compared, and pairs that are kept apart. A reviewer agrees to either.

Whatever joins names, or parts them, may hide a use: what is one name has all labels and all barriers of the other.
"""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.forms.models import model_to_dict

from transparency.accounts.actions import record
from transparency.accounts.models import User
from transparency.catalog import turns
from transparency.catalog.actions.marking import require_two
from transparency.catalog.keys import dataset_of
from transparency.catalog.models import Apart, NameRule, Source
from transparency.catalog.names import folding, what_counts

Kind = NameRule.Kind
SAID = ("kind", "namespace", "same_as", "reason")
ANYTHING = frozenset("*? ")


@transaction.atomic
def add_name_rule(
    *,
    by: User,
    kind: str,
    namespace: str,
    reason: str,
    same_as: str = "",
    source: str = "",
    agreed_by: User | None = None,
) -> NameRule:
    """Say how the names in a namespace are compared, or that what flows there does not count.

    ``source`` is the slug of the one source of which it is said. Raises ``ValidationError`` naming the field, and as
    ``agreeing.require_agreement`` does.
    """
    require_two(by, agreed_by)
    turns.ruling()
    rule = NameRule(kind=kind, namespace=namespace, same_as=same_as, reason=reason.strip(), source=_source(source))
    rule.author, rule.agreed_by = by, agreed_by
    check(rule)
    rule.save()
    record(by=by, verb="names.rule", subject_kind="names", subject=str(rule)[:600], after=_shown(rule))
    return rule


@transaction.atomic
def remove_name_rule(*, by: User, rule: NameRule, agreed_by: User | None = None) -> None:
    """Names are compared, and flows count, as if it had never been said. Raises as ``add_name_rule`` does."""
    require_two(by, agreed_by)
    record(by=by, verb="names.unrule", subject_kind="names", subject=str(rule)[:600], before=_shown(rule))
    rule.delete()


@transaction.atomic
def keep_apart(*, by: User, key: str, other: str, reason: str, agreed_by: User | None = None) -> Apart:
    """Say that two names are not one, whatever sources tell or rules make of them, now or later.

    Raises ``ValidationError`` where nothing makes them one, and as ``agreeing.require_agreement`` does.
    """
    require_two(by, agreed_by)
    apart = Apart(key=dataset_of(key), other=dataset_of(other), reason=reason.strip(), author=by, agreed_by=agreed_by)
    apart.full_clean(exclude=("author", "agreed_by"))
    counts = what_counts()
    if counts(apart.key) != counts(apart.other):
        raise ValidationError("These two names are not one now, so there is nothing to keep apart.")
    apart.save()
    record(by=by, verb="names.part", subject_kind="names", subject=apart.key[:600], after=_told(apart))
    return apart


@transaction.atomic
def join_again(*, by: User, apart: Apart, agreed_by: User | None = None) -> None:
    """Let what sources tell, and rules say, of the two names count again. Raises as ``add_name_rule`` does."""
    require_two(by, agreed_by)
    record(by=by, verb="names.join", subject_kind="names", subject=apart.key[:600], before=_told(apart))
    apart.delete()


def check(rule: NameRule) -> None:
    """Raises ``ValidationError`` naming the field that is wrong, alone or beside the rules that stand."""
    rule.namespace, rule.same_as = rule.namespace.strip(), rule.same_as.strip()
    rule.full_clean(exclude=("author", "agreed_by"), validate_constraints=False)
    if rule.kind == Kind.PLACE:
        _check_place(rule)
    elif rule.same_as:
        raise ValidationError({"same_as": "Only another name of one place is the same as something."})
    if rule.kind == Kind.LEFT_OUT and ANYTHING.issuperset(rule.namespace):
        raise ValidationError({"namespace": "Then nothing would count at all. Say of which places it is."})
    if rule.source_id and rule.kind != Kind.LEFT_OUT:
        raise ValidationError({"source": "How names are compared holds for every source: leave this empty."})
    if NameRule.objects.filter(kind=rule.kind, namespace=rule.namespace, source=rule.source).exists():
        raise ValidationError({"namespace": "There is such a rule for this already. Take it back first."})


def _check_place(rule: NameRule) -> None:
    if not rule.same_as:
        raise ValidationError({"same_as": "Say which name of the place counts."})
    ends = [name.endswith("*") for name in (rule.namespace, rule.same_as)]
    if ends[0] != ends[1] or any("*" in name[:-1] or "?" in name for name in (rule.namespace, rule.same_as)):
        raise ValidationError({"same_as": "Here a * stands at the end of both names, or of neither, and nowhere else."})
    if folding([*NameRule.objects.all(), rule]).has_no_end():
        raise ValidationError({"same_as": "With the other rules this leads in a ring, or one name lies in the other."})


def _source(slug: str) -> Source | None:
    if not slug:
        return None
    found = Source.objects.filter(slug=slug).first()
    if found is None:
        raise ValidationError({"source": "There is no such source."})
    return found


def _shown(rule: NameRule) -> dict[str, object]:
    told = {"source": rule.source.slug} if rule.source else {}
    return model_to_dict(rule, SAID) | {"kind": rule.get_kind_display()} | told


def _told(apart: Apart) -> dict[str, object]:
    return model_to_dict(apart, ("key", "other", "reason"))
