"""Acts that nobody does alone: what came of them, told on the page."""

from typing import Any

from django.contrib import messages
from django.utils import timezone

from transparency.accounts import wishes
from transparency.staff.access import StaffRequest, tried

ASKED = "Asked. It happens once somebody else agrees; they were written to."
TO_FETCH = "Asked. Once somebody else agrees, it waits for you here to be fetched; they were written to."


def do_or_ask(request: StaffRequest, done: str, **what: Any) -> wishes.Result:
    """Do it where nobody else need agree, or ask; tells which. Raises what doing it raises."""
    result = wishes.do_or_ask(by=request.user, at=timezone.now(), **what)
    if result.wish:
        messages.success(request, TO_FETCH if wishes.KINDS[result.wish.verb].is_fetched else ASKED)
    elif done:
        messages.success(request, done)
    return result


def tried_or_asked(request: StaffRequest, done: str, **what: Any) -> wishes.Result | None:
    """The same; what refuses it is told as well, and nothing comes of it then."""
    results: list[wishes.Result] = []
    tried(request, lambda: results.append(do_or_ask(request, done, **what)), "")
    return results[0] if results else None
