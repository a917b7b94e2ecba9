"""Where somebody goes on after they have signed in."""

from urllib.parse import urlsplit

from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme

ACCOUNT = "/accounts/here/"


def page_of(request: HttpRequest) -> str:
    """The page that was asked for. After a form was sent, the one that it stands on: its own address is no page."""
    if request.method in ("GET", "HEAD"):
        return request.get_full_path()
    stood_on = request.headers.get("Referer", "")
    if not url_has_allowed_host_and_scheme(stood_on, {request.get_host()}, require_https=request.is_secure()):
        return ACCOUNT
    parts = urlsplit(stood_on)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path or ACCOUNT
