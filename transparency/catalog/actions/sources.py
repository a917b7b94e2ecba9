"""Adding and changing sources: what they may show is what the site knows, so nobody does either alone."""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.forms.models import model_to_dict
from django.utils import timezone

from transparency.accounts.actions import record
from transparency.accounts.agreeing import require_agreement
from transparency.accounts.models import User
from transparency.accounts.overtaking import refuse_overtaken, stamp
from transparency.accounts.policies import require
from transparency.catalog.connectors import ASKED, place
from transparency.catalog.models import Source
from transparency.outward.destinations import Forbidden

# What people say of a source; the rest is what its refreshes found.
SETTINGS = (
    "slug",
    "name",
    "connector",
    "location",
    "token",
    "namespace",
    "every_minutes",
    "whole_every_hours",
    "horizon_days",
    "stale_after_hours",
    "enabled",
)


@transaction.atomic
def add_source(*, by: User, agreed_by: User | None = None, **fields: object) -> Source:
    """A new source. ``fields`` are those of ``SETTINGS``; raises ``ValidationError`` naming each that is wrong.

    Raises as ``agreeing.require_agreement`` does, too.
    """
    require(by, "source.edit")
    require_agreement(by, agreed_by, None, timezone.now(), "source.edit")
    source = Source(**fields)
    _check(source)
    source.save()
    record(by=by, verb="source.add", subject_kind="source", subject=source.slug, after=settings_of(source))
    return source


@transaction.atomic
def change_source(
    *, by: User, source: Source, seen: str | None = None, agreed_by: User | None = None, **fields: object
) -> Source:
    """Change a source's settings; its graph stays, and so does what a refresh writes meanwhile.

    ``seen`` is the stamp of the settings that the change was made from; raises ``Overtaken`` where others stand now.
    Raises as ``add_source`` does, too, unless the change ``only_narrows``.
    """
    require(by, "source.edit")
    locked = Source.objects.select_for_update().get(pk=source.pk)
    before = settings_of(locked)
    if locked.retired_at:
        raise ValidationError("It is retired: it is read no more, and never comes back.")
    refuse_overtaken(seen, before, fields)
    for name, value in fields.items():
        setattr(locked, name, value)
    if locked.location != before["location"] or locked.connector != before["connector"]:
        locked.cursor = {}  # what another catalog told is no place to go on from
    _check(locked)
    after = settings_of(locked)
    if not only_narrows(before, after):
        require_agreement(by, agreed_by, None, timezone.now(), "source.edit")
    locked.save(update_fields=(*SETTINGS, "cursor"))
    record(by=by, verb="source.change", subject_kind="source", subject=locked.slug, before=before, after=after)
    return locked


def stamp_of(source: Source) -> str:
    """What a form of this source carries, so that nobody writes over what they never saw."""
    return stamp(settings_of(source))


def settings_of(source: Source) -> dict[str, Any]:
    """What people said of a source."""
    return model_to_dict(source, SETTINGS)


def only_narrows(before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    """Whether other settings show no more, and hide nothing: to switch a source off, or call it stale sooner."""
    changed = {name for name in SETTINGS if before[name] != after[name]}
    sooner = after["stale_after_hours"] <= before["stale_after_hours"]
    return changed <= {"enabled", "stale_after_hours"} and sooner and not (after["enabled"] and not before["enabled"])


def _check(source: Source) -> None:
    """Raises ``ValidationError`` naming each field that is wrong, and an address that nothing may be read from."""
    source.full_clean(exclude=("last_good_at", "last_whole_at", "cursor"))
    if source.connector in ASKED:
        try:
            place(source.location)
        except Forbidden as forbidden:
            raise ValidationError({"location": str(forbidden)}) from forbidden
