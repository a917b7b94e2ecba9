"""``/staff/``: what needs me today?"""

from urllib.parse import urlencode

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from transparency.accounts import wishes
from transparency.accounts.models import User
from transparency.accounts.policies import may
from transparency.catalog import barring
from transparency.catalog import queries as catalog
from transparency.consent import rounds
from transparency.consent.proofs import waiting_since
from transparency.enforcement.queries import any_pipeline_named
from transparency.ledger import clock
from transparency.ledger import queries as ledger
from transparency.register import queries as said
from transparency.review import actions, queries
from transparency.review.models import Finding, Proposal
from transparency.staff.access import StaffRequest, opens, tried
from transparency.staff.steps import MEANING, PROPOSED, first_page, next_step, question

ON_A_PAGE, SHOWN = 50, 20
EXPLAINED = (Finding.Kind.UNDECLARED_USE, Finding.Kind.NOT_OBSERVED, Finding.Kind.UNCOVERED_USE)
SORTED = (("urgency", "Most urgent"), ("oldest", "Oldest"), ("newest", "Newest"), ("kind", "Kind"))
URGENCIES = (
    (1, "Today", "today"),
    (2, "This week", "this week"),
    (3, "When there is time", "when there is time"),
)
AGES = ((0, "Any age"), (7, "A week or more"), (30, "A month or more"), (90, "Three months or more"))


WORDS = [(number, words) for number, words, _ in URGENCIES]


@opens("staff.read")
def inbox(request: StaffRequest) -> HttpResponse:
    """The address holds what is asked for, so a bookmark is a saved search."""
    asked, now = _asked(request.GET), timezone.now()
    page = Paginator(queries.inbox(asked, now), ON_A_PAGE).get_page(request.GET.get("page"))
    for one in page:
        one.step = next_step(one, request.user)  # type: ignore[attr-defined]  # for the page
    kept = {name: value for name, value in vars(asked).items() if value}
    counts = queries.open_by_urgency()
    context = {
        "findings": page,
        "asked": asked,
        "narrowed": asked != queries.Asked(),
        "kept": urlencode(kept),
        "kinds": Finding.Kind.choices,
        "states": Finding.State.choices,
        "sorted": SORTED,
        "urgencies": URGENCIES,
        "tiles": [(number, counts.get(number, 0), words) for number, _, words in URGENCIES],
        "ages": AGES,
        "features": said.newest_register()[1].features,
        "waiting": _waiting(request.user),
        "decides": may(request.user, "proposal.decide"),
        "health": catalog.sources(now),
        "log_waits_since": (since := waiting_since(now)),
        "log_clock": since and clock.fault(now),
        "silent": ledger.silent_witnesses(now),
        "rewritten": rounds.standing(),
        "asked_for": len(wishes.still_waiting(now)),
        "barriers": catalog.barriers_to_decide(request.user, now) if may(request.user, "barrier.approve") else 0,
    }
    return render(request, "staff/inbox.html", context)


def _waiting(user: User) -> list[Proposal]:
    """What a reviewer could decide on; what an editor has yet to write."""
    if may(user, "proposal.decide"):
        return list(queries.waiting_for(user)[:SHOWN])
    return list(queries.to_write(user)[:SHOWN]) if may(user, "proposal.edit") else []


def _asked(given: QueryDict) -> queries.Asked:
    days, urgency = given.get("days", ""), given.get("urgency", "")
    return queries.Asked(
        kind=given.get("kind", "")[:20].replace("\0", ""),
        text=given.get("text", "")[:200].replace("\0", ""),
        state=given.get("state", Finding.State.OPEN)[:20].replace("\0", ""),
        feature=given.get("feature", "")[:60].replace("\0", ""),
        days=int(days) if days in {str(age) for age, _ in AGES} else 0,
        sort=given.get("sort", "urgency")[:20],
        urgency=int(urgency) if urgency in {"1", "2", "3"} else 0,
    )


@opens("staff.read")
def finding(request: StaffRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Finding.objects.select_related("proposal", "decided_by"), pk=pk)
    context = {
        "finding": found,
        "step": next_step(found, request.user),
        "meaning": MEANING.get(found.kind, ""),
        "urgency": dict(WORDS).get(found.urgency, ""),
        "pipeline": any_pipeline_named(found.evidence.get("pipeline", "")),
        "would_stop": _would_stop(found),
        "explained": question(found.subject) if found.kind in EXPLAINED else "",
    }
    return render(request, "staff/finding.html", context)


def _would_stop(found: Finding) -> list[str] | None:
    """What would be seen no more if there were the barrier that is asked about."""
    if found.kind != Finding.Kind.BARRIER_PROPOSED:
        return None
    named = {name: str(found.evidence.get(name, "")) for name in ("key", "downstream_key", "kind")}
    return barring.would_stop(**named, at=timezone.now())


@opens("finding.decide", "POST")
def dismiss(request: StaffRequest) -> HttpResponse:
    numbers = [int(pk) for pk in request.POST.getlist("finding") if pk.isdecimal() and len(pk) < 15]
    chosen = list(Finding.objects.filter(pk__in=numbers))
    reason, done = request.POST.get("reason", ""), list[int]()
    if tried(request, lambda: done.append(actions.dismiss(by=request.user, findings=chosen, reason=reason)), ""):
        _tell(request, done[0], len(request.POST.getlist("finding")))
    return redirect("staff:inbox")


def _tell(request: StaffRequest, done: int, asked: int) -> None:
    """How many were dismissed; of others, somebody decided meanwhile, or they closed by themselves."""
    if done:
        messages.success(request, f"{done} finding{'s' if done > 1 else ''} dismissed.")
    if left := asked - done:
        words = "is open no more and was" if left == 1 else "are open no more and were"
        messages.warning(request, f"{left} of those that you chose {words} left alone: look at them again.")
    elif not asked:
        messages.error(request, "Choose at least one finding first.")


@opens("finding.decide", "POST")
def reopen(request: StaffRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Finding, pk=pk)
    tried(request, lambda: actions.reopen(by=request.user, finding=found), "Opened again.")
    return redirect("staff:finding", pk=pk)


@opens("proposal.edit", "POST")
def propose(request: StaffRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Finding, pk=pk, kind__in=PROPOSED)
    made: list[Proposal] = []
    if tried(request, lambda: made.append(actions.propose_from(by=request.user, finding=found)), "A draft was made."):
        return redirect(first_page(found, made[0]))
    return redirect("staff:finding", pk=pk)
