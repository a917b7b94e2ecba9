"""Who may open a staff page: decided once, before any page does anything.

Strangers are asked to sign in. Members see that there is nothing here. Staff without a second factor are sent to set
one up first. What somebody may *do* is decided by the rooms; ``opens`` only names who may *look*.
"""

from collections.abc import Callable
from functools import wraps

from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from transparency.accounts.models import User
from transparency.accounts.policies import may
from transparency.catalog.actions import AlreadyRunning, NotHeld
from transparency.register import actions as register
from transparency.review.actions import proposals

View = Callable[..., HttpResponse]


class StaffRequest(HttpRequest):
    """A request of somebody who is known and active."""

    user: User


def opens(permission: str, *methods: str) -> Callable[[View], View]:
    """A staff page that holders of ``permission`` may open, by the given methods (GET and HEAD if none are named)."""

    def decorate(view: View) -> View:
        @never_cache
        @require_http_methods(methods or ("GET", "HEAD"))
        @wraps(view)
        def guarded(request: StaffRequest, *args: object, **kwargs: object) -> HttpResponse:
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path(), "/accounts/login/")
            if not request.user.is_compliance_staff:
                raise Http404
            if settings.STAFF_SECOND_FACTOR and not is_mfa_enabled(request.user):
                messages.warning(request, "Set up a second factor first: staff pages need one.")
                return redirect("mfa_index")
            if not may(request.user, permission):
                raise PermissionDenied("Your role does not allow this.")
            return view(request, *args, **kwargs)

        guarded.permission = permission  # type: ignore[attr-defined]  # read by the test of the table
        return guarded

    return decorate


# What the rooms raise with a sentence for whoever asked.
SITUATIONS = (AlreadyRunning, NotHeld, proposals.Conflict, register.Conflict, register.Invalid)


def tried(request: HttpRequest, act: Callable[[], object], done: str) -> bool:
    """Do it, and tell how it went: ``done`` if it worked, else the sentence of whatever refused it."""
    try:
        act()
    except PermissionDenied as refused:
        messages.error(request, str(refused))
    except ValidationError as wrong:
        messages.error(request, " ".join(wrong.messages))
    except SITUATIONS as situation:
        messages.error(request, str(situation))
    else:
        messages.success(request, done)
        return True
    return False
