"""What the database holds, compared with what people were told. Every difference is a sentence."""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import datetime

from tests.campaign.choosers import Book
from tests.campaign.pipeline import READERS, Pipeline
from tests.campaign.stage import QUESTIONS, SCOPES
from transparency.consent.models import Choice, MemberKey
from transparency.consent.precedence import Decision, Said
from transparency.consent.queries import number, offers
from transparency.consent.scopes import RANK, kind_of


def differences(book: Book) -> list[str]:
    """Everything that was acknowledged and isn't there, that is there twice or was never asked, or is out of order."""
    rows = {str(row.reference): row for row in Choice.objects.select_related("scope")}
    own = {_digest(request): _as_kept(*what) for request, what in book.asked.items()}
    # A refusal of much takes narrower yeses back, by choices that nobody asked for one by one.
    refused = [request for request, (_, _, decision) in book.asked.items() if decision == "refuse"]
    beside = {_digest(f"{request}/{scope}") for request in refused for scope in SCOPES}
    requests = Counter(row.request for row in rows.values())
    return [
        *(f"an answer nobody should have: {answer}" for answer in book.surprises),
        *(f"lost: {told.request}" for told in book.told if told.reference not in rows),
        *(f"another choice: {told.request}" for told in book.told if not _same(told, rows.get(told.reference))),
        *(f"invented: {row.scope.name} {row.decision}" for row in rows.values() if not _asked_for(row, own, beside)),
        *(f"doubled: {request}" for request, count in requests.items() if count > 1),
        *_gaps(sorted(row.sequence for row in rows.values())),
        *_disorder(book),
    ]


def disagreements(members: list[str], pipeline: Pipeline, at: datetime) -> list[str]:
    """Where a pipeline is told otherwise than the choices replayed say, of one use or of all at one place: by a
    decision, by a list in any of its formats, or by an older list and what changed since.
    """
    allowed = _replayed(members, at)
    found = []
    for place in QUESTIONS:
        feature, stage, kinds = place
        right = {key for key in members if all(allowed[key][f"{one}/{feature}/{stage}"] for one in kinds)}
        answers = {"decided": pipeline.decided(place, members), "caught up": pipeline.caught_up(place, members)}
        answers |= {f"listed as {form}": pipeline.listed(place, members, form) for form in READERS}
        found += [f"{how}: {place}: {key}" for how, told in answers.items() for key in sorted(told ^ right)]
    return found


def _replayed(members: list[str], at: datetime) -> dict[str, dict[str, bool]]:
    """Which uses each member allows: every choice from the first to the last, told over again."""
    said: dict[int, dict[str, Said]] = defaultdict(dict)
    for row in Choice.objects.select_related("scope").order_by("sequence"):
        name = row.scope.name
        one = Said(name, RANK[kind_of(name)], Decision(row.decision), row.edition, row.sequence)
        said[row.member][name] = one
    offered = offers(at)
    outcomes = {key: offered.outcomes(said[number(key) or 0].values()) for key in members}
    return {key: {use: found.allowed for use, found in by_use.items()} for key, by_use in outcomes.items()}


def _asked_for(row: Choice, own: Mapping[str, tuple[int | None, str, int]], beside: set[str]) -> bool:
    if row.request in own:
        return own[row.request] == (row.member, row.scope.name, row.decision)
    return row.request in beside and row.decision != Decision.ALLOW


def _digest(request: str) -> str:
    """What is kept of an idempotency key."""
    return hashlib.sha256(request.encode()).hexdigest()


def _as_kept(member: str, scope: str, decision: str) -> tuple[int | None, str, int]:
    return number(member), scope, int(Decision[decision.upper()])


def _same(told, row) -> bool:
    return row is not None and (
        (row.member, row.scope.name, row.decision, row.sequence)
        == (*_as_kept(told.member, told.scope, told.decision), told.sequence)
    )


def _gaps(sequences: list[int]) -> list[str]:
    return [f"a gap before {number}" for place, number in enumerate(sequences, 1) if place != number][:3]


def _disorder(book: Book) -> list[str]:
    last: dict[str, int] = {}
    found = []
    for told in book.told:
        if told.sequence <= last.get(told.member, 0):
            found.append(f"out of order: {told.request}")
        last[told.member] = max(told.sequence, last.get(told.member, 0))
    return found


def textual_members() -> int:
    """How many of the choosers are known by text: both kinds of keys must have been tried."""
    return MemberKey.objects.count()
