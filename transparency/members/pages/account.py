"""``/accounts/here/``: who am I here, and where can I go?"""

from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from transparency.accounts.actions import choose_digest, choose_letters, sign_out_everywhere
from transparency.accounts.queries import mails_of
from transparency.accounts.returning import page_of
from transparency.members.access import members_only, to_sign_in, user_of
from transparency.register import queries as register


@require_safe
@never_cache
@login_required(login_url="/accounts/login/")
def account(request: HttpRequest) -> HttpResponse:
    mails = mails_of(request.user) if request.user.is_authenticated and request.user.is_compliance_staff else []
    return render(request, "members/account.html", {"mails": mails})


@require_POST
@members_only
def letters(request: HttpRequest, key: str) -> HttpResponse:
    """Whether this member wants to be written to when something changes. They know what stands until now."""
    wanted = request.POST.getlist("wanted")
    user = user_of(request)
    if user is None or wanted not in (["yes"], ["no"]):
        return HttpResponseBadRequest("Say yes or no: go back, and press one of the two buttons.")
    edition = register.edition_in_force(timezone.now())
    choose_letters(by=user, wanted=wanted == ["yes"], edition=edition.number if edition else 0)
    return redirect("/accounts/here/#mail")


@require_POST
@members_only
def digest(request: HttpRequest, key: str) -> HttpResponse:
    """Whether this member wants the weekly letter of everything that changes. They know what is published until now."""
    wanted = request.POST.getlist("wanted")
    user = user_of(request)
    if user is None or wanted not in (["yes"], ["no"]):
        return HttpResponseBadRequest("Say yes or no: go back, and press one of the two buttons.")
    choose_digest(by=user, wanted=wanted == ["yes"], edition=register.newest_register()[0])
    return redirect("/accounts/here/#digest")


@require_POST
@never_cache
def sign_out(request: HttpRequest) -> HttpResponse:
    """Sign out here and on every other device, whoever uses it."""
    user = user_of(request)
    if user is None:
        return to_sign_in(page_of(request))
    sign_out_everywhere(by=user)
    logout(request)
    messages.info(request, "You are signed out everywhere. Was it somebody else? Then set a new password.")
    return redirect("/accounts/login/")
