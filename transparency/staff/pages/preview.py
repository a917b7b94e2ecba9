"""What members would read if a proposal were published: the very same pages, made from its draft."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from transparency.members.pages.categories import category
from transparency.members.pages.features import feature
from transparency.members.pages.policies import clause, policy
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
    draft = queries.draft_register(proposal)
    reading = Reading(draft, number, said.evidence(), said.freshness(), corrections=draft.corrections)
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
    if kind == "policy":
        return policy(reading, slug=subject)
    if kind == "clause":
        slug, _, number = subject.partition("/")
        return clause(reading, slug=slug, number=number)
    if kind == "correction":
        return _corrected(reading, subject)
    return _use(reading, subject)


def _corrected(reading: Reading, slug: str) -> tuple[str, dict[str, object]]:
    """The page of the record that a correction is about."""
    found = {one.slug: one for one in reading.corrections}[slug]
    return _page(reading, found.about, found.subject)


def _use(reading: Reading, subject: str) -> tuple[str, dict[str, object]]:
    key, _, rest = subject.partition("/")
    slug, _, stage = rest.partition("/")
    return use(reading, category=key, feature=slug, stage=stage)
