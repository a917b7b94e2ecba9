"""``/changes/`` and ``/editions/…``: what changed, and what did you say then?"""

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from transparency.members.press import Printed, answer
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
    context = {"reading": reading, "then": then, "edition": found, "intact": queries.verify(found)}
    return "members/edition.html", context


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
