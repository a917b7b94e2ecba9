"""``/staff/again/``: it is you. What did you want to do?"""

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import resolve

from transparency.staff import typed
from transparency.staff.access import SENSITIVE, StaffRequest, opens

HIDDEN = ("digest", "evidence", "version", "verb", "person", "seen")


@opens("staff.read")
def again(request: StaffRequest) -> HttpResponse:
    """Shows what was sent before, ready to be sent once more. Looking does nothing yet."""
    kept = typed.kept(request, request.user.pk)
    if kept is None:
        return redirect("staff:inbox")
    found = resolve(kept.path.partition("?")[0])
    what = SENSITIVE.get((found.url_name or "", found.kwargs.get("verb", "")), "")
    readable = [(name.replace("_", " ").capitalize(), values) for name, values in kept.fields if name not in HIDDEN]
    shown = [(name, ", ".join(values)) for name, values in readable if any(values)]
    return render(request, "staff/again.html", {"kept": kept, "what": what, "shown": shown})
