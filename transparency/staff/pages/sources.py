"""``/staff/sources/``: can I trust what we see?"""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from transparency.accounts import bells
from transparency.accounts.policies import may
from transparency.catalog import actions, queries
from transparency.catalog.models import Refresh, Source
from transparency.catalog.places import left_out_of
from transparency.catalog.tasks import refresh_source
from transparency.catalog.wishes import in_doubt
from transparency.members import reading
from transparency.staff.access import StaffRequest, opens, tried
from transparency.staff.asking import tried_or_asked
from transparency.staff.sensitive import waiting

TAKE = "source.accept_held"


@opens("staff.read")
def sources(request: StaffRequest) -> HttpResponse:
    context = {"health": queries.sources(timezone.now()), "retired": queries.retired_sources()}
    return render(request, "staff/sources.html", context)


@opens("staff.read")
def source(request: StaffRequest, slug: str) -> HttpResponse:
    found, now = get_object_or_404(Source, slug=slug), timezone.now()
    health = queries.health_of(found, now)
    wishes = waiting(request.user, now, subject_kind="source", subject=slug)
    context = {
        "source": found,
        "health": health,
        "refreshes": found.refreshes.all()[:30],
        "faults": found.faults.all()[:100],
        "left_out": left_out_of(found),
        "tryouts": queries.tryouts_of(found),
        "reading": reading.now(now),
        "wishes": wishes,
        "may_take": _waits_for_people(health.latest) and not any(one.wish.verb == TAKE for one in wishes),
        "may_refresh": may(request.user, "source.refresh"),
    }
    return render(request, "staff/source.html", context)


def _waits_for_people(latest: Refresh | None) -> bool:
    return latest is not None and latest.state == Refresh.State.HELD


@opens("staff.read")
def progress(request: StaffRequest, slug: str) -> HttpResponse:
    """The state line alone, for the script that keeps it fresh."""
    found = get_object_or_404(Source, slug=slug)
    return render(request, "staff/_progress.html", {"source": found, "latest": found.refreshes.first()})


@opens("source.refresh", "POST")
def refresh(request: StaffRequest, slug: str) -> HttpResponse:
    found = get_object_or_404(Source, slug=slug)

    def start() -> None:
        _ring(request, actions.request_refresh(by=request.user, source=found))

    tried(request, start, "The refresh was asked for.")
    return redirect("staff:source", slug=slug)


@opens("source.refresh", "POST")
def accept(request: StaffRequest, slug: str, pk: int) -> HttpResponse:
    """Say that it is right though it is in doubt, or ask somebody else to agree."""
    held = get_object_or_404(Refresh, pk=pk, source__slug=slug, state=Refresh.State.HELD)
    what = {"subject_kind": "source", "subject": slug, "facts": in_doubt(held)}
    tried_or_asked(request, "Accepted. The catalog is to be read again.", verb=TAKE, **what)
    return redirect("staff:source", slug=slug)


def _ring(request: StaffRequest, asked: Refresh) -> None:
    if not bells.ring(refresh_source.name, asked.pk):
        messages.warning(request, f"{bells.UNHEARD} It begins within a quarter of an hour of its return.")
