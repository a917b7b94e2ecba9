"""``/changes/`` and ``/editions/…``: what changed, and what did you say then?"""

import re
from datetime import date, datetime
from functools import lru_cache

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from transparency.members.news import KINDS, Asked, Unclear, news, read
from transparency.members.pages.errors import misread
from transparency.members.pages.files import of_edition, told
from transparency.members.press import Printed, answer, end_of, moment_of, pressed, reading_of, same_today
from transparency.members.reading import Reading
from transparency.register import order, queries
from transparency.register.standing import standing

AT_ONCE = 20  # editions on a page


@require_safe
def changes(request: HttpRequest, day: str = "") -> HttpResponse:
    """What changed, narrowed by ``?category=``, ``?feature=`` and ``?kind=``; below ``/on/``, what had by then."""
    at = timezone.now()
    moment = moment_of(day, at)
    try:
        asked = read(request.GET)
    except Unclear as unclear:
        return misread(str(unclear))
    page = request.GET.get("page", "1")
    if not re.fullmatch("[1-9][0-9]{0,5}", page):
        raise Http404(f"There is no page “{page[:12]}”. The first one is 1.")
    then = moment.replace(microsecond=0) if moment < at else None
    return answer(request, _changes(standing(moment), day, then, asked, int(page)))


@lru_cache(maxsize=200)
def _changes(stands: tuple[str, str], day: str, then: datetime | None, asked: Asked, number: int) -> Printed:
    """Made once for each standing: what is in force, and what is to come, changes with it."""
    at = then or timezone.now()
    editions = [one for one in queries.editions() if not day or one.published_at <= at]
    pages = Paginator(news(asked, at), AT_ONCE)
    if number > pages.num_pages:
        raise Http404(f"There is no page {number}; the last one is {pages.num_pages}.")
    context: dict[str, object] = {
        "reading": reading_of(stands, day, at),
        "asked": asked,
        "kinds": KINDS,
        "news": pages.page(number),
        "kept": asked.query[1:],
        "editions": editions,
        "count": len(editions),
        "at": at,
        "today": f"{same_today(reverse('members:changes'), '')}{asked.query}",
    }
    return pressed("members/changes.html", context)


def edition(reading: Reading, number: str) -> tuple[str, dict[str, object]]:
    found = queries.edition(int(number))
    if found is None:
        raise Http404(f"There is no edition {number[:12]}.")
    document = queries.document(found)
    then = Reading(document.register, found.number)
    instead = queries.overtaken()
    has_held = found.number <= reading.number and found.number not in instead
    context = {"reading": reading, "then": then, "edition": found, "intact": queries.verify(found)}
    context |= {"held": found.effective_at.date().isoformat() if has_held else "", "before": queries.before(found)}
    context |= {"instead": instead.get(found.number), "replaces": order.replaced(instead, found.number)}
    context["sooner"] = document.sooner
    context["files"] = of_edition(found.number)
    return "members/edition.html", context


@require_safe
def past(request: HttpRequest) -> HttpResponse:
    """``/on/?day=…``: what the form asks for, at the address where it stands."""
    day = request.GET.get("day", "")
    if not day:
        return redirect(f"{reverse('members:changes')}#day")
    end_of(day)
    return redirect("members:on:overview", day=date.fromisoformat(day).isoformat())


@require_safe
def edition_document(request: HttpRequest, number: str) -> HttpResponse:
    """The canonical JSON, byte for byte what the digest was made from.

    Its bytes never change; as long as another edition may overtake this one, the answer's head may.
    """
    known = queries.edition_and_around(int(number))
    if known is None:
        raise Http404(f"There is no edition {number[:12]}.")
    found, around = known
    body = found.document.encode()
    response = answer(request, Printed(body, b"", f'"{found.digest}"'), "application/json")
    response["Content-Disposition"] = f'inline; filename="edition-{found.number}.json"'
    if found.effective_at <= timezone.now():
        response["Cache-Control"] = "public, max-age=31536000, immutable"
    return told(response, around.instead)
