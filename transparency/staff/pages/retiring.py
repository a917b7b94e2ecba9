"""``/staff/sources/…/retire/``: what would stop counting if this source were read no more, for good?"""

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from transparency.accounts import wishes
from transparency.accounts.overtaking import stamp
from transparency.accounts.queries import tokens_with
from transparency.catalog import queries
from transparency.catalog.actions.retiring import FRESH, REASON
from transparency.catalog.models import Source, Tryout
from transparency.members import reading
from transparency.staff.access import StaffRequest, opens
from transparency.staff.asking import do_or_ask

DONE = "Retired. A worker takes what it told out of the graph now."
CHANGED = "Something else would stop counting by now. Read it again below."


class RetireForm(forms.Form):
    reason = forms.CharField(
        label="Why it is retired",
        help_text="It stays in the history, e.g. “The old warehouse was switched off on 1 March.”",
        max_length=REASON,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    sure = forms.BooleanField(label="I have read what would stop counting. A source that is retired never comes back.")


@opens("source.edit", "GET", "HEAD", "POST")
def retire(request: StaffRequest, slug: str) -> HttpResponse:
    """Retire it, or ask another administrator to agree."""
    found, now = get_object_or_404(Source, slug=slug, retired_at=None), timezone.now()
    tryouts = queries.tryouts_of(found, retiring=True)
    looked = tryouts.filter(state=Tryout.State.DONE, finished_at__gte=now - FRESH).first()
    form = RetireForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid() and (result := _retired(request, found, form, looked)):
        return redirect("staff:sensitive") if result.wish else redirect("staff:source", slug=slug)
    context = {
        "source": found,
        "form": form,
        "looked": looked,
        "seen": stamp({"stops": looked.would_stop}) if looked else "",
        "tryouts": tryouts,
        "keys": tokens_with(f"lineage:{slug}"),
        "reading": reading.now(now),
    }
    return render(request, "staff/retire.html", context, status=400 if form.errors else 200)


def _retired(request: StaffRequest, found: Source, form: RetireForm, looked: Tryout | None) -> wishes.Result | None:
    """What came of it; where something refuses it, the form says why."""
    stops = looked.would_stop if looked else []
    if looked and request.POST.get("seen") != stamp({"stops": stops}):
        form.add_error(None, CHANGED)
        return None
    what = {"verb": "source.retire", "subject_kind": "source", "subject": found.slug}
    try:
        facts = {"reason": form.cleaned_data["reason"], "stops_counting": stops}
        return do_or_ask(request, DONE, facts=facts, **what)
    except ValidationError as wrong:
        form.add_error(None, wrong)
        return None
