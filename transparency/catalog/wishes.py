"""What this room does only where another administrator agrees: adding sources, and changing what they are read by."""

from datetime import datetime
from typing import Any

from transparency.accounts.models import User, Wish
from transparency.accounts.wishes import Kind, know
from transparency.catalog.actions.sources import add_source, change_source, settings_of
from transparency.catalog.models import Source


def _add(wish: Wish, agreed_by: User | None, at: datetime) -> str:
    add_source(by=wish.asked_by, agreed_by=agreed_by, **wish.facts)
    return ""


def _change(wish: Wish, agreed_by: User | None, at: datetime) -> str:
    source = Source.objects.get(slug=wish.subject)
    change_source(by=wish.asked_by, source=source, agreed_by=agreed_by, **wish.facts)
    return ""


def _now(wish: Wish) -> Any:
    found = Source.objects.filter(slug=wish.subject).first()
    return settings_of(found) if found else None


know(
    {
        "source.add": Kind("Add a source", "source.edit", _add, _now),
        "source.change": Kind("Change a source", "source.edit", _change, _now),
    }
)
