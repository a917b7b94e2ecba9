"""Adding and changing sources."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.forms.models import model_to_dict

from transparency.accounts.actions import record
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
def add_source(*, by: User, **fields: object) -> Source:
    """A new source. ``fields`` are those of ``Source``; raises ``ValidationError`` naming each that is wrong."""
    require(by, "source.edit")
    source = Source(**fields)
    _check(source)
    source.save()
    record(by=by, verb="source.add", subject_kind="source", subject=source.slug, after=model_to_dict(source, SETTINGS))
    return source


@transaction.atomic
def change_source(*, by: User, source: Source, seen: str | None = None, **fields: object) -> Source:
    """Change a source's settings; its graph stays, and so does what a refresh writes meanwhile.

    ``seen`` is the stamp of the settings that the change was made from; raises ``Overtaken`` where others stand now.
    """
    require(by, "source.edit")
    locked = Source.objects.select_for_update().get(pk=source.pk)
    before = model_to_dict(locked, SETTINGS)
    refuse_overtaken(seen, before, fields)
    for name, value in fields.items():
        setattr(locked, name, value)
    if locked.location != before["location"] or locked.connector != before["connector"]:
        locked.cursor = {}  # what another catalog told is no place to go on from
    _check(locked)
    locked.save(update_fields=(*SETTINGS, "cursor"))
    after = model_to_dict(locked, SETTINGS)
    record(by=by, verb="source.change", subject_kind="source", subject=locked.slug, before=before, after=after)
    return locked


def stamp_of(source: Source) -> str:
    """What a form of this source carries, so that nobody writes over what they never saw."""
    return stamp(model_to_dict(source, SETTINGS))


def _check(source: Source) -> None:
    """Raises ``ValidationError`` naming each field that is wrong, and an address that nothing may be read from."""
    source.full_clean(exclude=("last_good_at", "last_whole_at", "cursor"))
    if source.connector in ASKED:
        try:
            place(source.location)
        except Forbidden as forbidden:
            raise ValidationError({"location": str(forbidden)}) from forbidden
