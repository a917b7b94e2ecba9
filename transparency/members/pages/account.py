"""``/accounts/here/``: who am I here, and where can I go?"""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from transparency.accounts.queries import mails_of


@require_safe
@never_cache
@login_required(login_url="/accounts/login/")
def account(request: HttpRequest) -> HttpResponse:
    mails = mails_of(request.user) if request.user.is_authenticated and request.user.is_compliance_staff else []
    return render(request, "members/account.html", {"mails": mails})
