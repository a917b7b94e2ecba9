"""``/staff/workers/``: is the work done that nobody sees?"""

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from transparency.accounts import working
from transparency.accounts.policies import may
from transparency.consent import rounds
from transparency.consent.proofs import waiting_since
from transparency.enforcement import actions, queries
from transparency.enforcement.actions.trying import SLUG
from transparency.ledger import clock
from transparency.ledger import queries as ledger
from transparency.staff.access import StaffRequest, opens, tried
from transparency.staff.asking import tried_or_asked


@opens("staff.read")
def workers(request: StaffRequest) -> HttpResponse:
    now = timezone.now()
    waiting = working.waiting()
    there = waiting is not None  # nobody waits a second time for a broker that hangs
    context = {
        "timetable": working.timetable_asked(now),
        "waiting": waiting,
        "taken": working.taken() if there else None,
        "answering": working.answering() if there else [],
        "scheduled": working.scheduled(now),
        "canary": queries.canary(),
        "trials": queries.latest_trials(),
        "refusing_fails": queries.refusing_fails(now),
        "log_waits_since": (since := waiting_since(now)),
        "log_clock": since and clock.fault(now),
        "silent": ledger.silent_witnesses(now),
        "rewritten": rounds.standing(),
        "rounds": rounds.newest_of_each(),
        "may_try": may(request.user, "pipeline.manage"),
    }
    return render(request, "staff/workers.html", context)


@opens("pipeline.manage", "POST")
def trials(request: StaffRequest, verb: str) -> HttpResponse:
    """Have it tried, again and again, whether refusing works; or no more."""
    if verb == "start":
        tried(request, lambda: actions.start_trials(by=request.user), "It is tried every four minutes from now on.")
    else:
        told = {"subject_kind": "pipeline", "subject": SLUG, "facts": {}}
        tried_or_asked(request, "It is tried no more.", verb="pipeline.stop_trials", **told)
    return redirect("staff:workers")
