"""``/staff/sources/…/try/``: is it reachable, and what would it change? Nothing of it counts."""

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from transparency.accounts import bells
from transparency.accounts.policies import may
from transparency.catalog import actions, queries
from transparency.catalog.models import Source, Tryout
from transparency.catalog.tasks import try_source
from transparency.members import reading
from transparency.staff.access import StaffRequest, opens, tried

STARTED = {
    Tryout.Kind.CONNECTION: "The test has started.",
    Tryout.Kind.CHANGES: "It is being tried. Nothing that is found will count.",
    Tryout.Kind.RETIREMENT: "It is being worked out. Nothing changes by that.",
}


@opens("source.refresh", "POST")
def start(request: StaffRequest, slug: str, kind: str) -> HttpResponse:
    found = get_object_or_404(Source, slug=slug)
    if kind not in Tryout.Kind.values:
        raise Http404

    def ask() -> None:
        asked = actions.ask_to_try(by=request.user, source=found, kind=kind, at=timezone.now())
        if not bells.ring(try_source.name, asked.pk, asked.asked_at.isoformat()):
            actions.give_up_trying(tryout=asked, because=f"{bells.UNHEARD} Try again once it does.")

    tried(request, ask, STARTED[Tryout.Kind(kind)])
    retires = kind == Tryout.Kind.RETIREMENT and may(request.user, "source.edit")
    return redirect("staff:retire-source" if retires else "staff:source", slug=slug)


@opens("staff.read")
def tryouts(request: StaffRequest, slug: str) -> HttpResponse:
    """What came of it, alone, for the script that keeps it fresh."""
    found = get_object_or_404(Source, slug=slug)
    tried_out = queries.tryouts_of(found, retiring=request.GET.get("of") == Tryout.Kind.RETIREMENT)
    context = {"tryouts": tried_out, "reading": reading.now(timezone.now())}
    return render(request, "staff/_tryouts.html", context)
