"""What members would read if a proposal were published: the very same pages, made from its draft."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from transparency.members.pages.categories import category
from transparency.members.pages.features import feature
from transparency.members.pages.uses import use
from transparency.members.reading import Reading
from transparency.register import queries as said
from transparency.review import queries
from transparency.review.models import Proposal
from transparency.staff.access import StaffRequest, opens


@opens("staff.read")
def preview(request: StaffRequest, pk: int, kind: str) -> HttpResponse:
    """The member page of one record, named by ``?subject=``."""
    proposal = get_object_or_404(Proposal, pk=pk)
    number = said.newest_register()[0]
    reading = Reading(queries.draft_register(proposal), number, said.evidence(), said.freshness())
    try:
        template, context = _page(reading, kind, request.GET.get("subject", ""))
    except KeyError as missing:
        messages.error(request, f"It can't be shown yet: the draft has no record {missing}.")
        return redirect("staff:proposal", pk=pk)
    return render(request, template, {**context, "previewed": proposal})


def _page(reading: Reading, kind: str, subject: str) -> tuple[str, dict[str, object]]:
    if kind == "category":
        return category(reading, key=subject)
    if kind == "feature":
        return feature(reading, slug=subject)
    key, _, rest = subject.partition("/")
    slug, _, stage = rest.partition("/")
    return use(reading, category=key, feature=slug, stage=stage)
