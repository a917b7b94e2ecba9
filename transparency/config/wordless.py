"""Answers that Django gives without a word."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from transparency.members.pages.errors import no_page


class WordlessMiddleware:
    """Of an empty 405 browsers make an error page of their own, as if the site were broken; people get one of ours."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.status_code != 405 or response.content or request.path.startswith("/api/"):
            return response
        told = no_page(request)
        told["Allow"] = response.get("Allow", "")
        return told
