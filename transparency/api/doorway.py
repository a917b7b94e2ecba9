"""Answers pipelines' questions before anybody looks for what only browsers bring: sessions, forms' tokens, messages."""

from collections.abc import Callable
from functools import cache

from django.http import HttpRequest, HttpResponse
from django.urls import ResolverMatch, resolve

ADDRESS = "/api/v1/decisions"
POLICY = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"


class DoorwayMiddleware:
    """Sends a question straight to its answer; whatever else is asked goes the whole way.

    An answer is no page: were it shown as one, its policy lets a browser load and run nothing.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path_info != ADDRESS:
            return self.get_response(request)
        request.get_host()  # refuses a name that is not ours, as every address does
        request.resolver_match = match = _match()
        response: HttpResponse = match.func(request)
        response["Content-Security-Policy"] = POLICY
        response["Content-Length"] = str(len(response.content))
        return response


@cache
def _match() -> ResolverMatch:
    return resolve(ADDRESS)
