"""Who reads: fetched, or refused, once for every page of this door that is somebody's own."""

from collections.abc import Callable
from functools import wraps
from typing import TypeVar
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.cache import add_never_cache_headers

from transparency.accounts.models import User
from transparency.accounts.returning import page_of

Answer = TypeVar("Answer", bound=HttpResponseBase)


def user_of(request: HttpRequest) -> User | None:
    """Whoever is signed in. Strangers are told by their want of a cookie: no session is looked for."""
    if settings.SESSION_COOKIE_NAME not in request.COOKIES:
        return None
    return None if isinstance(request.user, AnonymousUser) else request.user


def to_sign_in(back: str) -> HttpResponse:
    """Leads to signing in, and from there to ``back``."""
    return redirect(f"{settings.LOGIN_URL}?{urlencode({'next': back})}")


def members_only(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """The view gets the reader's member key as ``key``. Strangers are led to sign in; no cache keeps an answer."""

    @wraps(view)
    def guarded(request: HttpRequest, **parts: str) -> HttpResponseBase:
        user = user_of(request)
        response: HttpResponseBase
        if user is None:
            response = to_sign_in(page_of(request))
        elif not user.member_key:
            response = no_member(request)
        else:
            response = view(request, key=user.member_key, **parts)
        return unkept(response)

    return guarded


def no_member(request: HttpRequest) -> HttpResponse:
    """For accounts that belong to no member of the platform, as those of staff may."""
    return render(request, "members/no_member.html", status=404)


def unkept(response: Answer) -> Answer:
    """The answer, kept by no cache: it is somebody's own."""
    add_never_cache_headers(response)
    response["Cache-Control"] = "no-store, private"
    return response
