"""Remembers, for the time of a request, from where it came, so that the history can say so."""

from collections.abc import Callable
from contextvars import ContextVar

from django.conf import settings
from django.http import HttpRequest, HttpResponse

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
