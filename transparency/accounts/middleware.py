"""What surrounds a request: where it came from, for the history, and what is said when the company's server is away."""

from collections.abc import Callable
from contextvars import ContextVar

import structlog
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.middleware import get_user
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from transparency.accounts import proof
from transparency.accounts.models import User
from transparency.accounts.stored import reading_along

COMPANY_SIGN_IN = "/accounts/oidc/"
log = structlog.get_logger(__name__)
origin: ContextVar[str] = ContextVar("origin", default="")


def address(request: HttpRequest) -> str:
    """The caller's address. ``TRUSTED_PROXIES`` hops are believed, counted from the right; a longer header is not."""
    hops = [hop.strip() for hop in request.headers.get("X-Forwarded-For", "").split(",") if hop.strip()]
    if settings.TRUSTED_PROXIES and len(hops) >= settings.TRUSTED_PROXIES:
        return str(hops[-settings.TRUSTED_PROXIES])[:64]
    return str(request.META.get("REMOTE_ADDR", ""))[:64]


class OriginMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        token = origin.set(address(request))
        try:
            return self.get_response(request)
        finally:
            origin.reset(token)


class LastingMiddleware:
    """Ends sessions that have lasted long enough. Looked at only where somebody asks who is there: most pages don't."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.user = SimpleLazyObject(lambda: _who_still_is_here(request))  # type: ignore[assignment]  # stands for either
        return self.get_response(request)


def _who_still_is_here(request: HttpRequest) -> User | AnonymousUser:
    with reading_along(request.session):
        known: User | AnonymousUser = get_user(request)
    if not known.is_authenticated:
        return known
    by_hand = request.headers.get("Sec-Fetch-Dest") != "empty"
    if proof.still_lasts(request.session, known, timezone.now(), by_hand=by_hand):
        return known
    request.ended_for = known.pk  # type: ignore[attr-defined]  # read by the door that keeps what was typed
    request.session.flush()
    messages.info(request, "You were signed out, because that was a while ago. Sign in again.", fail_silently=True)
    return AnonymousUser()


class CompanySignInMiddleware:
    """Says that the company's sign-in server doesn't answer, where that is why a request failed."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if not (request.path.startswith(COMPANY_SIGN_IN) and isinstance(error, OSError | ValueError)):
            return None
        log.error("the company's sign-in server does not answer", exc_info=error)
        return render(request, "socialaccount/no_answer.html", status=503)
