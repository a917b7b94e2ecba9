"""``/staff/proposals/``: what exactly would change for members?"""

from datetime import UTC, datetime, time
from urllib.parse import urlencode

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from transparency.accounts.models import User
from transparency.register import queries as said
from transparency.review import actions, policies, queries, waiting
from transparency.review.models import Proposal
from transparency.staff.access import StaffRequest, opens, tried

ON_A_PAGE = 50
WRITTEN = ["%Y-%m-%d"]  # 01/02/2026 is another day on each side of an ocean
STAGES = (("draft", "Written"), ("submitted", "Submitted"), ("approved", "Approved"), ("published", "Published"))
VERBS = ("submit", "approve", "return", "publish", "withdraw")
DONE = {
    "submit": "Submitted. A reviewer who wrote no part of it decides now.",
    "approve": "Approved. Once it is published, members read it.",
    "return": "Returned. Its authors can change it and submit it again.",
    "publish": "Published. Members read it from the moment that it holds; until then they read what will change.",
    "withdraw": "Withdrawn. Nothing of it is published.",
    "comment": "Added.",
}


@opens("staff.read")
def proposals(request: StaffRequest) -> HttpResponse:
    """All of them, the newest first; ``?state=`` narrows."""
    state = request.GET.get("state", "")[:20].replace("\0", "")
    page = Paginator(queries.proposals(state), ON_A_PAGE).get_page(request.GET.get("page", "")[:6])
    kept = urlencode({"state": state}) if state else ""
    became = queries.became(page.object_list)
    rows = [(one, became.get(one.pk, ())) for one in page.object_list]
    context = {"page": page, "rows": rows, "state": state, "states": Proposal.State.choices, "kept": kept}
    return render(request, "staff/proposals.html", context)


@opens("proposal.edit", "POST")
def start(request: StaffRequest) -> HttpResponse:
    made: list[Proposal] = []
    title, why, notice, sooner = (request.POST.get(name, "") for name in ("title", "why", "notice", "sooner"))

    def act() -> None:
        day = _day(request.POST.get("effective_at", ""))
        asked = actions.start_proposal(
            by=request.user, title=title, why=why, notice=notice, sooner=sooner, effective_at=day
        )
        made.append(asked)

    if tried(request, act, "Started. Now choose what to change."):
        return redirect("staff:proposal", pk=made[0].pk)
    return redirect("staff:proposals")


def _day(typed: str) -> datetime | None:
    """Midnight UTC of the day that was typed; ``None`` where none was. Raises ``ValidationError``."""
    try:
        day = forms.DateField(required=False, input_formats=WRITTEN).clean(typed)
    except ValidationError:
        raise ValidationError(f"From which day it holds: “{typed[:20]}” is no day. Write it as 2026-03-01.") from None
    return datetime.combine(day, time.min, UTC) if day else None


class TermsForm(forms.Form):
    effective_at = forms.DateField(
        required=False,
        label="From which day it holds (empty: at once)",
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        input_formats=WRITTEN,
        error_messages={"invalid": "That is no day. Write it as 2026-03-01."},
    )
    notice = forms.CharField(required=False, max_length=300, label="When and how members are told beforehand")
    sooner = forms.CharField(required=False, max_length=300, label="Why it can’t wait, if it must hold sooner")


@opens("proposal.edit", "GET", "HEAD", "POST")
def terms(request: StaffRequest, pk: int) -> HttpResponse:
    """From when a proposal is to hold, and how members learn of it."""
    found = get_object_or_404(Proposal, pk=pk)
    start = {name: getattr(found, name) for name in ("effective_at", "notice", "sooner")}
    form = TermsForm(request.POST or None, initial=start)
    if request.method == "POST" and form.is_valid():
        said, day = form.cleaned_data, form.cleaned_data["effective_at"]
        said |= {"effective_at": datetime.combine(day, time.min, UTC) if day else None}

        overtaken: list[str] = []

        def act() -> None:
            version = _version(request)
            overtaken.extend(actions.change_terms(by=request.user, proposal=found, version=version, **said))

        if tried(request, act, "Saved. It needs a new review."):
            _tell_overtaken(request, overtaken)
            return redirect("staff:proposal", pk=pk)
    context = {"proposal": found, "form": form, "notice_days": settings.NOTICE_DAYS}
    return render(request, "staff/terms.html", context, status=400 if form.errors else 200)


