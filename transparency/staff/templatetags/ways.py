"""A way through the catalog as a list and as a picture: in Python, for a template's loop takes ten times as long.

Names and keys come from catalogs: nothing is put between the signs of these forms without being escaped.
"""

from collections.abc import Iterable, Iterator
from urllib.parse import quote

from django import template
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from transparency.catalog.explain import Step
from transparency.register.diff import day
from transparency.staff.layers import Layers

register = template.Library()
STEP = '<li><b><a href="{}?key={}">{}</a></b> <span class="quiet">{}{}{}</span>{}</li>'
ARROW = '<path class="arrow{}{}" d="{}" marker-end="url(#{})"><title>{}{}</title></path>\n'
BOX = (
    '<a href="{}?key={}"><rect class="box{}" x="{}" y="{}" width="{}" height="{}" rx="8"/>'
    '<text x="{}" y="{}" text-anchor="middle">{}</text>'
    '<text class="kind-of" x="{}" y="{}" text-anchor="middle">{}</text><title>{}</title></a>\n'
)
LOOKED_AT = SafeString(' <span class="state state-wait">Only looked at</span>')
DONE = {"masked": ' <span class="state">Masked</span>', "aggregated": ' <span class="state">Aggregated</span>'}
NAME, KIND = -3, 14  # how far from the middle of a box its lines of text stand


@register.simple_tag
def way(steps: Iterable[Step]) -> SafeString:
    """The steps of one way, each a link to its asset, with by what, when and how it was made."""
    asset = reverse("staff:asset")
    return format_html('<ol class="chain">{}</ol>', format_html_join("", STEP, (_step(asset, one) for one in steps)))


def _step(asset: str, step: Step) -> tuple[object, ...]:
    key, name, job, seen = (str(step.get(part) or "") for part in ("key", "name", "job_name", "last_seen"))
    by = f", by {job}" if job and job != name else ""
    when = f", last seen {day(seen[:10])}" if seen else ""
    return asset, _quoted(key), name, key, by, when, _done(step)


def _done(step: Step) -> SafeString:
    """What was done to the data on the way there."""
    if step.get("direct") is False:
        return LOOKED_AT
    return SafeString("".join(words for what, words in DONE.items() if step.get(what)))


@register.simple_tag
def picture_of(layers: Layers) -> SafeString:
    """The arrows, and above them the boxes."""
    arrows = format_html_join("", ARROW, _arrows(layers))
    return arrows + format_html_join("", BOX, _boxes(layers))


def _arrows(layers: Layers) -> Iterator[tuple[str, ...]]:
    for one in layers.arrows:
        main, breaks = " main" if one.main else "", " breaks" if one.breaks else ""
        without = "; without it nothing would come" if one.breaks else ""
        yield main, breaks, one.d, "open-tip" if one.looks else "tip", one.words, without


def _boxes(layers: Layers) -> Iterator[tuple[object, ...]]:
    asset = reverse("staff:asset")
    for one in layers.boxes:
        place = (one.left, one.top, layers.wide, layers.high)
        name, kind = (one.x, one.y + NAME, one.name), (one.x, one.y + KIND, one.kind)
        yield asset, _quoted(one.key), " end" if one.is_end else "", *place, *name, *kind, one.key


def _quoted(key: str) -> str:
    return quote(key, safe="/")
