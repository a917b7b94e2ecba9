"""``/staff/``: what needs me today?"""

from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from transparency.catalog import queries as catalog
from transparency.enforcement.queries import any_pipeline_named
from transparency.register import queries as said
from transparency.review import actions, queries
from transparency.review.models import Finding
from transparency.staff.access import StaffRequest, opens, tried

ON_A_PAGE = 50
SORTED = (("urgency", "Most urgent"), ("oldest", "Oldest"), ("newest", "Newest"), ("kind", "Kind"))
PROPOSABLE = (Finding.Kind.UNDECLARED_USE, Finding.Kind.NOT_OBSERVED)
AGES = ((0, "Any age"), (7, "A week or more"), (30, "A month or more"), (90, "Three months or more"))


@opens("staff.read")
def inbox(request: StaffRequest) -> HttpResponse:
    """The address holds what is asked for, so a bookmark is a saved search."""
    asked, now = _asked(request.GET), timezone.now()
    page = Paginator(queries.inbox(asked, now), ON_A_PAGE).get_page(request.GET.get("page"))
    kept = {name: value for name, value in vars(asked).items() if value}
    context = {
        "findings": page,
        "asked": asked,
        "narrowed": asked != queries.Asked(),
        "kept": urlencode(kept),
        "kinds": Finding.Kind.choices,
        "states": Finding.State.choices,
        "sorted": SORTED,
        "ages": AGES,
        "features": said.newest_register()[1].features,
        "waiting": queries.waiting_for(request.user),
        "health": catalog.sources(now),
    }
    return render(request, "staff/inbox.html", context)


def _asked(given: QueryDict) -> queries.Asked:
    days = given.get("days", "")
    return queries.Asked(
        kind=given.get("kind", "")[:20],
        text=given.get("text", "")[:200].replace("\0", ""),
        state=given.get("state", Finding.State.OPEN)[:20],
        feature=given.get("feature", "")[:60].replace("\0", ""),
        days=int(days) if days in {str(age) for age, _ in AGES} else 0,
        sort=given.get("sort", "urgency")[:20],
    )


@opens("staff.read")
def finding(request: StaffRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Finding, pk=pk)
    concerned = any_pipeline_named(found.evidence.get("pipeline", ""))
    context = {"finding": found, "usable": found.kind in PROPOSABLE, "pipeline": concerned}
    return render(request, "staff/finding.html", context)


@opens("finding.decide", "POST")
def dismiss(request: StaffRequest) -> HttpResponse:
    numbers = [int(pk) for pk in request.POST.getlist("finding") if pk.isdecimal() and len(pk) < 15]
    chosen = list(Finding.objects.filter(pk__in=numbers))
    reason = request.POST.get("reason", "")
    tried(request, lambda: actions.dismiss(by=request.user, findings=chosen, reason=reason), "Dismissed.")
    return redirect("staff:inbox")


@opens("finding.decide", "POST")
def reopen(request: StaffRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Finding, pk=pk)
    tried(request, lambda: actions.reopen(by=request.user, finding=found), "Opened again.")
    return redirect("staff:finding", pk=pk)


@opens("proposal.edit", "POST")
def propose(request: StaffRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Finding, pk=pk, state=Finding.State.OPEN, kind__in=PROPOSABLE)
    proposal = actions.propose_from(by=request.user, finding=found)
    return redirect("staff:proposal", pk=proposal.pk)
