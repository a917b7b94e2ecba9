"""Adding and changing sources."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.forms.models import model_to_dict

from transparency.accounts.actions import record
from transparency.accounts.models import User
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
def change_source(*, by: User, source: Source, **fields: object) -> Source:
    """Change a source's settings; its graph stays."""
    require(by, "source.edit")
    before = model_to_dict(Source.objects.get(pk=source.pk), SETTINGS)
    for name, value in fields.items():
        setattr(source, name, value)
    if source.location != before["location"] or source.connector != before["connector"]:
        source.cursor = {}  # what another catalog told is no place to go on from
    _check(source)
    source.save()
    after = model_to_dict(source, SETTINGS)
    record(by=by, verb="source.change", subject_kind="source", subject=source.slug, before=before, after=after)
    return source


def _check(source: Source) -> None:
    """Raises ``ValidationError`` naming each field that is wrong, and an address that nothing may be read from."""
    source.full_clean(exclude=("last_good_at", "last_whole_at", "cursor"))
    if source.connector in ASKED:
        try:
            place(source.location)
        except Forbidden as forbidden:
            raise ValidationError({"location": str(forbidden)}) from forbidden
