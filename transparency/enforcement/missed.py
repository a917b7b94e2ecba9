"""What members chose after the sequence that a run applied: read from the choices, judged in ``obedience``."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import connection

from transparency.consent import queries as consent
from transparency.consent.models import Choice
from transparency.consent.offers import Offer
from transparency.consent.precedence import Decision, Said
from transparency.consent.scopes import RANK, kind_of
from transparency.enforcement.obedience import Since

AT_ONCE = 1_000  # choices that are looked at together
AT_MOST = 50  # times so many: whoever is that far behind has been found out long before
COUNTED = 1_000  # refusals that are counted
A_WINDOW = 200  # choices of one member that are looked at together

Row = tuple[int, int, int, int, str, datetime]
"""Sequence, member, decision, edition, name of the scope, moment."""
NEWEST = """
SELECT act.sequence, asked.member, act.decision, act.edition, act.name
FROM unnest(%s::bigint[]) AS asked (member) CROSS JOIN LATERAL (
    SELECT sequence, decision, edition, scope.name
    FROM consent_choice AS choice JOIN consent_scope AS scope ON scope.id = choice.scope_id
    WHERE choice.member = asked.member AND scope.name = ANY(%s) AND choice.at <= %s AND sequence > %s AND sequence < %s
    ORDER BY sequence DESC LIMIT %s
) AS act ORDER BY act.sequence
"""
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
    names = sorted({one.name for offer in offers for one in offer.covering})
    judged, found = _Judged(offers, names, sequence, at, A_WINDOW), list[datetime]()
    for rows in _batches(sequence, names, at):
        taking = judged.taking({row[1] for row in rows})
        found += [row[5] for row in rows if row[0] in taking]
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


@dataclass
class _Judged:
    """Members, each looked at once, however many of their choices come; and their choices that took data away."""

    offers: Sequence[Offer]
    names: Sequence[str]
    sequence: int
    at: datetime
    window: int
    _known: set[int] = field(default_factory=set)
    _taking: set[int] = field(default_factory=set)

    def taking(self, members: Collection[int]) -> set[int]:
        """The sequences of the choices that took somebody's data away, of these members and all before."""
        new = set(members) - self._known
        self._known |= new
        then, newest = self._said(new, self.sequence + 1), self._newest(new, consent.NEVER)
        silent = _allowed(self.offers, {})  # for everybody who had said nothing, worked out once
        for member in new:
            offers = _allowed(self.offers, then[member]) if member in then else silent
            self._take(member, offers, then.get(member, {}), newest.get(member, []))
        return self._taking

    def _take(self, member: int, offers: Sequence[Offer], then: dict[str, Said], acts: list[Said]) -> None:
        """Goes back from the newest choices, and no further than to where each use was on for the last time."""
        while offers:
            begins = len(acts) < self.window
            before = then if begins else self._said([member], acts[0].sequence).get(member, {})
            ends = [(offer, *_turned(offer, before, acts)) for offer in offers]
            self._taking |= {since.sequence for _, _, since in ends if since}
            offers = [offer for offer, was_on, _ in ends if not (was_on or begins)]
            acts = self._newest([member], acts[0].sequence).get(member, []) if offers else []

    def _said(self, members: Collection[int], before: int) -> dict[int, dict[str, Said]]:
        """What each of these had said last at each scope, before a sequence."""
        asked = Choice.objects.filter(member__in=members, scope__name__in=self.names, at__lte=self.at)
        latest = asked.filter(sequence__lt=before).order_by("member", "scope_id", "-sequence")
        found: dict[int, dict[str, Said]] = {}
        for row in latest.distinct("member", "scope_id").values_list(*COLUMNS):
            found.setdefault(row[1], {})[row[4]] = _said(row)
        return found

    def _newest(self, members: Collection[int], before: int) -> dict[int, list[Said]]:
        """What each of these chose after the run's sequence and before another, in order: the last of a window."""
        given = (list(members), list(self.names), self.at, self.sequence, before, self.window)
        found: dict[int, list[Said]] = {}
        with connection.cursor() as cursor:
            cursor.execute(NEWEST, given)
            for row in cursor:
                found.setdefault(row[1], []).append(_said(row))
        return found


def _turned(offer: Offer, before: dict[str, Said], acts: Sequence[Said]) -> tuple[bool, Said | None]:
    """Whether the use was on before these choices or by one of them; and since which it is off again, if it is."""
    names, said = {one.name for one in offer.covering}, dict(before)
    was_on, since = offer.outcome(said).allowed, None
    for act in acts:
        if act.scope in names:
            said[act.scope] = act
            on = offer.outcome(said).allowed
            since = None if on else since or (act if was_on else None)
            was_on = was_on or on
    return was_on, since


def _allowed(offers: Sequence[Offer], said: dict[str, Said]) -> list[Offer]:
    return [offer for offer in offers if offer.outcome(said).allowed]


def _said(row: Row | tuple[int, int, int, int, str]) -> Said:
    return Said(row[4], RANK[kind_of(row[4])], Decision(row[2]), row[3], row[0])
