"""``/staff/sources/``: can I trust what we see?"""

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from transparency.accounts import bells, wishes
from transparency.accounts.policies import may
from transparency.catalog import actions, queries
from transparency.catalog.actions.sources import SETTINGS
from transparency.catalog.models import Refresh, Source
from transparency.catalog.places import left_out_of
from transparency.catalog.tasks import refresh_source
from transparency.catalog.wishes import in_doubt
from transparency.members import reading
from transparency.staff.access import StaffRequest, opens, tried
from transparency.staff.asking import do_or_ask, tried_or_asked
from transparency.staff.saving import again
from transparency.staff.sensitive import waiting


class SourceForm(forms.ModelForm):  # type: ignore[type-arg]  # generic in the stubs only
    class Meta:
        model = Source
        fields = SETTINGS
        labels = {  # noqa: RUF012 - Django's own way
            "slug": "Short name, for addresses and keys",
            "connector": "What it is read from",
            "every_minutes": "Read every so many minutes",
            "horizon_days": "Days for which a flow counts",
            "stale_after_hours": "Hours after which it is stale",
            "enabled": "Switched on",
            "location": "Where it is",
            "token": "Name of the token",
            "namespace": "What OpenLineage calls its places",
            "whole_every_hours": "Read all of it every so many hours",
        }
        help_texts = {  # noqa: RUF012 - Django's own way
            "enabled": "Then it is read on its schedule, and events that are sent to it are taken. Leave it off first, "
            "test it on its page and see what it would change. Where events are sent to us, there is nothing to test.",
        }


@opens("staff.read")
def sources(request: StaffRequest) -> HttpResponse:
    context = {"health": queries.sources(timezone.now()), "retired": queries.retired_sources()}
    return render(request, "staff/sources.html", context)


@opens("staff.read")
def source(request: StaffRequest, slug: str) -> HttpResponse:
    found = get_object_or_404(Source, slug=slug)
    context = {
        "source": found,
        "health": queries.health_of(found, timezone.now()),
        "refreshes": found.refreshes.all()[:30],
        "faults": found.faults.all()[:100],
        "left_out": left_out_of(found),
        "tryouts": queries.tryouts_of(found),
        "reading": reading.now(timezone.now()),
        "wishes": waiting(request.user, timezone.now(), subject_kind="source", subject=slug),
        "may_refresh": may(request.user, "source.refresh"),
    }
    return render(request, "staff/source.html", context)


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
    tried_or_asked(request, "Accepted. The catalog is to be read again.", verb="source.accept_held", **what)
    return redirect("staff:source", slug=slug)


def _ring(request: StaffRequest, asked: Refresh) -> None:
    if not bells.ring(refresh_source.name, asked.pk):
        messages.warning(request, f"{bells.UNHEARD} It begins within a quarter of an hour of its return.")


@opens("source.edit", "GET", "HEAD", "POST")
def change(request: StaffRequest, slug: str = "") -> HttpResponse:
    """Add a source, or change the named one; or ask another administrator to agree."""
    standing = get_object_or_404(Source, slug=slug, retired_at=None) if slug else None
    seen = actions.stamp_of(standing) if standing else ""
    form = SourceForm(request.POST or None, instance=standing, initial={} if standing else {"enabled": False})
    if request.method == "POST" and form.is_valid() and (result := _saved(request, slug, form)):
        return redirect("staff:sensitive") if result.wish else redirect("staff:source", slug=form.cleaned_data["slug"])
    return again(request, form, str(standing or "A new source"), seen)


def _saved(request: StaffRequest, slug: str, form: SourceForm) -> wishes.Result | None:
    """What came of it; where the catalog refuses, the form says why."""
    facts = form.cleaned_data | ({"seen": request.POST.get("seen", "")} if slug else {})
    verb, subject = ("source.change", slug) if slug else ("source.add", facts["slug"])
    try:
        return do_or_ask(request, "", verb=verb, subject_kind="source", subject=subject, facts=facts)
    except ValidationError as wrong:
        form.add_error(None, wrong)
        return None
