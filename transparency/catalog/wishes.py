"""What this room does only where somebody else agrees: sources, taking what is in doubt, and which names are one."""

from datetime import datetime
from functools import partial
from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.db import transaction

from transparency.accounts import bells
from transparency.accounts.models import User, Wish
from transparency.accounts.wishes import Kind, know
from transparency.catalog.actions.marking import AGREEING
from transparency.catalog.actions.naming import add_name_rule, join_again, keep_apart, remove_name_rule
from transparency.catalog.actions.refreshing import accept_held_refresh, waits_for_people
from transparency.catalog.actions.retiring import retire_source
from transparency.catalog.actions.sources import add_source, change_source, settings_of
from transparency.catalog.models import Apart, NameRule, Refresh, Source
from transparency.catalog.names import what_counts
from transparency.catalog.tasks import refresh_source

Said = TypeVar("Said", NameRule, Apart)


def _add(wish: Wish, agreed_by: User | None, at: datetime) -> str:
    add_source(by=wish.asked_by, agreed_by=agreed_by, **wish.facts)
    return ""


def _change(wish: Wish, agreed_by: User | None, at: datetime) -> str:
    source = Source.objects.get(slug=wish.subject)
    change_source(by=wish.asked_by, source=source, agreed_by=agreed_by, **wish.facts)
    return ""


def _retire(wish: Wish, agreed_by: User | None, at: datetime) -> str:
    source, told = Source.objects.get(slug=wish.subject), wish.facts
    how = {"reason": told["reason"], "stops": told["stops_counting"], "at": at}
    retired = retire_source(by=wish.asked_by, source=source, agreed_by=agreed_by, **how)
    waiting = retired.refreshes.first()
    transaction.on_commit(partial(bells.ring, refresh_source.name, waiting.pk if waiting else 0))
    return ""


def _now(wish: Wish) -> Any:
    found = Source.objects.filter(slug=wish.subject).first()
    return settings_of(found) if found else None


def _add_name_rule(wish: Wish, agreed_by: User | None, at: datetime) -> str:
    add_name_rule(by=wish.asked_by, agreed_by=agreed_by, **wish.facts)
    return ""


def _remove_name_rule(wish: Wish, agreed_by: User | None, at: datetime) -> str:
    remove_name_rule(by=wish.asked_by, rule=_there(_rule(wish)), agreed_by=agreed_by)
    return ""


def _rule(wish: Wish) -> NameRule | None:
    told_by = {"source__slug": wish.facts["source"]} if wish.facts.get("source") else {"source": None}
    return NameRule.objects.filter(kind=wish.facts["kind"], namespace=wish.facts["namespace"], **told_by).first()


def _rule_now(wish: Wish) -> Any:
    return _row(_rule(wish))


def _keep_apart(wish: Wish, agreed_by: User | None, at: datetime) -> str:
    keep_apart(by=wish.asked_by, agreed_by=agreed_by, **wish.facts)
    return ""


def _join_again(wish: Wish, agreed_by: User | None, at: datetime) -> str:
    join_again(by=wish.asked_by, apart=_there(_apart(wish)), agreed_by=agreed_by)
    return ""


def _apart(wish: Wish) -> Apart | None:
    return Apart.objects.filter(key=wish.facts["key"], other=wish.facts["other"]).first()


def _apart_now(wish: Wish) -> Any:
    return _row(_apart(wish))


def _joined_now(wish: Wish) -> Any:
    counts = what_counts()
    return {"are_one": counts(wish.facts["key"]) == counts(wish.facts["other"])}


def _row(said: NameRule | Apart | None) -> Any:
    """Which was said: nobody changes what it says, it is taken back and said anew."""
    return {"row": said.pk} if said else None


def _there(found: Said | None) -> Said:
    """What the wish is about. Raises ``ValidationError`` where it is gone."""
    if found is None:
        raise ValidationError("It was taken back already.")
    return found


def in_doubt(refresh: Refresh) -> dict[str, Any]:
    """The facts of a wish that takes a catalog though it is in doubt: what the doubt is, as people read it."""
    found = {name: refresh.summary[name] for name in ("assets", "flows") if name in refresh.summary}
    return {"row": refresh.pk, "in_doubt": refresh.error} | found


def _take(wish: Wish, agreed_by: User | None, at: datetime) -> str:
    asked = accept_held_refresh(by=wish.asked_by, refresh=_held(wish), agreed_by=agreed_by)
    # Where no worker hears of it now, the timetable tells one later.
    transaction.on_commit(partial(bells.ring, refresh_source.name, asked.pk))
    return ""


def _held(wish: Wish) -> Refresh:
    return Refresh.objects.select_related("source").get(pk=wish.facts["row"])


def _is_overtaken(wish: Wish) -> bool:
    held = Refresh.objects.select_related("source").filter(pk=wish.facts["row"]).first()
    return held is None or not waits_for_people(held)


def _of_names(words: str, do: Any, stands: Any) -> Kind:
    return Kind(words, "catalog.edit", do, stands, agreed_with=AGREEING, is_foreseen=True)


know(
    {
        "source.add": Kind("Add a source", "source.edit", _add, _now),
        "source.change": Kind("Change a source", "source.edit", _change, _now),
        "source.retire": Kind("Retire a source", "source.edit", _retire, _now, is_foreseen=True),
        "names.rule": _of_names("Compare names by a rule", _add_name_rule, _rule_now),
        "names.unrule": _of_names("Take back a rule about names", _remove_name_rule, _rule_now),
        "names.part": _of_names("Keep two names apart", _keep_apart, _joined_now),
        "names.join": _of_names("Let two names be one again", _join_again, _apart_now),
        "source.accept_held": Kind(
            "Take a catalog that is in doubt",
            "source.refresh",
            _take,
            is_void=_is_overtaken,
        ),
    }
)
