"""``/staff/people/``: who may do what? No address of this page names a person."""

from django import forms
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from transparency.accounts import queries
from transparency.accounts.models import User
from transparency.accounts.roles import Role
from transparency.staff.access import StaffRequest, opens
from transparency.staff.asking import tried_or_asked
from transparency.staff.sensitive import waiting

ROLES = [(role.value, role.label) for role in Role if role != Role.MEMBER]


class InvitationForm(forms.Form):
    email = forms.EmailField(label="E-mail address", max_length=254)
    name = forms.CharField(label="Name", max_length=100)
    role = forms.ChoiceField(label="Role", choices=ROLES)


@opens("user.manage")
def people(request: StaffRequest) -> HttpResponse:
    wishes = waiting(request.user, timezone.now(), subject_kind="account")
    context = {"people": queries.staff(), "roles": Role.choices, "form": InvitationForm(), "wishes": wishes}
    return render(request, "staff/people.html", context)


@opens("user.manage", "POST")
def invite(request: StaffRequest) -> HttpResponse:
    """Make an account; or give the role to the member who has one already."""
    form = InvitationForm(request.POST)
    if not form.is_valid():
        return render(request, "staff/form.html", {"form": form, "heading": "Invite somebody"}, status=400)
    told = form.cleaned_data
    known = queries.by_email(told["email"])
    verb, facts = ("role", {"role": told["role"]}) if known else ("invite", told)
    done = "Done. They set their password through “Forgot your password?”, or come by the company."
    tried_or_asked(request, done, verb=verb, about=known, facts=facts)
    return redirect("staff:people")


@opens("user.manage", "POST")
def change(request: StaffRequest) -> HttpResponse:
    """Change one person, who is named in the form: give a role, switch the account, or forget the second factor."""
    user, verb, role = (
        _person(request.POST.get("person", "")),
        request.POST.get("verb", ""),
        request.POST.get("role", ""),
    )
    done = "Changed. It counts from their next click."
    if verb in ("on", "off", "factor") or (verb == "role" and role in Role.values):
        facts = {"role": role} if verb == "role" else {}
        tried_or_asked(request, done, verb=verb, about=user, facts=facts)
    else:
        raise Http404("There is no such change.")
    return redirect("staff:people")


def _person(number: str) -> User:
    found = queries.staff().filter(pk=int(number)).first() if number.isdecimal() and len(number) < 15 else None
    if found is None:
        raise Http404("There is no such person.")
    return found
