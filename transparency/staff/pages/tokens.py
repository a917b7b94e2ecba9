"""``/staff/tokens/``: which machines may post events?"""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from transparency.accounts import actions
from transparency.accounts.models import ServiceToken
from transparency.catalog.models import Source
from transparency.staff.access import StaffRequest, opens, tried


@opens("token.manage", "GET", "HEAD", "POST")
def tokens(request: StaffRequest) -> HttpResponse:
    """All keys; a new one's secret is shown once, in the answer to the form, and nowhere else."""
    sources = Source.objects.filter(connector=Source.Connector.OPENLINEAGE_HTTP)
    secret, fault = "", ""
    if request.method == "POST":
        name = request.POST.get("name", "").strip()[:100]
        source = sources.filter(slug=request.POST.get("source", "")[:60]).first()
        if name and source and name.isprintable():
            _, secret = actions.issue_token(by=request.user, name=name, scopes=[f"lineage:{source.slug}"])
        else:
            fault = "Give the machine a name, and choose the source that it posts to."
    rows = ServiceToken.objects.select_related("created_by").order_by("-id")[:200]
    context = {"tokens": rows, "sources": sources, "secret": secret, "fault": fault}
    return render(request, "staff/tokens.html", context, status=400 if fault else 200)


@opens("token.manage", "POST")
def revoke(request: StaffRequest, pk: int) -> HttpResponse:
    token = get_object_or_404(ServiceToken, pk=pk)
    tried(request, lambda: actions.revoke_token(by=request.user, token=token), "Revoked: its next request fails.")
    return redirect("staff:tokens")
