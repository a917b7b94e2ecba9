"""``/staff/assets/``: what does the catalog know of a thing, and what do we say of it?"""

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from transparency.catalog import searching
from transparency.catalog.cards import NEIGHBOURS, asset_card
from transparency.catalog.suggested import suggested_of
from transparency.members import reading
from transparency.register import queries as said
from transparency.staff.access import StaffRequest, opens

SHOWN = 100


@opens("staff.read")
def assets(request: StaffRequest) -> HttpResponse:
    """Assets by a part of their name."""
    asked = request.GET.get("q", "")[:200].replace("\0", "")
    found = searching.assets(asked, SHOWN) if asked else []
    return render(request, "staff/assets.html", {"asked": asked, "found": found, "shown": SHOWN})


@opens("staff.read")
def asset(request: StaffRequest) -> HttpResponse:
    """One asset, named by ``?key=``: a key may hold any character, so it is no part of an address."""
    card = asset_card(request.GET.get("key", "")[:1100].replace("\0", ""))
    if card is None:
        raise Http404("No source knows an asset with this key.")
    names = {one.key: one.name for one in said.newest_register()[1].categories}
    suggested = [(one, names.get(one.category, one.category)) for one in suggested_of(card.key)]
    context = {"card": card, "suggested": suggested, "most": NEIGHBOURS, "reading": reading.now(timezone.now())}
    return render(request, "staff/asset.html", context)
