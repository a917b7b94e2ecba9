"""``/staff/sources/add/`` and ``…/change/``: first what it is read from, then what must be said of that kind alone."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from transparency.accounts import wishes
from transparency.catalog import actions
from transparency.catalog.actions.sources import SETTINGS
from transparency.catalog.models import Source
from transparency.staff.access import StaffRequest, opens
from transparency.staff.asking import do_or_ask
from transparency.staff.kinds import KINDS, SOME, UNASKED
from transparency.staff.saving import again


class SourceForm(forms.ModelForm):  # type: ignore[type-arg]  # generic in the stubs only
    """Asks what a source of that kind needs; ``kind`` goes with it, hidden."""

    class Meta:
        model = Source
        fields = SETTINGS
        labels = {  # noqa: RUF012 - Django's own way
            "slug": "Short name, for addresses and keys",
            "every_minutes": "Read every so many minutes",
            "horizon_days": "Days for which a flow counts",
            "stale_after_hours": "Hours after which it is stale",
            "enabled": "Switched on",
            "location": "Where it is",
            "token": "Name of the token",
            "namespace": "What OpenLineage calls its places",
            "whole_every_hours": "Read all of it every so many hours",
        }
        widgets = {"connector": forms.HiddenInput}  # noqa: RUF012 - Django's own way

    def __init__(self, data: Any, kind: str, **how: Any) -> None:
        super().__init__(data, **how)
        self.initial["connector"], asks = kind, KINDS[kind].asks
        for name in SOME - asks.keys():
            del self.fields[name]
        for name, text in asks.items():
            self.fields[name].help_text = text
        self.fields["enabled"].help_text = TRY_FIRST if asks else TAKEN


TAKEN = "Then events that are sent to it are taken. There is nothing to test."
TRY_FIRST = (
    "Then it is read on its schedule. Leave it off first, test it on its page and see there what it would change."
)


@opens("source.edit", "GET", "HEAD", "POST")
def change(request: StaffRequest, slug: str = "") -> HttpResponse:
    """Add a source, or change the named one; or ask another administrator to agree."""
    standing = get_object_or_404(Source, slug=slug, retired_at=None) if slug else None
    kind = _kind(request, standing)
    if kind not in KINDS:
        return _kinds(request, standing)
    moved = standing is not None and kind != standing.connector
    seen = actions.stamp_of(standing) if standing else ""
    form = SourceForm(request.POST or None, kind, instance=standing, initial={} if standing else {"enabled": False})
    if (
        request.method == "POST"
        and form.is_valid()
        and (result := _saved(request, slug, form, UNASKED if moved else {}))
    ):
        return redirect("staff:sensitive") if result.wish else redirect("staff:source", slug=form.cleaned_data["slug"])
    more = {"kind": Source.Connector(kind).label, "says": KINDS[kind].says}
    return again(request, form, _heading(standing), seen, "staff/source_form.html", more)


def _kind(request: StaffRequest, standing: Source | None) -> str:
    """What it is to be read from: as was chosen, else as it is."""
    told = request.POST if request.method == "POST" else request.GET
    return str(told.get("connector", standing.connector if standing else ""))


def _kinds(request: StaffRequest, standing: Source | None) -> HttpResponse:
    """The page on which one chooses what it is read from."""
    kinds = [(kind, Source.Connector(kind).label, told.says) for kind, told in KINDS.items()]
    context = {"heading": _heading(standing), "kinds": kinds, "standing": standing}
    return render(request, "staff/source_kinds.html", context, status=400 if request.method == "POST" else 200)


def _heading(standing: Source | None) -> str:
    return str(standing or "A new source")


def _saved(request: StaffRequest, slug: str, form: SourceForm, otherwise: Mapping[str, str]) -> wishes.Result | None:
    """What came of it; where the catalog refuses, the form says why. ``otherwise`` is for what the form didn't ask."""
    facts = {**otherwise, **form.cleaned_data} | ({"seen": request.POST.get("seen", "")} if slug else {})
    verb, subject = ("source.change", slug) if slug else ("source.add", facts["slug"])
    try:
        return do_or_ask(request, "", verb=verb, subject_kind="source", subject=subject, facts=facts)
    except ValidationError as wrong:
        form.add_error(None, wrong)
        return None
