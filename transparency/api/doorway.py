"""Answers what only machines ask before anybody looks for what only browsers bring: sessions, forms' tokens, messages.

These are the addresses that are asked millions of times a day: questions of pipelines, and the choices that members
make on the platform's own page of settings.
"""

from collections.abc import Callable
from functools import cache

from django.http import HttpRequest, HttpResponse
from django.urls import ResolverMatch, resolve

ADDRESSES = frozenset({"/api/v1/decisions", "/api/v1/choices", "/api/v1/choices/query"})
POLICY = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"


class DoorwayMiddleware:
    """Sends what is asked there straight to its answer; whatever else is asked goes the whole way.

    An answer is no page: were it shown as one, its policy lets a browser load and run nothing.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path_info not in ADDRESSES:
            return self.get_response(request)
        request.get_host()  # refuses a name that is not ours, as every address does
        request.resolver_match = match = _match(request.path_info)
        response: HttpResponse = match.func(request)
        response["Content-Security-Policy"] = POLICY
        response["Content-Length"] = str(len(response.content))
        return response


@cache
def _match(address: str) -> ResolverMatch:
    return resolve(address)
