"""``/on/today/…``: from a page of the past to the same page of today, or to the overview where there is none."""

from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import ResolverMatch, resolve
from django.utils import timezone
from django.views.decorators.http import require_safe

from transparency.members.press import reading_at

ASKED = ("category", "feature", "kind", "q")
"""What is asked of pages whose address has a question in it."""


@require_safe
def today(request: HttpRequest, path: str) -> HttpResponse:
    """Asked anew each time: printed pages of the past don't know what there will be when somebody leaves them."""
    match = _page(path)
    if match is None:
        return redirect("members:overview")
    response: HttpResponse = redirect(match.view_name, **match.kwargs)
    if asked := {name: request.GET[name] for name in ASKED if name in request.GET}:
        response["Location"] += f"?{urlencode(asked)}"
    return response


def _page(path: str) -> ResolverMatch | None:
    """The page of today at this address; ``None`` where there is none, or it never was one of the past."""
    try:
        resolve(f"/on/2000-01-01/{path}")
        match = resolve(f"/{path}")
        if page := getattr(match.func, "page", None):
            page(reading_at(timezone.now()), **match.kwargs)
    except Http404:
        return None
    return match
