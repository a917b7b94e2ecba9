"""``/staff/barriers/``: where does data stop, who says so, and what would follow?"""

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from transparency.catalog import actions, barring, said_wishes, searching
from transparency.catalog.keys import short_name
from transparency.catalog.models import Barrier
from transparency.members import reading
from transparency.register import queries as said
from transparency.staff.access import StaffRequest, opens, tried
from transparency.staff.asking import tried_or_asked
from transparency.staff.known import by_name, categories_and_features
from transparency.staff.pages.marking import AN_ASSET, OfAnAsset
from transparency.staff.sensitive import waiting

SHOWN, FOUND, ENDS = 500, 50, 200
FURTHEST = timedelta(days=5 * 365)  # by when somebody must look again at a barrier
FILLED_IN = ("key", "downstream_key", "category", "reason")
COMES = "All that comes to it"


class BarrierForm(OfAnAsset):
    """The asset was chosen before, by its page or by a search: with 300,000 of them no list holds them all."""

    category = forms.ChoiceField(label="What stops", required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        categories, _ = categories_and_features(said.newest_register()[1])
        self.fields["category"].choices = [("", "Everything"), *by_name(categories)]  # type: ignore[attr-defined]  # it chooses
        self.at = str(self["key"].value() or "")[:1100].replace("\0", "")
        ends = dict.fromkeys([*searching.leads_to(self.at, ENDS), str(self["downstream_key"].value() or "")])
        flows = [(key, f"Only what flows from it to {short_name(key)} ({key})") for key in ends if key]
        self.fields["downstream_key"].widget = forms.Select(choices=[("", COMES), *flows])

    def clean_downstream_key(self) -> str:
        if key := str(self.cleaned_data["downstream_key"]).strip():
            AN_ASSET(key)
        return key

    def clean_expires_at(self) -> datetime:
        until: datetime = self.cleaned_data["expires_at"]
        now = timezone.now()
        if until <= now:
            raise ValidationError("This is past already, so it would stop nothing. Choose a later day.")
        if until > now + FURTHEST:
            last = (now + FURTHEST).date().isoformat()
            raise ValidationError(f"By then somebody must have looked again. Choose {last} or earlier.")
        return until

    class Meta:
        model = Barrier
        fields = ("key", "downstream_key", "category", "only_masked", "only_aggregated", "reason", "expires_at")
        labels = {  # noqa: RUF012 - Django's own way
            "downstream_key": "Of what passes there",
            "reason": "Why it stops",
            "expires_at": "Until",
        }
        help_texts = {  # noqa: RUF012 - Django's own way
            "downstream_key": "",
            "reason": "e.g. “Counts per country; groups under 50 are dropped.”",
        }
        widgets = {  # noqa: RUF012 - Django's own way
            "key": forms.HiddenInput,
            "reason": forms.Textarea(attrs={"rows": 3}),
            "expires_at": forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        }


@opens("staff.read")
def barriers(request: StaffRequest) -> HttpResponse:
    """All of them; with ``?q=``, assets to propose one at; with ``?key=`` and perhaps more, the form for it."""
    start: dict[str, object] = {name: request.GET.get(name, "")[:1100].replace("\0", "") for name in FILLED_IN}
    start |= {name: request.GET.get(name) == "on" for name in ("only_masked", "only_aggregated")}
    return _barriers(request, BarrierForm(initial=start))


def _barriers(request: StaffRequest, form: BarrierForm, status: int = 200) -> HttpResponse:
    now, asked = timezone.now(), request.GET.get("q", "")[:200].replace("\0", "").strip()
    context = {
        "barriers": Barrier.objects.select_related("author", "approver").order_by("expires_at")[:SHOWN],
        "form": form,
        "known": searching.is_known(form.at),
        "asked": asked,
        "found": searching.keys_with(asked, FOUND) if asked else [],
        "most": FOUND,
        "now": now,
        "wishes": waiting(request.user, now, subject_kind="barrier"),
        "reading": reading.now(now),
    }
    return render(request, "staff/barriers.html", context, status=status)


@opens("staff.read")
def barrier(request: StaffRequest, pk: int) -> HttpResponse:
    """One barrier, and what would be seen no more while it counts, or again without it."""
    one, now = get_object_or_404(Barrier.objects.select_related("author", "approver"), pk=pk), timezone.now()
    context = {"one": one, "now": now, "stops": barring.stopped_by(one, now), "reading": reading.now(now)}
    return render(request, "staff/barrier.html", context)


@opens("catalog.edit", "POST")
def propose(request: StaffRequest) -> HttpResponse:
    form, made = BarrierForm(request.POST), list[Barrier]()
    if not form.is_valid():
        return _barriers(request, form, status=400)

    def act() -> None:
        made.append(actions.propose_barrier(by=request.user, **form.cleaned_data))

    if tried(request, act, "Proposed. It stops nothing until somebody else approves it."):
        return redirect("staff:barrier", pk=made[0].pk)
    return redirect("staff:barriers")


@opens("barrier.approve", "POST")
def approve(request: StaffRequest, pk: int) -> HttpResponse:
    one = get_object_or_404(Barrier, pk=pk)
    done = "Approved. It counts from now on."
    tried(request, lambda: actions.approve_barrier(by=request.user, barrier=one), done)
    return redirect("staff:barriers")


@opens("barrier.approve", "POST")
def decline(request: StaffRequest, pk: int) -> HttpResponse:
    one, reason = get_object_or_404(Barrier, pk=pk), request.POST.get("reason", "")
    done = f"Declined: nothing stops there. {one.author.name} finds your reason in the history."
    if tried(request, lambda: actions.decline_barrier(by=request.user, barrier=one, reason=reason), done):
        return redirect("staff:barriers")
    return redirect("staff:barrier", pk=pk)


@opens("catalog.edit", "POST")
def remove(request: StaffRequest, pk: int) -> HttpResponse:
    one = get_object_or_404(Barrier, pk=pk)
    what = {"subject_kind": "barrier", "subject": one.key, "facts": said_wishes.gone(one)}
    tried_or_asked(request, "Removed.", verb="barrier.remove", **what)
    return redirect("staff:barriers")
