"""What somebody sent who had to prove first who they are: kept in the session, so that nothing is lost.

It is shown once they are back, to the same person only, and done only when they say so.
"""

from dataclasses import dataclass
from urllib.parse import urlsplit

from django.core.exceptions import BadRequest
from django.http import HttpRequest

KEY = "staff_typed"
MOST = 400_000  # characters
SECRET = ("csrfmiddlewaretoken",)


@dataclass(frozen=True)
class Typed:
    """A form as it was sent: to which address, from which page, and every field with its values."""

    path: str
    back: str
    fields: list[tuple[str, list[str]]]


def keep(request: HttpRequest, who: int) -> None:
    """Put aside what this request sent, for this person."""
    fields = [(name, values) for name, values in request.POST.lists() if name not in SECRET]
    if sum(len(value) for _, values in fields for value in values) > MOST:
        raise BadRequest("This form holds more than can be kept while you prove who you are. Nothing was changed.")
    came_from = urlsplit(request.headers.get("Referer", ""))
    back = came_from.path if came_from.netloc == request.get_host() and came_from.path.startswith("/staff/") else ""
    query = f"?{came_from.query}" if back and came_from.query else ""
    request.session[KEY] = {"who": who, "path": request.get_full_path(), "back": back + query, "fields": fields}


def kept(request: HttpRequest, who: int) -> Typed | None:
    """What was put aside for this person."""
    found = request.session.get(KEY)
    if not found or found["who"] != who:
        return None
    return Typed(found["path"], found["back"], [(name, list(values)) for name, values in found["fields"]])


def forget_if_this(request: HttpRequest) -> None:
    """Whoever sends it now, for good, need not be asked about it again."""
    found = request.session.get(KEY)
    if found and request.method == "POST" and found["path"] == request.get_full_path():
        del request.session[KEY]
