"""Programs that ask the pages' addresses: whatever is refused them is told as a problem document, not as a page."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from transparency.api.problems import Refused
from transparency.members.pages import errors

NO_TOKEN = "Send what the page’s form sends, csrfmiddlewaretoken too, and the page’s cookie. Nothing was changed."  # noqa: S105 - a sentence
NO_FORM = "A form was expected here: Content-Type must be application/x-www-form-urlencoded. Programs use /api/v1/."
NOTHING = "There is nothing at this address, or it is not yours."


def is_machine(request: HttpRequest) -> bool:
    """Whether whoever asks reads JSON rather than pages: they say so, or the address is a JSON file's."""
    accepted = request.headers.get("Accept", "")
    return "html" not in accepted and ("json" in accepted or request.path.endswith(".json"))


class FormsMiddleware:
    """Whoever sends JSON to a page, which takes forms, is told so; nothing of it is read."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method == "POST" and "json" in str(request.content_type) and not request.path.startswith("/api/"):
            return Refused(415, "content_type", NO_FORM).response()
        return self.get_response(request)


def forged(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form without the token of its page."""
    if is_machine(request):
        return Refused(403, "csrf", NO_TOKEN, pointer="/csrfmiddlewaretoken").response()
    return errors.forgery(request, reason)


def missing(request: HttpRequest, exception: Exception) -> HttpResponse:
    """No such page, or none of theirs."""
    return Refused(404, "address", NOTHING).response() if is_machine(request) else errors.missing(request, exception)
