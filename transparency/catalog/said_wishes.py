"""What this room does only where a reviewer agrees: all that people say of the catalog.

What is waited for names what it is about by its row, and tells it in full, so that everybody reads it.
"""

from datetime import datetime
from typing import Any

from django.forms.models import model_to_dict

from transparency.accounts.models import User, Wish
from transparency.accounts.overtaking import stamp
from transparency.accounts.wishes import UNSAID, Kind, know
from transparency.catalog import actions
from transparency.catalog.actions.marking import AGREEING
from transparency.catalog.models import Barrier, Binding, ClassificationRule, Counted, Suggestion

RULE = ("matches", "pattern", "category", "note")
BINDING = ("key", "feature", "stage", "note")
BARRIER = ("key", "downstream_key", "category", "only_masked", "only_aggregated", "reason")
COUNTED = ("category", "feature", "stage", "reason")
Row = ClassificationRule | Binding | Barrier | Counted


def gone(row: Row) -> dict[str, Any]:
    """The facts of a wish that takes this away: nothing of what it says is left."""
    return {"row": row.pk} | dict.fromkeys(_fields(row), "")


def moved(rule: ClassificationRule, place: int) -> dict[str, Any]:
    """The facts of a wish that moves a rule."""
    return {"row": rule.pk, "place": place}


def accepted(suggestions: list[Suggestion], pattern: str, reason: str) -> dict[str, Any]:
    """The facts of a wish that accepts suggestions."""
    rows = sorted(suggestions, key=lambda one: one.pk)
    told = {"columns": [f"{one.key} → {one.category}" for one in rows], "pattern": pattern, "reason": reason}
    return {"row": [one.pk for one in rows]} | told


def _fields(row: Row) -> tuple[str, ...]:
    return {ClassificationRule: RULE, Binding: BINDING, Barrier: BARRIER, Counted: COUNTED}[type(row)]


def _told(wish: Wish) -> dict[str, Any]:
    return {name: value for name, value in wish.facts.items() if name not in UNSAID}


def _standing(wish: Wish, kind: type[Row]) -> Any:
    row = kind.objects.filter(pk=wish.facts["row"]).first()
    return model_to_dict(row, _fields(row)) if row else None


def _rule(wish: Wish) -> ClassificationRule:
    return ClassificationRule.objects.get(pk=wish.facts["row"])


def _add_rule(wish: Wish, agreed_by: User | None, at: datetime) -> str:
    actions.add_rule(by=wish.asked_by, agreed_by=agreed_by, **_told(wish))
    return ""


def _move_rule(wish: Wish, agreed_by: User | None, at: datetime) -> str:
    actions.move_rule(by=wish.asked_by, agreed_by=agreed_by, rule=_rule(wish), place=wish.facts["place"])
    return ""


def _place(wish: Wish) -> Any:
    """A place means something only among the rules as they are."""
    rows = list(ClassificationRule.objects.values_list("pk", flat=True))
    here = rows.index(wish.facts["row"]) + 1 if wish.facts["row"] in rows else None
    return {"place": here, "among": stamp({"rules": rows})}


def _remove_rule(wish: Wish, agreed_by: User | None, at: datetime) -> str:
    actions.remove_rule(by=wish.asked_by, agreed_by=agreed_by, rule=_rule(wish))
    return ""


def _add_binding(wish: Wish, agreed_by: User | None, at: datetime) -> str:
    actions.add_binding(by=wish.asked_by, agreed_by=agreed_by, **_told(wish))
    return ""


def _remove_binding(wish: Wish, agreed_by: User | None, at: datetime) -> str:
    binding = Binding.objects.get(pk=wish.facts["row"])
    actions.remove_binding(by=wish.asked_by, agreed_by=agreed_by, binding=binding)
    return ""


def _remove_barrier(wish: Wish, agreed_by: User | None, at: datetime) -> str:
    barrier = Barrier.objects.get(pk=wish.facts["row"])
    actions.remove_barrier(by=wish.asked_by, agreed_by=agreed_by, barrier=barrier)
    return ""


def _count(wish: Wish, agreed_by: User | None, at: datetime) -> str:
    actions.count_looking(by=wish.asked_by, agreed_by=agreed_by, **_told(wish))
    return ""


def _uncount(wish: Wish, agreed_by: User | None, at: datetime) -> str:
    counted = Counted.objects.get(pk=wish.facts["row"])
    actions.count_no_more(by=wish.asked_by, agreed_by=agreed_by, counted=counted)
    return ""


def _accept(wish: Wish, agreed_by: User | None, at: datetime) -> str:
    how = {"by": wish.asked_by, "agreed_by": agreed_by, "reason": wish.facts["reason"]}
    rows = list(Suggestion.objects.filter(pk__in=wish.facts["row"]).order_by("pk"))
    if wish.facts["pattern"]:
        actions.accept_suggestion(suggestion=rows[0], pattern=wish.facts["pattern"], **how)
    else:
        actions.accept_suggestions(suggestions=rows, **how)
    return ""


def _open(wish: Wish) -> Any:
    rows = Suggestion.objects.filter(pk__in=wish.facts["row"], state=Suggestion.State.OPEN)
    return {"open": [list(one) for one in rows.order_by("pk").values_list("key", "category")]}


def _kind(words: str, do: Any, stands: Any = lambda wish: None) -> Kind:
    return Kind(words, "catalog.edit", do, stands, agreed_with=AGREEING, is_foreseen=True)


know(
    {
        "rule.add": _kind("Add a rule", _add_rule),
        "rule.move": _kind("Move a rule", _move_rule, _place),
        "rule.remove": _kind("Remove a rule", _remove_rule, lambda wish: _standing(wish, ClassificationRule)),
        "binding.add": _kind("Add a binding", _add_binding),
        "binding.remove": _kind("Remove a binding", _remove_binding, lambda wish: _standing(wish, Binding)),
        "barrier.remove": _kind("Remove a barrier", _remove_barrier, lambda wish: _standing(wish, Barrier)),
        "looking.count": _kind("Let it count that data is only looked at", _count),
        "looking.uncount": _kind("Let it count no more", _uncount, lambda wish: _standing(wish, Counted)),
        "suggestion.accept": _kind("Accept what a column may hold", _accept, _open),
    }
)
