"""``/staff/records/``: the register as it would be in a proposal, and the form that changes one record of it."""

from typing import Any
from urllib.parse import urlencode

import msgspec
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from transparency.register import queries as said
from transparency.register.actions import Invalid
from transparency.register.phrases import words
from transparency.register.schema import Register
from transparency.review import actions, queries
from transparency.review.actions import Conflict
from transparency.review.models import Proposal
from transparency.staff import correcting, forms
from transparency.staff.access import StaffRequest, opens

NEW = {
    "category": "A new kind of data",
    "feature": "A new AI feature",
    "use": "A new use",
    "correction": "A new correction",
}
FIXED = {"category": ("key",), "feature": ("slug",), "use": ("category", "feature", "stage"), "correction": ("slug",)}


@opens("staff.read")
def records(request: StaffRequest) -> HttpResponse:
    """All records of the newest edition, or of a proposal, that contain the searched words."""
    asked = request.GET.get("q", "").casefold()[:100]
    proposal = _proposal(request.GET.get("proposal", ""))
    register = queries.draft_register(proposal) if proposal else said.newest_register()[1]
    groups = {kind: _matching(register, kind, asked) for kind in queries.KINDS}
    return render(request, "staff/records.html", {"groups": groups, "proposal": proposal, "asked": asked})


def _matching(register: Register, kind: str, asked: str) -> list[tuple[str, str]]:
    found = queries.records(register, kind)
    rows = ((subject, queries.called(kind, subject, register)) for subject in sorted(found))
    return [row for row in rows if asked in " ".join(row).casefold()]


def _proposal(number: str) -> Proposal | None:
    return Proposal.objects.filter(pk=int(number)).first() if number.isdecimal() and len(number) < 15 else None


@opens("proposal.edit", "GET", "HEAD", "POST")
def edit(request: StaffRequest, pk: int, kind: str) -> HttpResponse:
    """The form of one record in a proposal: empty for a new one, else ``?subject=`` names it."""
    proposal = get_object_or_404(Proposal, pk=pk)
    subject = request.GET.get("subject", "")
    register = queries.draft_register(proposal)
    standing = queries.records(register, kind).get(subject)
    if subject and standing is None:
        raise Http404(f"There is no {kind} “{subject[:80]}”.")
    corrects = kind == "correction" and not standing
    offered = correcting.offered(proposal.base, request.GET) if corrects else correcting.Offered()
    holds_from = queries.holds_from(proposal, timezone.now())
    start = correcting.prefilled(offered, request.GET, proposal.base, holds_from)
    values = msgspec.to_builtins(standing) if standing else start
    faults: list[Any] = []
    status = 200
    if request.method == "POST":
        values = forms.read(queries.KINDS[kind][2], request.POST)
        if corrects:
            values = correcting.with_name(values, queries.records(register, kind))
        try:
            _save(request, proposal, kind, subject, values)
            return redirect("staff:proposal", pk=pk)
        except Invalid as invalid:
            faults, status = invalid.faults, 400
        except Conflict as conflict:
            return _conflict(request, proposal, values, conflict)
    fields = forms.shown(queries.KINDS[kind][2], values, FIXED[kind] if standing else ())
    if kind == "correction":
        fields = correcting.with_choices(fields, values.get("about", ""))
    name = queries.called(kind, subject, register) if standing else NEW[kind]
    context = {"proposal": proposal, "name": name, "kind": kind, "subject": subject, "fields": fields, "faults": faults}
    context |= {"corrects": corrects, "offered": offered, "kept": urlencode({"q": offered.asked})}
    return render(request, "staff/edit.html", context | {"suggested": forms.suggested(register)}, status=status)


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
    texts = queries.as_text
    lines = [(words(name), texts(name, theirs.get(name)), texts(name, mine.get(name))) for name in names]
    return render(request, "staff/conflict.html", {"proposal": proposal, "lines": lines}, status=409)
