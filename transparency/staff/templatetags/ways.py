"""A way through the catalog as a list and as a picture: in Python, for a template's loop takes fifty times as long.

Names and keys come from catalogs: nothing is put between the signs of these forms without being escaped.
"""

from collections.abc import Iterable
from functools import cache, lru_cache
from html import escape
from urllib.parse import quote, urlencode

from django import template
from django.urls import reverse
from django.utils.safestring import SafeString

from transparency.catalog.explain import Breaking, Step
from transparency.catalog.keys import short_name
from transparency.catalog.models import Observation
from transparency.members.reading import Reading
from transparency.members.templatetags.pages import category_name, feature_name, moment
from transparency.register.phrases import day
from transparency.staff.layers import Arrow, Box, Layers

register = template.Library()
LOOKED_AT = ' <span class="state state-wait">Only looked at</span>'
DONE = {"masked": ' <span class="state">Masked</span>', "aggregated": ' <span class="state">Aggregated</span>'}
NAME, KIND = -3, 14  # how far from the middle of a box its lines of text stand


@register.simple_tag
def way(steps: Iterable[Step]) -> SafeString:
    """The steps of one way, each a link to its asset, with by what, when and how it was made."""
    return SafeString(f'<ol class="chain">{"".join(map(_step, steps))}</ol>')


def _step(step: Step) -> str:
    key, name, job, seen = (str(step.get(part) or "") for part in ("key", "name", "job_name", "last_seen"))
    by = f", by {job}" if job and job != name else ""
    when = f", last seen {_day(seen[:10])}" if seen else ""
    about = f'<span class="quiet">{escape(key + by + when)}</span>{_done(step)}'
    return f'<li><b><a href="{_address(key)}">{escape(name)}</a></b> {about}</li>'


def _done(step: Step) -> str:
    """What was done to the data on the way there."""
    if step.get("direct") is False:
        return LOOKED_AT
    return "".join(words for what, words in DONE.items() if step.get(what))


@register.simple_tag
def flows_between(flows: Iterable[Breaking], category: str, role: str) -> SafeString:
    """Flows as a list, each by the names of its two ends; which namespaces these are in, the steps say.

    Who may propose a barrier is led to the form for one on that flow, for that category.
    """
    bars = role == "editor"
    rows = (
        f'<li class="row"><span>{_end(one.start)} → {_end(one.end)}</span>{_bar(one, category) if bars else ""}</li>'
        for one in flows
    )
    return SafeString("".join(rows))


def _bar(flow: Breaking, category: str) -> str:
    asked = escape(urlencode({"key": flow.upstream, "downstream_key": flow.end, "category": category}))
    words = escape(f"Propose a barrier between {short_name(flow.upstream)} and {short_name(flow.end)}")
    return f' <a href="{_barriers()}?{asked}#propose" aria-label="{words}">Propose a barrier</a>'


def _end(key: str) -> str:
    return f'<a href="{_address(key)}" title="{escape(key)}">{escape(short_name(key))}</a>'


@register.simple_tag
def also_seen(reading: Reading, seen: Iterable[Observation]) -> SafeString:
    """Observations as a list, each a link to its explanation."""
    return SafeString("".join(_seen(reading, one) for one in seen))


def _seen(reading: Reading, one: Observation) -> str:
    names = f"{category_name(reading, one.category)} → {feature_name(reading, one.feature)}"
    asked = urlencode({"category": one.category, "feature": one.feature, "stage": one.stage})
    known = "" if one.by_column else ", known by table only"
    how = f"{known}{'' if one.direct else ', only looked at'}"
    return (
        f'<li class="row"><div><a class="main" href="{_explaining()}?{escape(asked)}">{escape(names)}</a> '
        f'<code class="quiet">{escape(f"{one.category} → {one.feature}")}</code></div> '
        f'<span class="quiet">{escape(one.get_stage_display())}, first seen {moment(one.first_seen)}{how}</span></li>'
    )


@cache
def _explaining() -> str:
    return reverse("staff:explain")


@register.simple_tag
def picture_of(layers: Layers) -> SafeString:
    """The arrows, and above them the boxes."""
    size = f'width="{layers.wide}" height="{layers.high}"'
    return SafeString("".join((*map(_arrow, layers.arrows), *(_box(one, size) for one in layers.boxes))))


def _arrow(one: Arrow) -> str:
    kind = f"arrow{' main' if one.main else ''}{' breaks' if one.breaks else ''}"
    words = f"{one.words}{'; without it nothing would come' if one.breaks else ''}"
    tip = "open-tip" if one.looks else "tip"
    return f'<path class="{kind}" d="{one.d}" marker-end="url(#{tip})"><title>{escape(words)}</title></path>\n'


def _box(one: Box, size: str) -> str:
    kind = f"box{' end' if one.is_end else ''}"
    return (
        f'<a href="{_address(one.key)}"><rect class="{kind}" x="{one.left}" y="{one.top}" {size} rx="8"/>'
        f'<text x="{one.x}" y="{one.y + NAME}" text-anchor="middle">{escape(one.name)}</text>'
        f'<text class="kind-of" x="{one.x}" y="{one.y + KIND}" text-anchor="middle">{escape(one.kind)}</text>'
        f"<title>{escape(one.key)}</title></a>\n"
    )


@lru_cache(maxsize=5_000)
def _address(key: str) -> str:
    return f"{_page()}?key={quote(key, safe='/')}"


@cache
def _barriers() -> str:
    return reverse("staff:barriers")


@cache
def _page() -> str:
    return reverse("staff:asset")


_day = lru_cache(maxsize=1_000)(day)  # a graph's flows were seen on few days
