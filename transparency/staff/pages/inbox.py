"""``/staff/``: what needs me today?"""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from transparency.catalog import queries as catalog
from transparency.review import actions, queries
from transparency.review.models import Finding
from transparency.staff.access import StaffRequest, opens, tried

SHOWN = 200


@opens("staff.read")
def inbox(request: StaffRequest) -> HttpResponse:
    kind, text = request.GET.get("kind", "")[:20], request.GET.get("q", "")[:200].replace("\0", "")
    state = request.GET.get("state", Finding.State.OPEN)
    context = {
        "findings": queries.inbox(kind, text, state)[:SHOWN],
        "kinds": Finding.Kind.choices,
        "states": Finding.State.choices,
        "kind": kind,
        "state": state,
        "text": text,
        "waiting": queries.waiting_for(request.user),
        "health": catalog.sources(timezone.now()),
    }
    return render(request, "staff/inbox.html", context)


@opens("staff.read")
def finding(request: StaffRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Finding, pk=pk)
    return render(request, "staff/finding.html", {"finding": found, "usable": "/" in found.subject})


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
    kinds = (Finding.Kind.UNDECLARED_USE, Finding.Kind.NOT_OBSERVED)
    found = get_object_or_404(Finding, pk=pk, state=Finding.State.OPEN, kind__in=kinds)
    proposal = actions.propose_from(by=request.user, finding=found)
    return redirect("staff:proposal", pk=proposal.pk)
