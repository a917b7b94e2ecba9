"""Since which choice is a use off? Found from a member's newest choice backwards, and no further than must be. Pure.

Whoever changes their mind all day long has thousands of choices, and most answers lie among the last few.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from transparency.consent.offers import Offer
from transparency.consent.precedence import Outcome, Said


@dataclass(frozen=True)
class Act:
    """One choice, its moment, and the same member's choice before it at the same scope, if there is one."""

    said: Said
    at: datetime
    before: Said | None


@dataclass
class _Sought:
    """A use that is off, the choice that decides, and the earliest choice known after which it was off all along."""

    offer: Offer
    outcome: Outcome
    since: Act | None = None


@dataclass(frozen=True)
class Turn:
    """The choice since which a use is off, whatever was said again afterwards; and whether it was on just before."""

    since: Act
    was_on: bool


def turns(off: Iterable[Offer], latest: Mapping[str, Said], acts: Iterable[Act]) -> dict[str, Turn]:
    """When each of these uses was switched off, by its id: they are off by a member's ``latest`` choice at each scope.

    ``acts`` are that member's choices, the newest first; no more of them are taken than are needed. One that repeats a
    refusal at the same scope, or takes back what was taken back, may be missing.
    """
    sought = {offer.use.id: _Sought(offer, offer.outcome(latest)) for offer in off}
    by_scope: dict[str, dict[str, _Sought]] = defaultdict(dict)
    for name, one in sought.items():
        for covering in one.offer.covering:
            by_scope[covering.name][name] = one
    found: dict[str, Turn] = {}
    said = dict(latest)
    for act in acts if sought else ():
        _take_back(said, act)
        concerned = by_scope[act.said.scope]
        for one in concerned.values():
            one.since = act
        for name in [name for name, one in concerned.items() if _was_on(one, act, said)]:
            found[name] = Turn(act, was_on=True)
            for covering in sought.pop(name).offer.covering:
                del by_scope[covering.name][name]
        if not sought:
            break
    return found | {name: Turn(one.since, was_on=False) for name, one in sought.items() if one.since}


def _take_back(said: dict[str, Said], act: Act) -> None:
    """Make what was said what it was just before."""
    if act.before is None:
        said.pop(act.said.scope, None)
    else:
        said[act.said.scope] = act.before


def _was_on(one: _Sought, act: Act, said: Mapping[str, Said]) -> bool:
    """Whether the use was on just before the act. What is wider than the choice that decided had no say."""
    if one.outcome.by is not None and 0 <= act.said.rank < one.outcome.by.rank:
        return False
    one.outcome = one.offer.outcome(said)
    return one.outcome.allowed
