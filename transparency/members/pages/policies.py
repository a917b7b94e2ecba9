"""``/policies/``: what do our terms and our privacy policy say of it, word for word, and what did they say before?"""

from collections.abc import Iterable

from django.http import Http404

from transparency.members.news import News
from transparency.members.reading import Reading
from transparency.register import queries
from transparency.register.clauses import below
from transparency.register.schema import Clause, Correction, Policy

LATER = "It will read otherwise. The words of before and after are at the end of this page."


def policies(reading: Reading) -> tuple[str, dict[str, object]]:
    return "members/policies.html", {"reading": reading}


def policy(reading: Reading, slug: str) -> tuple[str, dict[str, object]]:
    """The whole document, and the editions with which it changed."""
    found = _named(reading, slug)
    rows = [(clause, reading.resting.get(f"{slug}/{clause.number}", [])) for clause in found.clauses]
    context = {"reading": reading, "policy": found, "rows": rows} | _wordings(reading, slug)
    context["corrections"] = _corrected(reading, found, found.clauses)
    return "members/policy.html", context


def clause(reading: Reading, slug: str, number: str) -> tuple[str, dict[str, object]]:
    """One clause with all that is part of it, what rests on it, and how its wording came about."""
    found = _named(reading, slug)
    clauses = below(found, number)
    if not clauses or clauses[0].number != number:
        raise Http404(f"{found.title} has no clause {number[:30]}.")
    context = {
        "reading": reading,
        "policy": found,
        "clause": clauses[0],
        "parts": clauses[1:],
        "corrections": _corrected(reading, found, clauses),
        "uses": [reading.uses_by_id[use.id] for use in reading.resting.get(f"{slug}/{number}", [])],
    }
    return "members/clause.html", context | _wordings(reading, slug, number)


def _wordings(reading: Reading, slug: str, number: str = "") -> dict[str, object]:
    """How the words of a document or a clause came about, newest first, and which are published to hold later."""
    newest = max([reading.number, *(edition.number for edition, _ in reading.coming)])
    found = queries.wordings(slug, newest, number)
    later = [one.edition for one in found[::-1] if one.edition.number > reading.number]
    return {"wordings": found, "ahead": [News(edition, [LATER], more=False, corrects=False) for edition in later]}


def to_come(reading: Reading, slug: str, number: str) -> list[queries.Wording]:
    """The wordings of a clause that are published to hold later, soonest first; empty where it will be gone."""
    if not reading.coming:
        return []
    found = queries.wordings(slug, max(edition.number for edition, _ in reading.coming), number)
    return [one for one in found[::-1] if one.edition.number > reading.number]


def _corrected(reading: Reading, policy: Policy, clauses: Iterable[Clause]) -> list[Correction]:
    return reading.corrected(*(f"clause:{policy.slug}/{one.number}" for one in clauses))


def _named(reading: Reading, slug: str) -> Policy:
    if slug not in reading.policies:
        raise Http404(f"We keep no document called “{slug[:60]}” here.")
    return reading.policies[slug]
