"""``/staff/tokens/``: which machines may post events or record choices?"""

from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from transparency.accounts import actions, wishes
from transparency.accounts.models import ServiceToken
from transparency.catalog.models import Source
from transparency.consent.queries import MAY_RECORD
from transparency.staff.access import StaffRequest, opens, tried
from transparency.staff.asking import tried_or_asked

CHOICES = "choices/"  # what the form says instead of a source; no source has such a name


@opens("token.manage", "GET", "HEAD", "POST")
def tokens(request: StaffRequest) -> HttpResponse:
    """All keys; a new one's secret is shown once, in the answer to the form, or fetched once somebody else agreed."""
    secret, fault = "", ""
    if request.method == "POST":
        name = request.POST.get("name", "").strip()[:100]
        scope = _scope(request.POST.get("source", ""))
        if name and scope and name.isprintable():
            result = _made(request, name, scope)
            if result is None or result.wish:
                return redirect("staff:sensitive" if result else "staff:tokens")
            secret = result.shown
        else:
            fault = "Give the machine a name, and choose what it may do."
    rows = ServiceToken.objects.select_related("created_by", "agreed_by").order_by("-id")[:200]
    context = {"tokens": rows, "sources": _sources(), "choices": CHOICES, "secret": secret, "fault": fault}
    return render(request, "staff/tokens.html", context, status=400 if fault else 200)


def _made(request: StaffRequest, name: str, scope: str) -> wishes.Result | None:
    told = {"subject_kind": "token", "subject": name, "facts": {"name": name, "scopes": [scope]}}
    return tried_or_asked(request, "", verb="key", **told)


def _scope(chosen: str) -> str:
    """What the key may do, as it is kept; empty where nothing of that name is there."""
    if chosen == CHOICES:
        return MAY_RECORD
    source = _sources().filter(slug=chosen[:60].replace("\0", "")).first()
    return f"lineage:{source.slug}" if source else ""


def _sources() -> QuerySet[Source]:
    return Source.objects.filter(connector=Source.Connector.OPENLINEAGE_HTTP, retired_at=None)


@opens("token.manage", "POST")
def revoke(request: StaffRequest, pk: int) -> HttpResponse:
    token = get_object_or_404(ServiceToken, pk=pk)
    tried(request, lambda: actions.revoke_token(by=request.user, token=token), "Revoked: its next request fails.")
    return redirect("staff:tokens")
