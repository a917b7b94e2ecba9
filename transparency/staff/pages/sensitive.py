"""``/staff/sensitive/``: what is done that others rely on, and what waits for a second person? Staff all see it."""

from datetime import timedelta

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from transparency.accounts import queries, wishes
from transparency.accounts.models import Wish
from transparency.catalog.foreseeing import Foreseen
from transparency.catalog.trials import Would
from transparency.members import reading
from transparency.staff import acts
from transparency.staff.access import StaffRequest, opens, tried
from transparency.staff.sensitive import foreseen, renamed, shown, stopping, to_fetch, unheard_of, waiting

SHOWN = 100
LATELY = timedelta(days=30)


@opens("staff.read")
def sensitive(request: StaffRequest) -> HttpResponse:
    return _page(request)


def _page(request: StaffRequest, fetched: str = "", of: Wish | None = None) -> HttpResponse:
    now = timezone.now()
    entries = list(queries.acts_among(acts.SENSITIVE, now - LATELY)[:SHOWN])
    for entry in entries:
        entry.words, entry.changes = acts.told(entry.verb, entry.before, entry.after)  # type: ignore[attr-defined]  # for the page
    context = {
        "wishes": waiting(request.user, now),
        "agreed": to_fetch(request.user, now),
        "entries": entries,
        "days": LATELY.days,
        "fetched": fetched,
        "of": of,
    }
    return render(request, "staff/sensitive.html", context)


@opens("staff.read")
def wish(request: StaffRequest, pk: int) -> HttpResponse:
    """One wish that waits: before and after, and what would follow from it now."""
    now = timezone.now()
    asked = shown(get_object_or_404(Wish, pk=pk), request.user, now)
    if asked is None:
        messages.info(request, "This waits no more: it was decided, is too old, or was overtaken.")
        return redirect("staff:sensitive")
    told: list[tuple[Foreseen | None, Would | None]] = []
    stands = not asked.why_not and tried(
        request, lambda: told.append((foreseen(asked.wish, now), renamed(asked.wish, now))), ""
    )
    follows, would = told[0] if told else (None, None)
    context = {
        "one": asked,
        "foreseen": follows,
        "would": would,
        "stands": stands,
        "stopping": stopping(asked.wish),
        "unheard_of": unheard_of(asked.wish),
        "reading": reading.now(now),
    }
    return render(request, "staff/wish.html", context)


@opens("staff.read", "POST")
def decide(request: StaffRequest, pk: int, verb: str) -> HttpResponse:
    """Agree to what somebody else asked for, or decline it."""
    wish, now = get_object_or_404(Wish, pk=pk), timezone.now()
    if verb == "agree":
        tried(request, lambda: wishes.agree(by=request.user, wish=wish, at=now), _done(wish))
    else:
        tried(request, lambda: wishes.decline(by=request.user, wish=wish, at=now), "Declined: nothing was changed.")
    return redirect("staff:sensitive")


def _done(wish: Wish) -> str:
    if wishes.KINDS[wish.verb].is_fetched:
        return f"You agreed. {wish.asked_by.name} fetches it here, and only they are shown it."
    return "You agreed, and it is done."


@opens("staff.read", "POST")
def fetch(request: StaffRequest, pk: int) -> HttpResponse:
    """Make the secret that was agreed to; it is shown in the answer to the form, and nowhere else."""
    wish, secrets = get_object_or_404(Wish, pk=pk), []

    def make() -> None:
        secrets.append(wishes.fetch(by=request.user, wish=wish, at=timezone.now()))

    if tried(request, make, ""):
        return _page(request, secrets[0], wish)
    return redirect("staff:sensitive")
