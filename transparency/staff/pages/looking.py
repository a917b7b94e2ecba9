"""``/staff/looked-at/``: which data only helps to choose what reaches a feature, and where does that count?"""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from transparency.catalog import queries, said_wishes
from transparency.catalog.models import Counted, Observation, Stage
from transparency.members import reading
from transparency.register import queries as said
from transparency.staff.access import StaffRequest, opens
from transparency.staff.asking import tried_or_asked
from transparency.staff.known import by_name, categories_and_features
from transparency.staff.sensitive import Shown, waiting

ON_A_PAGE = 50
COUNT = "looking.count"
LENGTHS = {"category": 120, "feature": 60, "stage": 12}


class CountForm(forms.Form):
    """Every kind of data and feature is chosen by its name: whoever decides this need not know their keys.

    Whether it counts already is left to the act, which says by whom it was said.
    """

    category = forms.ChoiceField(label="Kind of data")
    feature = forms.ChoiceField(label="AI feature", required=False)
    stage = forms.ChoiceField(choices=[("", "Every stage"), *Stage.choices], required=False)
    reason = forms.CharField(
        label="Why it is a use",
        max_length=1000,
        help_text="e.g. “Who is shown a job is chosen by their health.”",
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        categories, features = categories_and_features(said.newest_register()[1])
        self.fields["category"].choices = [("", "Choose one"), *by_name(categories)]  # type: ignore[attr-defined]  # it chooses
        self.fields["feature"].choices = [("", "Every feature"), *by_name(features)]  # type: ignore[attr-defined]  # it chooses


@opens("staff.read")
def looked_at(request: StaffRequest) -> HttpResponse:
    """What is seen so now, narrowed by ``?category=``, ``?feature=`` and ``?stage=``; they fill in the form as well."""
    asked = {name: request.GET.get(name, "")[:most].replace("\0", "").strip() for name, most in LENGTHS.items()}
    page = Paginator(queries.looked_at(**asked), ON_A_PAGE).get_page(request.GET.get("page"))
    wishes = waiting(request.user, timezone.now(), subject_kind="looking")
    context = {
        "seen": page,
        "lines": [(one.observation, one.counted, _is_asked(one.observation, wishes)) for one in page],
        "wishes": wishes,
        "asked": asked,
        "narrowed": any(asked.values()),
        "kept": urlencode({name: text for name, text in asked.items() if text}),
        "counted": Counted.objects.select_related("author"),
        "form": CountForm(initial=asked),
        "reading": reading.now(timezone.now()),
    }
    return render(request, "staff/looked_at.html", context)


def _is_asked(seen: Observation, wishes: Sequence[Shown]) -> bool:
    """Whether somebody asked already to let it count, and a reviewer can agree."""
    told = [one.wish.facts for one in wishes if one.wish.verb == COUNT and not one.why_not]
    return any(
        (facts["category"], facts["feature"] or seen.feature, facts["stage"] or seen.stage)
        == (seen.category, seen.feature, seen.stage)
        for facts in told
    )


@opens("catalog.edit", "POST")
def count(request: StaffRequest) -> HttpResponse:
    form = CountForm(request.POST)
    if not form.is_valid():
        return render(request, "staff/form.html", {"form": form, "heading": "Let it count"}, status=400)
    done = "It counts. Findings and members’ pages follow with the next comparison."
    what = {"subject_kind": "looking", "subject": str(Counted(**form.cleaned_data)), "facts": form.cleaned_data}
    tried_or_asked(request, done, verb=COUNT, **what)
    return redirect("staff:looked-at")


@opens("catalog.edit", "POST")
def uncount(request: StaffRequest, pk: int) -> HttpResponse:
    counted = get_object_or_404(Counted, pk=pk)
    what = {"subject_kind": "looking", "subject": str(counted), "facts": said_wishes.gone(counted)}
    tried_or_asked(request, "It counts no more.", verb="looking.uncount", **what)
    return redirect("staff:looked-at")
