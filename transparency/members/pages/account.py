"""``/accounts/here/``: who am I here, and where can I go?"""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe


@require_safe
@never_cache
@login_required(login_url="/accounts/login/")
def account(request: HttpRequest) -> HttpResponse:
    return render(request, "members/account.html")
