"""Who may open a staff page: decided once, before any page does anything.

Strangers are asked to sign in. Members see that there is nothing here. Staff without a second factor are sent to set
one up first; and before an act in ``SENSITIVE``, to prove who they are, unless they did a moment ago. What somebody may
*do* is decided by the rooms; ``opens`` only names who may *look*.
"""

from collections.abc import Callable, Sequence
from functools import wraps

from allauth.account.adapter import get_adapter
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import DataError
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from transparency.accounts import proof
from transparency.accounts.models import User
from transparency.accounts.policies import may
from transparency.accounts.returning import page_of
from transparency.catalog.actions import AlreadyRunning, Decided, NotHeld, Retired, StillRunning
from transparency.consent import actions as consent
from transparency.register import actions as register
from transparency.register import queries as said
from transparency.register.rules import Fault
from transparency.review import queries
from transparency.review.actions import proposals
from transparency.review.models import Edit
from transparency.staff import typed
from transparency.staff.forms import called
from transparency.staff.spelt import spelt_out

View = Callable[..., HttpResponseBase]

# Forms whose sending takes a proof of a moment ago, by the address's name and its verb, with what they do in words.
# Nothing that a member does is among them.
SENSITIVE = {
    ("act", "approve"): "approve this proposal",
    ("act", "publish"): "publish this edition",
    ("approve-barrier", ""): "approve this barrier",
    ("add-source", ""): "add this source",
    ("change-source", ""): "change this source",
    ("retire-source", ""): "retire this source for ever",
    ("accept", ""): "accept what is in doubt",
    ("tokens", ""): "make this key",
    ("revoke", ""): "revoke this key",
    ("add-pipeline", ""): "register this pipeline",
    ("change-pipeline", ""): "change this pipeline",
    ("retire-pipeline", ""): "retire this pipeline for ever",
    ("pipeline-keys", ""): "make this key",
    ("act-pipeline", "resume"): "answer this pipeline again",
    ("revoke-pipeline-key", ""): "revoke this key",
    ("webhook-secret", ""): "change the secret that signs its messages",
    ("bring-refusals", ""): "record these refusals",
    ("erase-member", ""): "erase this member for ever",
    ("invite", ""): "invite this person",
    ("change-person", ""): "change this person’s account",
    ("decide-wish", "agree"): "agree to this",
    ("fetch-wish", ""): "make this key and see it",
}


class StaffRequest(HttpRequest):
    """A request of somebody who is known and active."""

    user: User


def opens(permission: str, *methods: str) -> Callable[[View], View]:
    """A staff page that holders of ``permission`` may open, by the given methods (GET and HEAD if none are named)."""

    def decorate(view: View) -> View:
        @never_cache
        @require_http_methods(methods or ("GET", "HEAD"))
        @wraps(view)
        def guarded(request: StaffRequest, *args: object, **kwargs: object) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return _asked_to_sign_in(request)
            if not request.user.is_compliance_staff:
                raise Http404
            if settings.STAFF_SECOND_FACTOR and not is_mfa_enabled(request.user):
                messages.warning(request, "Set up a second factor first: staff pages need one.")
                return redirect("mfa_index")
            if not may(request.user, permission):
                raise PermissionDenied("Your role does not allow this.")
            if is_sensitive(request) and not proof.is_proved(request.session, timezone.now()):
                return _asked_to_prove(request)
            typed.forget_if_this(request)
            return spelt_out(view(request, *args, **kwargs))

        guarded.permission = permission  # type: ignore[attr-defined]  # read by the test of the table
        return guarded

    return decorate


def is_sensitive(request: HttpRequest) -> bool:
    """Whether this request would do something that takes a proof of a moment ago."""
    found = request.resolver_match
    return request.method == "POST" and bool(found and (found.url_name, found.kwargs.get("verb", "")) in SENSITIVE)


def _asked_to_sign_in(request: HttpRequest) -> HttpResponse:
    """What somebody sent whose session had just ended waits for them."""
    ended_for = getattr(request, "ended_for", None)
    if request.method != "POST" or ended_for is None:
        return redirect_to_login(page_of(request), "/accounts/login/")
    typed.keep(request, ended_for)
    return redirect_to_login(reverse("staff:again"), "/accounts/login/")


def _asked_to_prove(request: StaffRequest) -> HttpResponse:
    ways = get_adapter(request).get_reauthentication_methods(request.user)
    if not ways:
        raise PermissionDenied("Sign out and in again first: this takes a proof of who you are.")
    typed.keep(request, request.user.pk)
    asked = {"next": reverse("staff:again")}
    if ways[0]["id"] == "company":
        asked["auth_params"] = "prompt=login"
    return redirect(f"{ways[0]['url']}?{urlencode(asked)}")


# What the rooms raise with a sentence for whoever asked.
SITUATIONS = (
    consent.Refused,
    AlreadyRunning,
    Decided,
    NotHeld,
    Retired,
    StillRunning,
    proposals.Conflict,
    register.Conflict,
)
FAULTS = 10  # told at once; more than that nobody reads


def _tell(request: HttpRequest, faults: Sequence[Fault]) -> None:
    """Each fault by itself, with the record and the field that it is in."""
    known = said.newest_register()[1]
    for fault in faults[:FAULTS]:
        of_use = len(fault.subject.split("/")) == len(("category", "feature", "stage"))
        subject = queries.called(Edit.Kind.USE, fault.subject, known) if of_use else fault.subject
        where = ", ".join(filter(None, (subject, called(fault.field))))
        messages.error(request, f"{where}: {fault.message}" if where else fault.message)
    if len(faults) > FAULTS:
        messages.error(request, f"And {len(faults) - FAULTS} more. Mend these first.")


def tried(request: HttpRequest, act: Callable[[], object], done: str) -> bool:
    """Do it, and tell how it went: ``done``, if there is such a sentence, else that of whatever refused it."""
    try:
        act()
    except PermissionDenied as refused:
        messages.error(request, str(refused))
    except ValidationError as wrong:
        messages.error(request, " ".join(wrong.messages))
    except register.Invalid as invalid:
        _tell(request, invalid.faults)
    except DataError:
        messages.error(request, "Something in it can’t be kept: a character that is none (NUL), or too large a number.")
    except SITUATIONS as situation:
        messages.error(request, str(situation))
    else:
        if done:
            messages.success(request, done)
        return True
    return False
