"""What every staff page says about the workers."""

from datetime import timedelta

from django import template
from django.utils import timezone

from transparency.accounts.working import Pulse, pulse
from transparency.staff import nav

register = template.Library()


@register.simple_tag
def pulse_now() -> Pulse:
    return pulse(timezone.now())


@register.simple_tag(takes_context=True)
def places(context: template.Context) -> list[tuple[str, list[nav.Place]]]:
    request = context["request"]
    return nav.places(request.user, request.path)


@register.filter
def span(value: timedelta) -> str:
    """How long, in words: “15 seconds”, “an hour”."""
    seconds = int(value.total_seconds())
    for unit, length in (("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1)):
        if seconds >= length:
            number = seconds // length
            return f"{number} {unit}{'' if number == 1 else 's'}"
    return "at once"
