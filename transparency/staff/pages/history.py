"""``/staff/history/``: who did what, when, from where?"""

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render

from transparency.accounts.models import HistoryEntry
from transparency.staff.access import StaffRequest, opens


@opens("staff.read")
def history(request: StaffRequest) -> HttpResponse:
    asked = request.GET.get("q", "")[:100].replace("\0", "")
    rows = HistoryEntry.objects.all()
    if asked:
        rows = rows.filter(actor_name__icontains=asked) | rows.filter(verb__icontains=asked)
    page = Paginator(rows, 50).get_page(request.GET.get("page", "")[:6])
    return render(request, "staff/history.html", {"page": page, "asked": asked})
