"""``/staff/people/``: who may do what? No address of this page names a person."""

from collections.abc import Callable
from functools import partial

from django import forms
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render

from transparency.accounts import actions, queries
from transparency.accounts.models import User
from transparency.accounts.roles import Role
from transparency.staff.access import StaffRequest, opens, tried

ROLES = [(role.value, role.label) for role in Role if role != Role.MEMBER]


class InvitationForm(forms.Form):
    email = forms.EmailField(label="E-mail address", max_length=254)
    name = forms.CharField(label="Name", max_length=100)
    role = forms.ChoiceField(label="Role", choices=ROLES)


@opens("user.manage")
def people(request: StaffRequest) -> HttpResponse:
    context = {"people": queries.staff(), "roles": Role.choices, "form": InvitationForm()}
    return render(request, "staff/people.html", context)


@opens("user.manage", "POST")
def invite(request: StaffRequest) -> HttpResponse:
    """Make an account; or give the role to the member who has one already."""
    form = InvitationForm(request.POST)
    if not form.is_valid():
        return render(request, "staff/form.html", {"form": form, "heading": "Invite somebody"}, status=400)
    told = form.cleaned_data
    known, role = queries.by_email(told["email"]), Role(told["role"])
    act: Callable[..., object] = partial(actions.invite, email=told["email"], name=told["name"], role=role)
    if known:
        act = partial(actions.change_role, user=known, role=role)
    done = "Done. They set their password through “Forgot your password?”, or come by the company."
    tried(request, partial(act, by=request.user), done)
    return redirect("staff:people")


@opens("user.manage", "POST")
def change(request: StaffRequest) -> HttpResponse:
    """Change one person, who is named in the form: give a role, switch the account, or forget the second factor."""
    user, verb, role = (
        _person(request.POST.get("person", "")),
        request.POST.get("verb", ""),
        request.POST.get("role", ""),
    )
    acts: dict[str, Callable[[], object]] = {
        "off": lambda: actions.deactivate(by=request.user, user=user),
        "on": lambda: actions.reactivate(by=request.user, user=user),
        "factor": lambda: actions.forget_second_factor(by=request.user, user=user),
    }
    if role in Role.values:
        acts["role"] = lambda: actions.change_role(by=request.user, user=user, role=Role(role))
    if verb not in acts:
        raise Http404("There is no such change.")
    tried(request, acts[verb], "Changed. It counts from their next click.")
    return redirect("staff:people")


def _person(number: str) -> User:
    found = queries.staff().filter(pk=int(number)).first() if number.isdecimal() and len(number) < 15 else None
    if found is None:
        raise Http404("There is no such person.")
    return found
