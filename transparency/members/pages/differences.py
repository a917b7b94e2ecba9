"""``/editions/1/to/3/``: what differs between any two editions, in sentences, side by side, and for programs."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import msgspec
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_safe

from transparency.members.reading import Reading
from transparency.register import queries
from transparency.register.diff import Change, changes
from transparency.register.models import Edition
from transparency.register.patch import patch
from transparency.register.phrases import text, words
from transparency.register.schema import Policy, Record, Register

PARTS = {
    "use": ("uses", "id"),
    "feature": ("features", "slug"),
    "category": ("categories", "key"),
    "policy": ("policies", "slug"),
    "correction": ("corrections", "slug"),
}
KNOWN_BY = {"category", "feature", "stage", "slug", "key"}


@dataclass(frozen=True)
class Side:
    """One record that differs: its change in words, and each field that differs, before and after."""

    change: Change
    lines: list[tuple[str, str, str]]


def difference(reading: Reading, first: str, second: str) -> tuple[str, dict[str, object]]:
    one, other = _edition(first), _edition(second)
    before, after = queries.document(one).register, queries.document(other).register
    found = [Side(change, _lines(change, before, after)) for change in changes(before, after)]
    instead = queries.overtaken()
    both = [(edition, instead.get(edition.number)) for edition in dict.fromkeys((one, other))]
    context = {"reading": reading, "one": one, "other": other, "both": both, "sides": found}
    return "members/difference.html", context


@require_safe
def json_patch(request: HttpRequest, first: str, second: str) -> HttpResponse:
    """JSON Patch (RFC 6902): applied to the document of the first edition, it gives that of the second."""
    before, after = (msgspec.json.decode(_edition(number).document) for number in (first, second))
    headers = {
        "Cache-Control": "public, max-age=31536000, immutable",
        "Content-Disposition": f'attachment; filename="editions-{first}-to-{second}.patch.json"',
        "Access-Control-Allow-Origin": "*",
    }
    operations = patch(before, after)
    return JsonResponse(operations, safe=False, content_type="application/json-patch+json", headers=headers)


@require_safe
def compare(request: HttpRequest) -> HttpResponse:
    """``/changes/compare/?from=1&to=3``: what the form asks for, at the address where it stands."""
    first, second = request.GET.get("from", ""), request.GET.get("to", "")
    if not all(re.fullmatch("[1-9][0-9]{0,8}", number) for number in (first, second)):
        raise Http404("Choose two editions.")
    return redirect("members:difference", first=first, second=second)


def _edition(number: str) -> Edition:
    found = queries.edition(int(number))
    if found is None:
        raise Http404(f"There is no edition {number[:12]}.")
    return found


def _lines(change: Change, before: Register, after: Register) -> list[tuple[str, str, str]]:
    old, new = _record(change, before), _record(change, after)
    return [
        (words(name), text(name, old.get(name)), text(name, new.get(name)))
        for name in dict.fromkeys((*new, *old))
        if (old.get(name) or None) != (new.get(name) or None)
    ]


def _record(change: Change, register: Register) -> dict[str, object]:
    """What it says, by field; what it is known by stands above all of them."""
    part, known_by = PARTS[change.kind]
    found = next((one for one in getattr(register, part) if getattr(one, known_by) == change.subject), None)
    if isinstance(found, Policy):
        clauses = {f"clause {one.number}": f"{one.heading}\n\n{one.text}".strip() for one in found.clauses}
        return {name: value for name, value in _fields(found) if name != "clauses"} | clauses
    return dict(_fields(found)) if found else {}


def _fields(record: Record) -> Iterator[tuple[str, Any]]:
    return ((name, getattr(record, name)) for name in record.__struct_fields__ if name not in KNOWN_BY)
