"""``/editions/1/to/3/``: what differs between any two editions, in sentences, side by side, and for programs."""

import re
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
from transparency.register.schema import Register

PARTS = {
    "use": ("uses", "id"),
    "feature": ("features", "slug"),
    "category": ("categories", "key"),
    "policy": ("policies", "slug"),
    "correction": ("corrections", "slug"),
}


@dataclass(frozen=True)
class Side:
    """One record that differs: its change in words, and each field that differs, before and after."""

    change: Change
    lines: list[tuple[str, str, str]]


def difference(reading: Reading, first: str, second: str) -> tuple[str, dict[str, object]]:
    one, other = _edition(first), _edition(second)
    before, after = queries.document(one).register, queries.document(other).register
    found = [Side(change, _lines(change, before, after)) for change in changes(before, after)]
    context = {"reading": reading, "one": one, "other": other, "sides": found, "editions": queries.editions()}
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
    if change.kind == "policy":
        old, new = _by_clause(old), _by_clause(new)
    names = dict.fromkeys((*new, *old))
    return [
        (name.replace("_", " "), _text(old.get(name)), _text(new.get(name)))
        for name in names
        if (old.get(name) or None) != (new.get(name) or None)
    ]


def _record(change: Change, register: Register) -> dict[str, Any]:
    part, name = PARTS[change.kind]
    found = next((one for one in getattr(register, part) if getattr(one, name) == change.subject), None)
    return dict(msgspec.to_builtins(found)) if found else {}


def _by_clause(policy: dict[str, Any]) -> dict[str, Any]:
    clauses = {f"clause {c['number']}": f"{c['heading']}\n\n{c['text']}".strip() for c in policy.get("clauses", ())}
    return {name: value for name, value in policy.items() if name != "clauses"} | clauses


def _text(value: Any) -> str:
    """What a field holds, for people: one thing a line."""
    if isinstance(value, dict):
        return "\n".join(f"{name.replace('_', ' ')}: {_text(one)}" for name, one in value.items() if one)
    if isinstance(value, list | tuple):
        return "\n".join(_text(one) for one in value)
    return "yes" if value is True else str(value or "")
