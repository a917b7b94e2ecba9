"""``/staff/explain/``: by which ways does this data reach that feature, or why does it not?"""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone

from transparency.catalog import queries
from transparency.catalog.explain import explain
from transparency.catalog.models import Stage
from transparency.register import queries as said
from transparency.staff.access import StaffRequest, opens
from transparency.staff.layers import layers

LENGTHS = {"category": 120, "feature": 60, "stage": 12}


@opens("staff.read")
def explaining(request: StaffRequest) -> HttpResponse:
    """A form; with ``?category=``, ``?feature=`` and ``?stage=``, also the answer."""
    asked = {name: request.GET.get(name, "")[:most].replace("\0", "").strip() for name, most in LENGTHS.items()}
    answer = explain(**asked, at=timezone.now()) if all(asked.values()) else None
    newest = said.newest_register()[1]
    context = {
        "asked": asked,
        "stages": Stage.choices,
        "answer": answer,
        "picture": layers(answer.ways, answer.breaking) if answer and answer.ways else None,
        "seen": queries.observations_of(asked["category"], asked["feature"]),
        "categories": newest.categories,
        "features": newest.features,
    }
    return render(request, "staff/explain.html", context)
