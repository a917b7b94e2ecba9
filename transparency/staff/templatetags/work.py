"""What every staff page says about the workers."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from html import escape

from django import template
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString

from transparency.accounts.working import Pulse, pulse
from transparency.catalog.keys import field_of, short_name
from transparency.staff import forms, nav
from transparency.staff.steps import question

register = template.Library()
HERE = ' aria-current="page"'
SILENT = timedelta(minutes=1)  # longer than any step of a refresh takes without a sign of life, on a busy machine too


@register.simple_tag
def pulse_now() -> Pulse:
    return pulse(timezone.now())


@register.simple_tag(takes_context=True)
def places(context: template.Context) -> SafeString:
    """Where one can go, in groups: in Python, as it stands on every page."""
    request = context["request"]
    groups = enumerate(nav.places(request.user, request.path), start=1)
    return SafeString("".join(_room(number, heading, links) for number, (heading, links) in groups))


def _room(number: int, heading: str, links: Iterable[nav.Place]) -> str:
    leading = "".join(
        f'<li><a href="{escape(one.address)}"{HERE if one.is_here else ""}>{escape(one.words)}</a></li>'
        for one in links
    )
    name = f'<p class="room-name" id="room-{number}">{escape(heading)}</p>'
    return f'<div class="room">{name}<ul aria-labelledby="room-{number}">{leading}</ul></div>'


@register.simple_tag
def options(known: Iterable[tuple[str, str]], chosen: str) -> SafeString:
    """What can be chosen, each by its name. Of hundreds a template's loop takes fifty times as long."""
    told = (
        f'<option value="{escape(value)}"{" selected" if value == chosen else ""}>{escape(name)}</option>'
        for value, name in known
    )
    return SafeString("".join(told))


@register.filter
def explained(use: str) -> str:
    """The address of the page that explains why that use is seen, or is not; nothing where it is no use's id."""
    asked = question(use)
    return f"{reverse('staff:explain')}?{asked}" if asked else ""


@register.filter
def what_changed(summary: dict[str, int]) -> str:
    """What a refresh changed: “2 assets and 1 flow are new; 1 flow is gone.” What was told as before is no change."""
    said = [_rows(summary, change, *words) for change, words in CHANGES.items()]
    return "; ".join(filter(None, said)) + "." if any(said[:3]) else _nothing_new(said[3])


CHANGES = {
    "added": ("is new", "are new"),
    "changed": ("changed", "changed"),
    "gone": ("is gone", "are gone"),
    "again": ("was seen again", "were seen again"),
}


def _nothing_new(seen_again: str) -> str:
    return f"Nothing changed; {seen_again}." if seen_again else "Nothing changed."


def _rows(summary: dict[str, int], change: str, one: str, many: str) -> str:
    counted = (("asset", summary.get(change, 0)), ("flow", summary.get(f"flows_{change}", 0)))
    found = [f"{number:,} {name}{'' if number == 1 else 's'}" for name, number in counted if number]
    return f"{' and '.join(found)} {one if sum(number for _, number in counted) == 1 else many}" if found else ""


@register.filter
def silent(heard: datetime | None) -> bool:
    """Whether whoever works on it gave no sign of life for so long that a person wants to know."""
    return heard is not None and heard < timezone.now() - SILENT


@register.filter
def field(key: str) -> str:
    """The own name of the column whose key that is."""
    return field_of(key)


@register.filter
def short(key: str) -> str:
    """What a person calls the asset whose key that is."""
    return short_name(key)


@register.filter
def span(value: timedelta) -> str:
    """How long, in words: “15 seconds”, “an hour”."""
    seconds = int(value.total_seconds())
    for unit, length in (("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1)):
        if seconds >= length:
            number = seconds // length
            return f"{number} {unit}{'' if number == 1 else 's'}"
    return "at once"


@register.filter
def called(field: str) -> str:
    """What the form of a record calls a field."""
    return forms.called(field)
