"""``/staff/records/``: the register as it would be in a proposal, and the form that changes one record of it."""

from typing import Any

import msgspec
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from transparency.register import queries as said
from transparency.register.actions import Invalid
from transparency.review import actions, queries
from transparency.review.actions import Conflict
from transparency.review.models import Proposal
from transparency.staff import forms
from transparency.staff.access import StaffRequest, opens

FIXED = {"category": ("key",), "feature": ("slug",), "use": ("category", "feature", "stage")}


@opens("staff.read")
def records(request: StaffRequest) -> HttpResponse:
    """All records of the newest edition, or of a proposal, that contain the searched words."""
    asked = request.GET.get("q", "").casefold()[:100]
    proposal = _proposal(request.GET.get("proposal", ""))
    register = queries.draft_register(proposal) if proposal else said.newest_register()[1]
    groups = {kind: _matching(queries.records(register, kind), asked) for kind in queries.KINDS}
    return render(request, "staff/records.html", {"groups": groups, "proposal": proposal, "asked": asked})


def _matching(found: dict[str, Any], asked: str) -> list[tuple[str, str]]:
    rows = ((subject, getattr(record, "name", subject)) for subject, record in sorted(found.items()))
    return [row for row in rows if asked in " ".join(row).casefold()]


def _proposal(number: str) -> Proposal | None:
    return Proposal.objects.filter(pk=int(number)).first() if number.isdecimal() and len(number) < 15 else None


@opens("proposal.edit", "GET", "HEAD", "POST")
def edit(request: StaffRequest, pk: int, kind: str) -> HttpResponse:
    """The form of one record in a proposal: empty for a new one, else ``?subject=`` names it."""
    proposal = get_object_or_404(Proposal, pk=pk)
    subject = request.GET.get("subject", "")
    standing = queries.records(queries.draft_register(proposal), kind).get(subject)
    if subject and standing is None:
        raise Http404(f"There is no {kind} “{subject[:80]}”.")
    values = msgspec.to_builtins(standing) if standing else {}
    faults: list[Any] = []
    status = 200
    if request.method == "POST":
        values = forms.read(queries.KINDS[kind][2], request.POST)
        try:
            _save(request, proposal, kind, subject, values)
            return redirect("staff:proposal", pk=pk)
        except Invalid as invalid:
            faults, status = invalid.faults, 400
        except Conflict as conflict:
            return _conflict(request, proposal, values, conflict)
    fields = forms.shown(queries.KINDS[kind][2], values, FIXED[kind] if standing else ())
    context = {"proposal": proposal, "kind": kind, "subject": subject, "fields": fields, "faults": faults}
    return render(request, "staff/edit.html", context, status=status)


def _save(request: StaffRequest, proposal: Proposal, kind: str, subject: str, values: dict[str, Any]) -> None:
    version = request.POST.get("version", "")
    number = int(version) if version.isdecimal() and len(version) < 10 else -1
    if "remove" in request.POST:
        actions.remove_record(by=request.user, proposal=proposal, version=number, kind=kind, subject=subject)
    else:
        actions.put_record(by=request.user, proposal=proposal, version=number, kind=kind, content=values)


def _conflict(request: StaffRequest, proposal: Proposal, mine: dict[str, Any], conflict: Conflict) -> HttpResponse:
    theirs = conflict.stored or {}
    names = [name for name in {**theirs, **mine} if theirs.get(name) != mine.get(name)]
    lines = [(name.replace("_", " "), theirs.get(name, ""), mine.get(name, "")) for name in names]
    return render(request, "staff/conflict.html", {"proposal": proposal, "lines": lines}, status=409)
