"""What members chose after the sequence that a run applied: read from the choices, judged in ``obedience``."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from transparency.consent import queries as consent
from transparency.consent.models import Choice
from transparency.consent.offers import Offer
from transparency.consent.precedence import Decision, Said
from transparency.consent.scopes import RANK, kind_of
from transparency.enforcement.obedience import Since

AT_ONCE = 1_000  # choices that are looked at together
AT_MOST = 50  # times so many: whoever is that far behind has been found out long before
COUNTED = 1_000  # refusals that are counted

Row = tuple[int, int, int, int, str, datetime]
"""Sequence, member, decision, edition, name of the scope, moment."""
COLUMNS = ("sequence", "member", "decision", "edition", "scope__name", "at")


def since(*, sequence: int, feature: str, stage: str, at: datetime) -> Since:
    """What was chosen after ``sequence`` and up to ``at``, as far as it concerns this feature at this stage.

    A refusal counts if the data of its member might be used as of ``sequence``, and may not since then and at ``at``,
    because of it: to say the same again later makes it no younger.
    """
    next_one = _overtaken_at(sequence, at)
    if next_one is None:
        return Since()
    offers = [o for o in consent.offers(at).by_use.values() if (o.use.feature, o.use.stage) == (feature, stage)]
    found: list[datetime] = []
    for rows in _batches(sequence, sorted({one.name for offer in offers for one in offer.covering}), at):
        found += _refusals(rows, offers, sequence, at)
        if len(found) >= COUNTED:
            break
    return Since(next_one, tuple(found[:COUNTED]))


def _overtaken_at(sequence: int, at: datetime) -> datetime | None:
    """When the next choice was made, if by ``at``; one from a clock that went ahead hides none of those after it."""
    after = Choice.objects.filter(sequence__gt=sequence, sequence__lte=sequence + AT_ONCE * AT_MOST, at__lte=at)
    return after.order_by("sequence").values_list("at", flat=True).first()


def _batches(sequence: int, names: Sequence[str], at: datetime) -> Iterator[list[Row]]:
    """What may be a refusal of these scopes, in the order of the choices."""
    for _ in range(AT_MOST):
        asked = Choice.objects.filter(sequence__gt=sequence, at__lte=at, scope__name__in=names)
        rows = list(asked.exclude(decision=Decision.ALLOW).order_by("sequence").values_list(*COLUMNS)[:AT_ONCE])
        if rows:
            yield rows
        if len(rows) < AT_ONCE:
            return
        sequence = rows[-1][0]


def _refusals(rows: Sequence[Row], offers: Sequence[Offer], sequence: int, at: datetime) -> list[datetime]:
    members = {member for _, member, *_ in rows}
    names = {one.name for offer in offers for one in offer.covering}
    asked = Choice.objects.filter(member__in=members, scope__name__in=names, at__lte=at).order_by("sequence")
    acts: dict[int, list[Said]] = {member: [] for member in members}
    for one in asked.values_list(*COLUMNS):
        acts[one[1]].append(_said(one))
    silent = _allowed(offers, {})  # for everybody who had said nothing, worked out once
    taking: set[int] = set()
    for mine in acts.values():
        then = {said.scope: said for said in mine if said.sequence <= sequence}
        off = (offer.off_since(mine) for offer in (_allowed(offers, then) if then else silent))
        taking |= {since.sequence for since in off if since}
    return [row[5] for row in rows if row[0] in taking]


def _allowed(offers: Sequence[Offer], said: dict[str, Said]) -> list[Offer]:
    return [offer for offer in offers if offer.outcome(said).allowed]


def _said(row: Row) -> Said:
    return Said(row[4], RANK[kind_of(row[4])], Decision(row[2]), row[3], row[0])
