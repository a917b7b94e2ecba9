"""What an edition offers members to decide on: for each use its terms, and the scopes that speak of it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache

from transparency.consent.precedence import Outcome, Said, Terms, outcome, terms
from transparency.consent.scopes import Covering, covering
from transparency.register import queries
from transparency.register.schema import Register, Use


@dataclass(frozen=True)
class Offer:
    """One use, its terms, and every scope that covers it, the most specific first."""

    use: Use
    terms: Terms
    covering: tuple[Covering, ...]

    def outcome(self, said: Mapping[str, Said]) -> Outcome:
        """What follows from a member's latest choices, by the names of their scopes."""
        return outcome(self.terms, (said[one.name] for one in self.covering if one.name in said))


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


def _offer(use: Use, register: Register, since: int) -> Offer:
    return Offer(use, terms(use, since), covering(use, register))
