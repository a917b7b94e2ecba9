"""``/staff/people/``: who may do what? No address of this page names a person."""

from typing import Any

from django import forms
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from transparency.accounts import actions, queries, wishes
from transparency.accounts.models import User, Wish
from transparency.accounts.roles import Role
from transparency.staff.access import StaffRequest, opens, tried

Verb = Wish.Verb
ASKED = "Asked. It happens once another administrator agrees; they were written to."
ROLES = [(role.value, role.label) for role in Role if role != Role.MEMBER]


class InvitationForm(forms.Form):
    email = forms.EmailField(label="E-mail address", max_length=254)
    name = forms.CharField(label="Name", max_length=100)
    role = forms.ChoiceField(label="Role", choices=ROLES)


@opens("user.manage")
def people(request: StaffRequest) -> HttpResponse:
    wishes_waiting = wishes.waiting(timezone.now())
    context = {"people": queries.staff(), "roles": Role.choices, "form": InvitationForm(), "wishes": wishes_waiting}
    return render(request, "staff/people.html", context)


@opens("user.manage", "POST")
def invite(request: StaffRequest) -> HttpResponse:
    """Make an account; or give the role to the member who has one already."""
    form = InvitationForm(request.POST)
    if not form.is_valid():
        return render(request, "staff/form.html", {"form": form, "heading": "Invite somebody"}, status=400)
    told = form.cleaned_data
    known = queries.by_email(told["email"])
    verb, facts = (Verb.ROLE, {"role": told["role"]}) if known else (Verb.INVITE, told)
    done = "Done. They set their password through “Forgot your password?”, or come by the company."
    _act_or_ask(request, verb, known, facts, done)
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
    if verb == "off":
        tried(request, lambda: actions.deactivate(by=request.user, user=user), done)
    elif verb in ("on", "factor") or (verb == "role" and role in Role.values):
        _act_or_ask(request, Verb(verb), user, {"role": role} if verb == "role" else {}, done)
    else:
        raise Http404("There is no such change.")
    return redirect("staff:people")


@opens("user.manage", "POST")
def decide(request: StaffRequest, pk: int, verb: str) -> HttpResponse:
    """Agree to what another administrator asked for, or decline it."""
    wish, now = get_object_or_404(Wish, pk=pk), timezone.now()
    if verb == "agree":
        tried(request, lambda: wishes.agree(by=request.user, wish=wish, at=now), "You agreed, and it is done.")
    else:
        tried(request, lambda: wishes.decline(by=request.user, wish=wish, at=now), "Declined: nothing was changed.")
    return redirect("staff:people")


def _act_or_ask(request: StaffRequest, verb: Verb, about: User | None, facts: dict[str, str], done: str) -> None:
    """Do it where one administrator is enough; otherwise ask the others."""
    what: dict[str, Any] = {"by": request.user, "verb": verb, "about": about, "facts": facts, "at": timezone.now()}
    if wishes.must_ask(**what):
        tried(request, lambda: wishes.ask(**what), ASKED)
    else:
        tried(request, lambda: wishes.do(**what), done)


def _person(number: str) -> User:
    found = queries.staff().filter(pk=int(number)).first() if number.isdecimal() and len(number) < 15 else None
    if found is None:
        raise Http404("There is no such person.")
    return found
