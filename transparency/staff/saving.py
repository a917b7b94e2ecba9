"""The form of a thing that already stands: shown, shown anew with its faults, or with what somebody saved meanwhile."""

from collections.abc import Mapping

from django import forms
from django.http import HttpResponse
from django.shortcuts import render

from transparency.accounts.overtaking import Overtaken
from transparency.staff.access import StaffRequest


def again(
    request: StaffRequest,
    form: forms.BaseForm,
    heading: str,
    stamp: str,
    template: str = "staff/form.html",
    more: Mapping[str, object] | None = None,
) -> HttpResponse:
    """The page of the form. ``stamp`` is of what stands: once its changes were told, the form is made from them.

    ``more`` is what another template than the plain one shows.
    """
    overtaken = any(isinstance(one, Overtaken) for one in form.non_field_errors().as_data())
    seen = stamp if overtaken or request.method != "POST" else request.POST.get("seen", "")
    status = 409 if overtaken else 400 if form.errors else 200
    context = {"form": form, "heading": heading, "seen": seen} | dict(more or {})
    return render(request, template, context, status=status)
