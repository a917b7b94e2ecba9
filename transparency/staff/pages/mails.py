"""``/staff/mails/``: which e-mails somebody gets, as sent from the page of their account."""

from django.http import HttpResponse
from django.shortcuts import redirect

from transparency.accounts import actions
from transparency.staff.access import StaffRequest, opens, tried


@opens("staff.read", "POST")
def mails(request: StaffRequest) -> HttpResponse:
    chosen = request.POST.getlist("mail")
    tried(request, lambda: actions.choose_mails(by=request.user, wanted=chosen), "Saved: you get what you chose.")
    return redirect("members:account")
