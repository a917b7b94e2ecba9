"""``/staff/assets/``: what does the catalog know of a thing, and what do we say of it?"""

from django.http import Http404, HttpResponse
from django.shortcuts import render

from transparency.catalog import queries
from transparency.staff.access import StaffRequest, opens

SHOWN = 100


@opens("staff.read")
def assets(request: StaffRequest) -> HttpResponse:
    """Assets by a part of their name."""
    asked = request.GET.get("q", "")[:200].replace("\0", "")
    found = queries.assets(asked)[:SHOWN] if asked else []
    return render(request, "staff/assets.html", {"asked": asked, "found": found, "shown": SHOWN})


@opens("staff.read")
def asset(request: StaffRequest) -> HttpResponse:
    """One asset, named by ``?key=``: a key may hold any character, so it is no part of an address."""
    card = queries.asset_card(request.GET.get("key", "")[:1100].replace("\0", ""))
    if card is None:
        raise Http404("No source knows an asset with this key.")
    return render(request, "staff/asset.html", {"card": card})
