"""``/changes/`` and ``/editions/…``: what changed, and what did you say then?"""

from datetime import date, datetime
from functools import lru_cache

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_safe

from transparency.members.news import KINDS, Asked, Unclear, news, read
from transparency.members.pages.files import of_edition
from transparency.members.press import Printed, answer, end_of, pressed, reading_of
from transparency.members.reading import Reading
from transparency.register import queries
from transparency.register.standing import standing


@require_safe
def changes(request: HttpRequest, day: str = "") -> HttpResponse:
    """What changed, narrowed by ``?category=``, ``?feature=`` and ``?kind=``; below ``/on/``, what had by then."""
    at = timezone.now()
    moment = end_of(day) if day else at
    if moment > at and day != at.date().isoformat():
        raise Http404("That day has not come yet.")
    try:
        asked = read(request.GET)
    except Unclear as unclear:
        return HttpResponseBadRequest(str(unclear), content_type="text/plain; charset=utf-8")
    return answer(request, _changes(standing(moment), day, moment.replace(microsecond=0) if day else None, asked))


@lru_cache(maxsize=200)
def _changes(stands: tuple[str, str], day: str, then: datetime | None, asked: Asked) -> Printed:
    """Made once for each standing: what is in force, and what is to come, changes with it."""
    at = then or timezone.now()
    editions = [one for one in queries.editions() if not day or one.published_at <= at]
    context: dict[str, object] = {
        "reading": reading_of(stands, day, at),
        "asked": asked,
        "kinds": KINDS,
        "news": news(asked, at),
        "editions": editions,
        "count": len(editions),
        "at": at,
    }
    return pressed("members/changes.html", context)


def edition(reading: Reading, number: str) -> tuple[str, dict[str, object]]:
    found = queries.edition(int(number))
    if found is None:
        raise Http404(f"There is no edition {number[:12]}.")
    document = queries.document(found)
    then = Reading(document.register, found.number)
    held = found.effective_at.date().isoformat() if found.number <= reading.number else ""
    context = {"reading": reading, "then": then, "edition": found, "intact": queries.verify(found), "held": held}
    context["sooner"] = document.sooner
    context["files"] = of_edition(found.number)
    return "members/edition.html", context


@require_safe
def past(request: HttpRequest) -> HttpResponse:
    """``/on/?day=…``: what the form asks for, at the address where it stands."""
    day = request.GET.get("day", "")
    end_of(day)
    return redirect("members:on:overview", day=date.fromisoformat(day).isoformat())


@require_safe
def edition_document(request: HttpRequest, number: str) -> HttpResponse:
    """The canonical JSON, byte for byte what the digest was made from."""
    found = queries.edition(int(number))
    if found is None:
        raise Http404(f"There is no edition {number[:12]}.")
    body = found.document.encode()
    response = answer(request, Printed(body, b"", f'"{found.digest}"'), "application/json")
    response["Cache-Control"] = "public, max-age=31536000, immutable"
    return response
