"""Programs that ask the pages' addresses: whatever is refused them is told as a problem document, not as a page."""

from django.http import HttpRequest, HttpResponse

from transparency.api.problems import Refused
from transparency.members.pages import errors

NO_TOKEN = "Send what the page’s form sends, csrfmiddlewaretoken too, and the page’s cookie. Nothing was changed."  # noqa: S105 - a sentence
NOTHING = "There is nothing at this address, or it is not yours."


def is_machine(request: HttpRequest) -> bool:
    """Whether whoever asks reads JSON rather than pages: they say or send so, or the address is a JSON file's."""
    accepted = request.headers.get("Accept", "")
    return "html" not in accepted and ("json" in f"{accepted} {request.content_type}" or request.path.endswith(".json"))


def forged(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form without the token of its page."""
    if is_machine(request):
        return Refused(403, "csrf", NO_TOKEN, pointer="/csrfmiddlewaretoken").response()
    return errors.forgery(request, reason)


def missing(request: HttpRequest, exception: Exception) -> HttpResponse:
    """No such page, or none of theirs."""
    return Refused(404, "address", NOTHING).response() if is_machine(request) else errors.missing(request, exception)
