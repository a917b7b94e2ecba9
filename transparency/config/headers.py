"""Headers that every answer carries, whichever part of the site made it."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

ALWAYS = {
    "Cross-Origin-Resource-Policy": "same-origin",
    "Origin-Agent-Cluster": "?1",
    "X-Permitted-Cross-Domain-Policies": "none",
}
SIGN_OUT = {"/accounts/logout/", "/accounts/here/sign-out/"}


class HeadersMiddleware:
    """Sets ``ALWAYS``, and keeps out of every cache what does not say itself that it may be kept."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        for name, value in ALWAYS.items():
            response.setdefault(name, value)
        response.setdefault("Cache-Control", "no-store")
        if response.cookies:
            response["Cache-Control"] = "no-store, private"
        if request.method == "POST" and request.path in SIGN_OUT:
            response["Clear-Site-Data"] = '"cache", "storage"'
        return response
