"""What stands around every printed page, rendered once for a thousand pages; only what is inside is rendered for each.

A page's template extends ``frame`` where one is given, and ``base.html`` otherwise: both give the same bytes.
"""

from functools import lru_cache

from django.template.loader import render_to_string

from transparency.members.reading import Reading
from transparency.register.schema import Register

PART = "<!--part-->"  # can't stand in anybody's text: there it would be escaped


def framed(template: str, context: dict[str, object], site: dict[str, str]) -> str:
    """The whole page."""
    reading = context["reading"]
    number, day = (reading.number, reading.day) if isinstance(reading, Reading) else (0, "")
    before, between, within, after = _around(tuple(sorted(site.items())), number, day)
    inside = render_to_string(template, site | context | {"frame": "members/_inside.html"})
    title, head, main = inside.removesuffix("\n").split(PART)
    return f"{before}{title}{between}{head}{within}{main}{after}"


@lru_cache(maxsize=64)
def _around(site: tuple[tuple[str, str], ...], number: int, day: str) -> list[str]:
    context = {**dict(site), "reading": Reading(Register(), number, day=day)}
    return render_to_string("members/_around.html", context).split(PART)
