"""Gives every request an id, says it in the answer, and logs what came of it: route, status and time, never who."""

import re
import time
import uuid
from collections.abc import Callable

import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponse

from transparency.accounts.patience import patience

WELL_FORMED = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{15,63}")
HEALTH = "/health/"
log = structlog.get_logger("transparency.requests")


def request_id(request: HttpRequest) -> str:
    """The id that a proxy gave the request, if it is well formed; else a new one."""
    given = request.META.get("HTTP_X_REQUEST_ID", "")
    return given if WELL_FORMED.fullmatch(given) else uuid.uuid4().hex


def route(request: HttpRequest) -> str:
    """The pattern that the address matched: what was asked for, without the part that may name somebody."""
    return request.resolver_match.route if request.resolver_match else "no route"


class RequestMiddleware:
    """The outermost middleware: whatever is logged while a request is answered carries its id."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        name, began = request_id(request), time.perf_counter()
        request.META["REQUEST_ID"] = name
        with structlog.contextvars.bound_contextvars(request_id=name), patience(settings.DATABASE_PATIENCE):
            response = self.get_response(request)
            self._say(request, response, began)
        response["X-Request-ID"] = name
        return response

    def _say(self, request: HttpRequest, response: HttpResponse, began: float) -> None:
        say = log.error if response.status_code >= 500 else log.info
        milliseconds = round((time.perf_counter() - began) * 1000)
        facts = {"method": request.method, "route": route(request), "status": response.status_code}
        if not request.path.startswith(HEALTH) or response.status_code >= 500:
            say("request", **facts, milliseconds=milliseconds)
