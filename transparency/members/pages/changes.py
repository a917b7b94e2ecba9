"""``/changes/`` and ``/editions/…``: what changed, and what did you say then?"""

from datetime import date

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_safe

from transparency.members.pages.files import of_edition
from transparency.members.press import Printed, answer, end_of
from transparency.members.reading import Reading
from transparency.register import queries


def changes(reading: Reading) -> tuple[str, dict[str, object]]:
    return "members/changes.html", {"reading": reading, "editions": queries.editions()}


def edition(reading: Reading, number: str) -> tuple[str, dict[str, object]]:
    found = queries.edition(int(number))
    if found is None:
        raise Http404(f"There is no edition {number[:12]}.")
    document = queries.document(found)
    then = Reading(document.register, found.number)
    held = found.effective_at.date().isoformat() if found.number <= reading.number else ""
    context = {"reading": reading, "then": then, "edition": found, "intact": queries.verify(found), "held": held}
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
