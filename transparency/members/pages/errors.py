"""Answers to what went wrong before any page was asked, and to what nobody foresaw."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string

RETRY_SECONDS = 30
OF_A_QUERY = " matches the given query."  # Django's own words, of our tables


def forgery(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form without the token of its page: sent from elsewhere, or kept open too long."""
    return render(request, "forgery.html", status=403)


def missing(request: HttpRequest, exception: Exception) -> HttpResponse:
    """No such page. What the view says of it is shown; what Django says of addresses is not."""
    why = exception.args[0] if exception.args and isinstance(exception.args[0], str) else ""
    if why.endswith(OF_A_QUERY):
        why = ""
    return HttpResponse(_page("404.html", exception=shown(why)), status=404)


def shown(why: str) -> str:
    """It may repeat what somebody wrote: a NUL is not allowed in a page, and what turns the direction would mislead."""
    return "".join(character if character.isprintable() else "�" for character in why)


def unclear(request: HttpRequest, exception: Exception) -> HttpResponse:
    """A request that can't be read. It may be hostile, so nothing of it is repeated."""
    return HttpResponse(_page("400.html"), status=400)


def misread(why: str) -> HttpResponse:
    """A question that can't be answered as it was asked; ``why`` says what to do."""
    return HttpResponse(_page("400.html", exception=shown(why)), status=400)


def no_page(request: HttpRequest) -> HttpResponse:
    """An address that only takes what a form sends; or a method that it does not take."""
    return HttpResponse(_page("405.html"), status=405)


def failed(request: HttpRequest) -> HttpResponse:
    """Our own fault. Nothing is asked of the database, which may be what failed."""
    return HttpResponse(_page("500.html", reference=request.META.get("REQUEST_ID", "")), status=500)


def away(request: HttpRequest) -> HttpResponse:
    """The database can't be asked, or can't keep any more: neither lasts, and nothing is half written."""
    return HttpResponse(_page("503.html"), status=503, headers={"Retry-After": str(RETRY_SECONDS)})


def _page(template: str, **words: str) -> str:
    site = {"organisation": settings.ORGANISATION, "site_name": settings.SITE_NAME}
    return render_to_string(template, site | words)
