"""What stands around every printed page, rendered once for a thousand pages; only what is inside is rendered for each.

A page's template extends ``frame`` where one is given, and ``base.html`` otherwise: both give the same bytes. What is
of one page alone is put in for each: its title, its head, what is inside, and on past days where it is found today.
"""

from functools import lru_cache

from django.template.loader import render_to_string
from django.utils.html import escape

from transparency.members.reading import Reading
from transparency.register.schema import Correction, Register

PART = "<!--part-->"  # can't stand in anybody's text: there it would be escaped


def framed(template: str, context: dict[str, object], site: dict[str, str]) -> str:
    """The whole page."""
    reading = context["reading"]
    seen = reading if isinstance(reading, Reading) else Reading(Register())
    corrections = seen.corrections if seen.day else ()
    before, between, *bar, after = _around(tuple(sorted(site.items())), seen.number, seen.day, corrections)
    within = escape(context.get("today", "/")).join(bar)
    inside = render_to_string(template, site | context | {"frame": "members/_inside.html"})
    title, head, main = inside.removesuffix("\n").split(PART)
    return f"{before}{title}{between}{head}{within}{main}{after}"


@lru_cache(maxsize=64)
def _around(site: tuple[tuple[str, str], ...], number: int, day: str, corrections: tuple[Correction, ...]) -> list[str]:
    """``corrections`` are told of on past days alone."""
    context = {**dict(site), "reading": Reading(Register(), number, day=day, corrections=corrections)}
    return render_to_string("members/_around.html", context).split(PART)