@opens("staff.read")
def proposal(request: StaffRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Proposal.objects.select_related("created_by"), pk=pk)
    digest = queries.content_digest(found)
    void = policies.why_void(found, digest, timezone.now())
    approval = found.decisions.first() if found.state == Proposal.State.APPROVED and not void else None
    later, behind = waiting.anew(found, timezone.now()), queries.is_behind(found, timezone.now())
    bare = queries.bare(found) if settings.REQUIRE_POLICY_COVERAGE else []
    can_be_published = not void and not behind and not bare and not any(one.undecided for one in later)
    context = {
        "proposal": found,
        "changes": queries.changes_of(found),
        "replaces": queries.replaces(found, timezone.now()),
        "sides": queries.sides(found),
        "said": queries.said_about(found),
        "stages": STAGES,
        "became": queries.became([found]).get(found.pk, ()),
        "authors": found.authors.select_related("user"),
        "digest": digest,
        "evidence": queries.evidence_digest(found),
        "rests_on": found.findings.order_by("pk"),
        "void": void,
        "bare": bare,
        "standing": queries.policies_and(found),
        "approved_until": policies.ends_at(approval) if approval else None,
        "newest": said.newest_register()[0],
        "standing_on": queries.starts_from(found, timezone.now()) if behind else found.base,
        "later": [(one, waiting.choices(found, one)) for one in later],
        "is_ahead": found.effective_at is not None and found.effective_at > timezone.now(),
        "may": _may(request.user, found, void, can_be_published=can_be_published),
    }
    return render(request, "staff/proposal.html", context)


def _may(user: User, found: Proposal, void: str, *, can_be_published: bool) -> dict[str, bool]:
    """What to offer: publishing while the approval counts and nothing is open, approving anew once it doesn't."""
    may = {verb: policies.may(user, found, verb) for verb in (*VERBS, "edit")}
    may["publish"] = may["publish"] and can_be_published
    may["approve"] = may["approve"] and (found.state != Proposal.State.APPROVED or bool(void))
    return may


@opens("proposal.comment", "POST")
def act(request: StaffRequest, pk: int, verb: str) -> HttpResponse:
    found = get_object_or_404(Proposal, pk=pk)
    reason, user = request.POST.get("reason", ""), request.user
    digest, evidence = request.POST.get("digest", ""), request.POST.get("evidence", "")
    acts = {
        "submit": lambda: actions.submit(by=user, proposal=found),
        "approve": lambda: actions.approve(by=user, proposal=found, content_digest=digest, evidence_digest=evidence),
        "return": lambda: actions.return_to_author(by=user, proposal=found, reason=reason),
        "publish": lambda: actions.publish(by=user, proposal=found),
        "withdraw": lambda: actions.withdraw(by=user, proposal=found),
        "comment": lambda: actions.comment(by=user, proposal=found, text=reason),
    }
    tried(request, acts[verb], DONE[verb])
    return redirect("staff:proposal", pk=pk)


@opens("proposal.edit", "POST")
def update(request: StaffRequest, pk: int) -> HttpResponse:
    """Put the proposal on top of the edition that is in force, meanwhile, when it is to hold."""
    found = get_object_or_404(Proposal, pk=pk)
    overtaken: list[str] = []

    def act() -> None:
        version = _version(request)
        overtaken.extend(actions.bring_up_to_date(by=request.user, proposal=found, version=version))

    if tried(request, act, "It is up to date now, and needs a new review."):
        _tell_overtaken(request, overtaken)
    return redirect("staff:proposal", pk=pk)


def _tell_overtaken(request: StaffRequest, overtaken: list[str]) -> None:
    if overtaken:
        messages.warning(request, f"Published otherwise meanwhile, so look again: {', '.join(overtaken)[:500]}.")


@opens("proposal.edit", "POST")
def settle(request: StaffRequest, pk: int, edit: int) -> HttpResponse:
    """Decide what holds later, where an edition that waits changes the same as this edit."""
    found = get_object_or_404(Proposal, pk=pk)
    chosen = get_object_or_404(found.edits, pk=edit)
    decided = request.POST.get("decided", "")

    def act() -> None:
        version = _version(request)
        actions.settle(by=request.user, proposal=found, version=version, edit=chosen, decided=decided)

    tried(request, act, "Decided. It needs a new review.")
    return redirect("staff:proposal", pk=pk)


def _version(request: StaffRequest) -> int:
    """The version that the form was made from; one that never was where there is none."""
    typed = request.POST.get("version", "")
    return int(typed) if typed.isdecimal() and len(typed) < 10 else -1


@opens("proposal.edit", "POST")
def undo(request: StaffRequest, pk: int, edit: int) -> HttpResponse:
    found = get_object_or_404(Proposal, pk=pk)
    chosen = get_object_or_404(found.edits, pk=edit)
    version = request.POST.get("version", "")
    if not (version.isdecimal() and len(version) < 10):
        messages.error(request, "The form was incomplete. Open the page again.")
        raise Http404
    done = lambda: actions.undo_edit(by=request.user, proposal=found, version=int(version), edit=chosen)  # noqa: E731 - a name for one act
    tried(request, done, "Taken out.")
    return redirect("staff:proposal", pk=pk)
