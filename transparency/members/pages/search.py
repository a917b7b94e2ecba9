"""``/search/``: where do you speak of this?"""

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from transparency.members.pages.errors import shown
from transparency.members.press import moment_of, reading_of, same_today
from transparency.members.reading import Reading
from transparency.register import rules
from transparency.register.schema import AIFeature, DataCategory
from transparency.register.standing import standing

WORDS = 8
LENGTH = 200


@require_safe
def search(request: HttpRequest, day: str = "") -> HttpResponse:
    """What is said now; below ``/on/``, what was said that day."""
    moment = moment_of(day, timezone.now())
    asked = request.GET.get("q", "").strip()
    fault = _fault(request, asked)
    here = reading_of(standing(moment), day, moment)
    found = ([], []) if fault or not asked else find(here, asked)
    context = {
        "reading": here,
        "asked": shown(asked[:LENGTH]),
        "fault": fault,
        "categories": found[0],
        "features": found[1],
        "today": f"{same_today(reverse('members:search'), '')}?{urlencode({'q': asked})}",
    }
    response = render(request, "members/search.html", context, status=400 if fault else 200)
    response["Cache-Control"] = "no-store"
    return response


def _fault(request: HttpRequest, asked: str) -> str:
    if rules.unhealthy(asked) or len(request.GET.getlist("q")) > 1:
        return "Type one search, in plain letters."
    if len(asked) > LENGTH or len(asked.split()) > WORDS:
        return f"Use {WORDS} words or fewer, and no more than {LENGTH} letters."
    return ""


def find(reading: Reading, asked: str) -> tuple[list[DataCategory], list[AIFeature]]:
    """Categories and features in whose own words every word of ``asked`` occurs."""
    words = asked.casefold().split()

    def speaks(*texts: str) -> bool:
        said = " ".join(texts).casefold()
        return all(word in said for word in words)

    categories = [c for c in reading.register.categories if speaks(c.name, c.what_it_is, *c.examples)]
    return categories, [f for f in reading.register.features if speaks(f.name, f.what_it_does, f.where)]
