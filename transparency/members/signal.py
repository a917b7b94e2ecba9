"""Global Privacy Control: what a signal of a member's browser (``Sec-GPC: 1``) refuses here, and that it was heeded.

The signal refuses for a member who is signed in, once and for the account. That it is no longer sent changes nothing,
and only what the member chooses afterwards, by hand, counts more.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import structlog
from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.crypto import salted_hmac

from transparency.accounts.models import User
from transparency.consent import queries
from transparency.consent.actions import heed_signal
from transparency.consent.models import Choice
from transparency.consent.offers import Offer, Offers
from transparency.consent.precedence import Because
from transparency.consent.scopes import Signal, kind_of

HEEDED = "signal"  # in the session: for whom, and for how much, it was heeded
WORDS = {
    Signal.SHARING: "selling or sharing your data, and adverts across sites",
    Signal.TRAINING: "selling or sharing your data, adverts across sites, and all training of AI",
    Signal.EVERYTHING: "everything AI that you can refuse",
}
log = structlog.get_logger(__name__)


def is_sent(request: HttpRequest) -> bool:
    """Whether one value of the header is exactly ``1``; the web server joins repeated headers with commas."""
    return any(value.strip(" \t") == "1" for value in request.META.get("HTTP_SEC_GPC", "").split(","))


def stated() -> Signal:
    """How much the signal refuses here, as the company states it."""
    return Signal(settings.GPC_COVERS)


class SignalMiddleware:
    """Heeds the signal on whatever page a member opens, before the page is made."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if is_sent(request):
            user = member_of(request)
            if user:
                _heed(request, user)
        return self.get_response(request)


def member_of(request: HttpRequest) -> User | None:
    """The member who is signed in. Where there is no cookie, no session is looked for."""
    if settings.SESSION_COOKIE_NAME not in request.COOKIES or not request.user.is_authenticated:
        return None
    return request.user if request.user.member_key else None


def _heed(request: HttpRequest, user: User) -> None:
    signal = stated()
    mark = salted_hmac(HEEDED, f"{signal.scope} {user.member_key}").hexdigest()
    if request.session.get(HEEDED) == mark:
        return
    try:
        heed_signal(member=user.member_key, signal=signal, at=timezone.now())
    except DatabaseError:
        log.exception("a privacy signal could not be recorded; the member's next page tries again")
    else:
        request.session[HEEDED] = mark


@dataclass(frozen=True)
class Shown:
    """What a page says of the signal, to this reader.

    ``sent`` tells whether this request carried it, ``words`` how much it refuses. ``heeded`` is the choice that was
    recorded for it, if ever. ``refused`` are the uses that are off because of it (without a ``heeded``: that would be),
    ``overruled`` those that the member allowed by hand afterwards.
    """

    sent: bool
    signed_in: bool
    member: bool
    words: str
    heeded: Choice | None
    refused: list[Offer]
    overruled: list[Offer]


def shown(request: HttpRequest, at: datetime, latest: dict[str, Choice] | None = None) -> Shown:
    """What ``components/gpc.html`` shows. ``latest`` are the reader's choices, where the caller has them already."""
    user = member_of(request)
    if latest is None:
        latest = queries.latest(user.member_key) if user else {}
    heeded = {name: row for name, row in latest.items() if kind_of(name) == "gpc"}
    covering = list(heeded) or [stated().scope]
    refused, overruled = _effect(queries.offers(at), latest, covering)
    return Shown(
        sent=is_sent(request),
        signed_in=settings.SESSION_COOKIE_NAME in request.COOKIES and request.user.is_authenticated,
        member=user is not None,
        words=WORDS[max((Signal(name.removeprefix("gpc:")) for name in covering), key=list(Signal).index)],
        heeded=min(heeded.values(), key=lambda row: row.sequence, default=None),
        refused=refused,
        overruled=overruled,
    )


def _effect(offers: Offers, latest: dict[str, Choice], scopes: list[str]) -> tuple[list[Offer], list[Offer]]:
    """The uses that these signals switch off, and those that they don't because the member allowed them later."""
    by_use = {offer.use.id: offer for name in scopes for offer in offers.by_scope.get(name, ())}
    covered = [offer for offer in by_use.values() if offer.terms.refusable]
    if not any(name in latest for name in scopes):
        return covered, []
    said = {one.scope: one for one in queries.said(latest)}
    outcomes = [(offer, offer.outcome(said)) for offer in covered]
    refused = [offer for offer, found in outcomes if found.because == Because.SIGNAL]
    return refused, [offer for offer, found in outcomes if found.allowed]
