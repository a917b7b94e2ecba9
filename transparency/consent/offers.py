"""What an edition offers members to decide on: for each use its terms, and the scopes that speak of it."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache

from transparency.consent.precedence import Because, Decision, Outcome, Said, Terms, lapsed, outcome, terms
from transparency.consent.scopes import RANK, Covering, covering, kind_of, of_use
from transparency.register import queries
from transparency.register.schema import Register, Use

NEAR = ("feature", "category", "feature@stage", "use")  # a refusal of all training is close to nothing in particular


@dataclass(frozen=True)
class Offer:
    """One use, its terms, and every scope that covers it, the most specific first."""

    use: Use
    terms: Terms
    covering: tuple[Covering, ...]

    @property
    def scope(self) -> str:
        """The name of the scope that covers this use alone."""
        return of_use(self.use.category, self.use.feature, self.use.stage)

    def outcome(self, said: Mapping[str, Said]) -> Outcome:
        """What follows from a member's latest choices, by the names of their scopes."""
        return outcome(self.terms, self._of_this(said))

    def lapsed(self, said: Mapping[str, Said]) -> Said | None:
        """The yes of the member's that this use has outgrown, where nothing else was said of it."""
        return lapsed(self.terms, self._of_this(said))

    def _of_this(self, said: Mapping[str, Said]) -> Iterator[Said]:
        return (said[one.name] for one in self.covering if one.name in said)


@dataclass(frozen=True)
class Offers:
    """Everything that one edition offers; ``edition`` is 0 and nothing is offered before the first."""

    edition: int
    register: Register
    by_use: Mapping[str, Offer]

    @cached_property
    def by_scope(self) -> dict[str, list[Offer]]:
        """The offers that each scope covers, by its name."""
        found: dict[str, list[Offer]] = {}
        for offer in self.by_use.values():
            for one in offer.covering:
                found.setdefault(one.name, []).append(offer)
        return found

    def outcomes(self, said: Iterable[Said]) -> dict[str, Outcome]:
        """What holds for each use, by its id, given a member's latest choice at each scope."""
        by_name = {one.scope: one for one in said}
        return {name: offer.outcome(by_name) for name, offer in self.by_use.items()}

    def concerned(self, said: Iterable[Said], after: int = 0) -> list[Offer]:
        """The uses that are new or changed since edition ``after`` in a way that touches what the member chose.

        They had allowed it as it was, or they have refused something close by and said nothing of this.
        """
        by_name = {one.scope: one for one in said}
        new = (offer for offer in self.by_use.values() if offer.terms.refusable and offer.terms.since > after)
        return [offer for offer in new if offer.lapsed(by_name) or self.is_near_a_refusal(offer, by_name)]

    def is_near_a_refusal(self, offer: Offer, said: Mapping[str, Said]) -> bool:
        """Whether an older refusal speaks of the same feature or kind of data, and nothing of this use itself."""
        if offer.outcome(said).because != Because.DEFAULT:
            return False
        older = (one for one in said.values() if one.decision == Decision.REFUSE and one.edition < offer.terms.since)
        near = (other.use for one in older if kind_of(one.scope) in NEAR for other in self.by_scope.get(one.scope, ()))
        return any(use.feature == offer.use.feature or use.category == offer.use.category for use in near)

    def may_be_against(self, scope: str, decision: Decision) -> bool:
        """Whether a member can have said anything that speaks against this: without looking at what they said."""
        if decision == Decision.ALLOW:
            return bool(self._same(scope))
        return decision == Decision.REFUSE and kind_of(scope) != "use"

    def against(self, scope: str, decision: Decision, said: Iterable[Said]) -> dict[str, Decision]:
        """What must be said too, by the names of scopes, so that ``decision`` holds throughout ``scope``.

        ``said`` are the member's latest choices, this one among them. A refusal of much takes each yes to a part of it
        back; where that yes goes beyond the part, the part alone is refused. A yes takes back only a refusal of the
        very same use under an earlier name.
        """
        left = {one.scope: one for one in said if one.scope != scope}
        if decision == Decision.ALLOW:
            return dict.fromkeys(
                self._same(scope) & {n for n, one in left.items() if not one.decision}, Decision.FOLLOW
            )
        found: dict[str, Decision] = {}
        inside = {offer.use.id for offer in self.by_scope.get(scope, ())}
        for offer in self.by_scope.get(scope, ()) if decision == Decision.REFUSE else ():
            while (by := self._narrower(offer, left, scope)) is not None:
                whole = all(other.use.id in inside for other in self.by_scope[by])
                found[by if whole else offer.scope] = Decision.FOLLOW if whole else Decision.REFUSE
                if not whole:
                    break
                del left[by]
        return found

    def _narrower(self, offer: Offer, said: Mapping[str, Said], scope: str) -> str | None:
        """The narrower scope by whose yes the use stays on although ``scope`` is refused."""
        by = offer.outcome(said).by
        rank = next(one.rank for one in offer.covering if one.name == scope)
        return by.scope if by and by.decision == Decision.ALLOW and by.rank > rank else None

    def _same(self, scope: str) -> set[str]:
        """Earlier names of the one use that ``scope`` stands for; none where it stands for more."""
        mine = self.by_scope.get(scope, ())
        if kind_of(scope) != "use" or len(mine) != 1:
            return set()
        return {one.name for one in mine[0].covering if kind_of(one.name) == "use" and one.name != scope}


NOTHING = Offers(0, Register(), {})


@lru_cache(maxsize=8)
def offers_of(digest: str) -> Offers:
    """What the edition with this digest offers; nothing where there is none. Its content can't go stale."""
    edition = queries.by_digest(digest) if digest else None
    if edition is None:
        return NOTHING
    register, since = queries.document(edition).register, queries.since(edition)
    by_use = {use.id: _offer(use, register, since.get(use.id, edition.number)) for use in register.uses}
    return Offers(edition.number, register, by_use)


Words = tuple[tuple[str, Decision, int], ...]
"""A member's latest choices in the order in which they were made: scope, decision, edition."""


@lru_cache(maxsize=20_000)
def told(digest: str, words: Words) -> tuple[int, int]:
    """How many uses of the edition the member's word or browser switched off, and how many have outgrown their yes.

    Follows from nothing but what is given, so it can't go stale, and members who chose alike share it.
    """
    offers = offers_of(digest)
    said = {
        name: Said(name, RANK[kind_of(name)], decision, edition, order)
        for order, (name, decision, edition) in enumerate(words, start=1)
    }
    touched = {offer.use.id: offer for name in said for offer in offers.by_scope.get(name, ())}.values()
    refused = sum(offer.outcome(said).is_refused for offer in touched)
    return refused, sum(offer.lapsed(said) is not None for offer in touched)


def _offer(use: Use, register: Register, since: int) -> Offer:
    return Offer(use, terms(use, since), covering(use, register))
