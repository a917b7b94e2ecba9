"""Which door answers which address."""

import sys

import psycopg
from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import include, path, re_path

from transparency.api.problems import broken, garbled, unavailable
from transparency.members.pages.errors import away, failed, unclear


def closed(request: HttpRequest, **parts: str) -> HttpResponse:
    """An address of allauth's that is not open here."""
    raise Http404


def unforeseen(request: HttpRequest) -> HttpResponse:
    """Machines get a problem document, people a page. A database that is away or full is back soon, and told apart."""
    to_machines = request.path.startswith("/api/")
    if isinstance(sys.exception(), OperationalError | InterfaceError | psycopg.OperationalError):
        return unavailable() if to_machines else away(request)
    return broken() if to_machines else failed(request)


def unreadable(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Likewise: a request for another host, for example."""
    return garbled() if request.path.startswith("/api/") else unclear(request, exception)


handler400 = unreadable
handler404 = "transparency.config.machines.missing"
handler500 = unforeseen

# Who somebody is, is decided by whoever invited them or by the company's server: nobody changes their own address, or
# adds another way to sign in.
CLOSED = ("email/", "confirm-email/", "password/set/", "3rdparty/", "3rdparty/signup/", "login/code/confirm/")
# What is of no use where only the company's server lets people in.
OF_PASSWORDS = ("password/change/", "password/reset/", "reauthenticate/", "2fa/webauthn/login/")

urlpatterns = [
    # First what is asked for most: addresses are tried in this order, and a machine's are passed over at one glance.
    path("api/v1/", include("transparency.api.urls")),
    path("", include("transparency.members.urls")),
    *(path(f"accounts/{address}", closed) for address in CLOSED),
    *(path(f"accounts/{address}", closed) for address in OF_PASSWORDS if not settings.PASSWORD_SIGN_IN),
    re_path(r"^accounts/confirm-email/.", closed),
    # The name of a company's server is looked up as it came, and the database takes no NUL.
    re_path(r"^accounts/oidc/[^/]*\0", closed),
    path("staff/", include("transparency.staff.urls")),
    path("accounts/", include("allauth.urls")),
]
