"""``/staff/suggestions/``: what may unlabelled columns hold? People decide; nothing is labelled before."""

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone

from transparency.accounts.policies import may
from transparency.catalog import actions, said_wishes
from transparency.catalog.cards import asset_card
from transparency.catalog.keys import dataset_of, field_of, short_name
from transparency.catalog.models import Suggestion
from transparency.catalog.suggested import Asked, how_many, pattern_for, wider
from transparency.catalog.suggested import suggestions as asked_for
from transparency.register import queries as said
from transparency.staff.access import StaffRequest, opens, tried
from transparency.staff.asking import tried_or_asked
from transparency.staff.sensitive import Shown
from transparency.staff.sensitive import waiting as waits

ON_A_PAGE = 50
SORTED = (
    ("changes", "Those that change most"),
    ("weight", "Those that weigh most"),
    ("newest", "Newest"),
    ("name", "Name"),
)
LEAST = ((0, "Any weight"), (60, "60 or more"), (80, "80 or more"))
LENGTHS = {"state": 8, "category": 120, "feature": 60, "text": 200, "key": 1100, "sort": 10}


@dataclass(frozen=True)
class Line:
    """A suggestion as people read it."""

    row: Suggestion
    column: str
    category: str
    features: list[str]
    news: list[str]
    waits: bool
    """Whether somebody asked to accept it already, and a reviewer can agree."""

    @property
    def likely(self) -> str:
        return "Very likely" if self.row.weight >= 80 else "Likely" if self.row.weight >= 60 else "Perhaps"


@opens("staff.read")
def suggestions(request: StaffRequest) -> HttpResponse:
    """The address holds what is asked for, so a bookmark is a saved search."""
    asked, newest = _asked(request.GET), said.newest_register()[1]
    page = Paginator(asked_for(asked), ON_A_PAGE).get_page(request.GET.get("page"))
    names = _names()
    waiting, left_out = how_many()
    wishes = _wishes(request)
    wanted = _wanted(wishes)
    context = {
        "page": page,
        "wishes": wishes,
        "lines": [_line(row, names, wanted) for row in page],
        "asked": asked,
        "narrowed": asked != Asked(),
        "kept": urlencode({name: value for name, value in vars(asked).items() if value}),
        "states": Suggestion.State.choices,
        "sorted": SORTED,
        "weights": LEAST,
        "categories": newest.categories,
        "features": newest.features,
        "waiting": waiting,
        "left_out": left_out,
        "about": short_name(asked.key) if asked.key else "",
        "decides": may(request.user, "catalog.edit"),
    }
    return render(request, "staff/suggestions.html", context)


def _asked(given: QueryDict) -> Asked:
    text = {name: given.get(name, "")[:most].replace("\0", "").strip() for name, most in LENGTHS.items()}
    least = next((number for number, _ in LEAST if str(number) == given.get("least")), 0)
    standing = {name: text[name] or getattr(Asked, name) for name in ("state", "sort")}
    return Asked(**text | standing, least=least)


def _names() -> dict[str, str]:
    """What categories and features are called in the newest register, by key and by slug."""
    newest = said.newest_register()[1]
    return {one.key: one.name for one in newest.categories} | {one.slug: one.name for one in newest.features}


def _wishes(request: StaffRequest) -> list[Shown]:
    return waits(request.user, timezone.now(), subject_kind="suggestion")


def _wanted(wishes: Sequence[Shown]) -> set[int]:
    """Rows that somebody asked to accept, where a reviewer can still agree."""
    return {row for one in wishes if not one.why_not for row in one.wish.facts["row"]}


def _line(row: Suggestion, names: Mapping[str, str], wanted: Container[int]) -> Line:
    features, news = ([names.get(slug, slug) for slug in slugs] for slugs in (row.features, row.news))
    return Line(row, short_name(row.key), names.get(row.category, row.category), features, news, row.pk in wanted)


@opens("staff.read")
def suggestion(request: StaffRequest, pk: int) -> HttpResponse:
    """One suggestion; with ``?pattern=``, also what a rule for every column of such a name would label."""
    row = get_object_or_404(Suggestion.objects.select_related("decided_by", "rule"), pk=pk)
    pattern = request.GET.get("pattern", "")[:200].replace("\0", "").strip()
    context = {
        "line": _line(row, _names(), _wanted(_wishes(request))),
        "card": asset_card(row.key),
        "name": field_of(row.key),
        "dataset": dataset_of(row.key),
        "pattern": pattern or pattern_for(row),
        "wider": wider(row, pattern) if pattern and row.state == Suggestion.State.OPEN else None,
        "decides": may(request.user, "catalog.edit"),
    }
    return render(request, "staff/suggestion.html", context)


@opens("catalog.edit", "POST")
def accept(request: StaffRequest, pk: int) -> HttpResponse:
    """A rule for this column alone; or, where a pattern is sent, for every column whose name matches it."""
    row = get_object_or_404(Suggestion, pk=pk)
    how = {name: request.POST.get(name, "")[:1000] for name in ("pattern", "reason")}
    done = "Accepted. The rule counts from now on; members read of it once a proposal says so."
    _accept(request, done, [row], **how)
    return redirect("staff:suggestion", pk=pk)


def _accept(request: StaffRequest, done: str, rows: list[Suggestion], *, pattern: str, reason: str) -> None:
    if rows:
        subject = str(rows[0]) if len(rows) == 1 else f"{len(rows)} columns"
        told = {"subject_kind": "suggestion", "subject": subject}
        tried_or_asked(
            request, done, verb="suggestion.accept", facts=said_wishes.accepted(rows, pattern, reason), **told
        )


@opens("catalog.edit", "POST")
def reopen(request: StaffRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(Suggestion, pk=pk)
    tried(request, lambda: actions.reopen_suggestion(by=request.user, suggestion=row), "It waits for a decision again.")
    return redirect("staff:suggestion", pk=pk)


@opens("catalog.edit", "POST")
def decide(request: StaffRequest, verb: str) -> HttpResponse:
    """Accept the chosen ones, each for its column alone, or reject them: all of them or none."""
    numbers = [int(pk) for pk in request.POST.getlist("suggestion") if pk.isdecimal() and len(pk) < 15]
    chosen = list(Suggestion.objects.filter(pk__in=numbers[:ON_A_PAGE]))
    reason = request.POST.get("reason", "")[:1000]
    many = f"{len(chosen)} suggestion{'' if len(chosen) == 1 else 's'}"
    if verb == "accept":
        _accept(request, f"Accepted {many}. The rules count from now on.", chosen, pattern="", reason=reason)
    else:
        act = partial(actions.reject_suggestions, by=request.user, suggestions=chosen, reason=reason)
        tried(request, act, f"Rejected {many}.")
    return redirect(_back(request))


def _back(request: StaffRequest) -> str:
    """The list as it was asked for; or the one suggestion, where that was looked at."""
    alone = request.POST.get("alone", "")
    if alone.isdecimal() and len(alone) < 15:
        return reverse("staff:suggestion", kwargs={"pk": int(alone)})
    kept = QueryDict(request.POST.get("kept", "")[:2000])
    asked = {name: value for name, value in vars(_asked(kept)).items() if value}
    return f"{reverse('staff:suggestions')}?{urlencode(asked)}"
