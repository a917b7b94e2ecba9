"""``/staff/explain/``: by which ways does this data reach that feature, or why does it not?"""

from collections.abc import Iterable

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone

from transparency.catalog import queries
from transparency.catalog.explain import explain
from transparency.catalog.models import Stage
from transparency.members import reading
from transparency.register import queries as said
from transparency.staff.access import StaffRequest, opens
from transparency.staff.layers import layers

LENGTHS = {"category": 120, "feature": 60, "stage": 12}
SHOWN = 200


@opens("staff.read")
def explaining(request: StaffRequest) -> HttpResponse:
    """A form; with ``?category=``, ``?feature=`` and ``?stage=`` the answer, with fewer what is seen of them."""
    asked = {name: request.GET.get(name, "")[:most].replace("\0", "").strip() for name, most in LENGTHS.items()}
    answer = explain(**asked, at=timezone.now()) if all(asked.values()) else None
    newest = said.newest_register()[1]
    if answer:
        seen = queries.observations_of(feature=asked["feature"]).exclude(category=asked["category"])
    else:
        seen = queries.observations_of(**asked)
    context = {
        "asked": asked,
        "stages": Stage.choices,
        "answer": answer,
        "picture": layers(answer.ways, answer.breaking) if answer and answer.ways else None,
        "seen": seen[:SHOWN],
        "narrowed": any(asked.values()),
        "reading": reading.now(timezone.now()),
        "categories": _named(asked["category"], ((one.key, one.name) for one in newest.categories), "category"),
        "features": _named(asked["feature"], ((one.slug, one.name) for one in newest.features), "feature"),
    }
    return render(request, "staff/explain.html", context)


def _named(asked: str, known: Iterable[tuple[str, str]], field: str) -> list[tuple[str, str]]:
    """What can be chosen, by name: what our record knows, what is seen without being declared, and what was asked."""
    names = dict(known)
    seen = queries.observations_of().order_by(field).values_list(field, flat=True).distinct()
    names |= {key: key for key in (*seen, asked) if key and key not in names}
    return sorted(names.items(), key=lambda one: one[1].casefold())
