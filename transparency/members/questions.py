"""What ``/choices/`` asks, and how things stand in words: plain values, made from an edition and a member's choices."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from transparency.consent import queries
from transparency.consent.models import Choice
from transparency.consent.offers import Offer, Offers
from transparency.consent.precedence import Because, Decision, Outcome
from transparency.consent.scopes import EVERYTHING, kind_of, of_feature, of_stage
from transparency.consent.words import name_of
from transparency.enforcement.effects import Effect
from transparency.members.followed import day, in_words
from transparency.register.schema import AIFeature

Latest = Mapping[str, Choice]

ASKED = {
    "training": "May its model learn from this?",
    "fine_tuning": "May its model be fine-tuned with this?",
    "inference": "May it use this while you are on the site?",
    "evaluation": "May we test it with this?",
}


def anchor(scope: str) -> str:
    """Where on the page a scope is asked about; fit for an address and an id."""
    return re.sub(r"[^a-z0-9_]+", "-", scope)


@dataclass(frozen=True)
class Question:
    """One thing to allow or refuse: ``on`` of the ``of`` uses that it covers are on now.

    ``full`` is the title where nothing stands around it. ``said`` is allow, refuse or empty, ``expected`` the sequence
    of the choice that the page shows, ``receipt`` the reference of the one that decides, ``effect`` what came of it.
    """

    scope: str
    title: str
    full: str
    ask: str
    why: str
    state: str
    on: int
    of: int = 1
    said: str = ""
    expected: int = 0
    receipt: str = ""
    offer: Offer | None = None
    effect: tuple[str, ...] = ()
    refused: bool = False

    @property
    def anchor(self) -> str:
        return anchor(self.scope)

    @property
    def rest(self) -> str:
        """What ``full`` says beyond the title, for who has headings and links listed without what is around them."""
        return self.full.removeprefix(self.title) if self.full.startswith(self.title) else f": {self.full}"

    @property
    def light(self) -> str:
        return "off" if not self.on else "on" if self.on == self.of else "partly"

    @property
    def now(self) -> str:
        return {"on": "On.", "off": "Off.", "partly": f"{self.on} on, {self.of - self.on} off."}[self.light]


# What a member may want to look at alone. Each is asked of a question about one use.
PARTS: dict[str, Callable[[Question], bool]] = {
    "refused": lambda question: question.refused,
    "off": lambda question: not question.on,
    "on": lambda question: bool(question.on),
}


@dataclass(frozen=True)
class Section:
    """A feature: the question about all of it, and one about each of its uses that can be refused."""

    feature: AIFeature
    whole: Question
    uses: list[Question]

    @property
    def off(self) -> int:
        return sum(not one.on for one in self.uses)


@dataclass(frozen=True)
class Asked:
    """A use that is new or changed in a way that touches what the member chose: named once, until they answer."""

    question: Question
    since: int
    was_allowed: bool


@dataclass(frozen=True)
class Fixed:
    """A use that can't be refused, and why."""

    offer: Offer
    title: str
    why: str


@dataclass(frozen=True)
class Sheet:
    """The whole page for one member, or for a stranger who has said nothing."""

    edition: int
    wide: list[Question]
    sections: list[Section]
    others: list[Question]
    again: list[Asked]
    fixed: list[Fixed]
    refused: int = 0
    by_scope: Mapping[str, Question] = field(default_factory=dict)

    @property
    def count(self) -> int:
        return sum(len(section.uses) for section in self.sections)

    @property
    def off(self) -> int:
        return sum(section.off for section in self.sections)

    @property
    def on(self) -> int:
        return self.count - self.off

    def only(self, part: str) -> list[Section]:
        """The sections with no more of their uses than this part of them: a key of ``PARTS``."""
        found = (replace(one, uses=[use for use in one.uses if PARTS[part](use)]) for one in self.sections)
        return [section for section in found if section.uses]


def sheet(offers: Offers, latest: Latest, effects: Mapping[str, Effect] = MappingProxyType({})) -> Sheet:
    """Everything that ``offers`` lets a member choose, how each of it stands by their ``latest`` choices, and what came
    of what they refused: ``effects``, by the use's id.
    """
    return _Writer(offers, latest, effects).sheet()


class _Writer:
    def __init__(self, offers: Offers, latest: Latest, effects: Mapping[str, Effect]) -> None:
        self.offers, self.latest, self.effects = offers, latest, effects
        self.said = {one.scope: one for one in queries.said(dict(latest))}
        self.outcomes = {name: offer.outcome(self.said) for name, offer in offers.by_use.items()}
        self.categories = {one.key: one for one in offers.register.categories}
        self.refusable = [offer for offer in offers.by_use.values() if offer.terms.refusable]

    def sheet(self) -> Sheet:
        wide = [self._wide(EVERYTHING, "Everything AI", "May AI features use your data?")]
        if of_stage("training") in self.offers.by_scope:
            wide.append(self._wide(of_stage("training"), "All training", "May AI models learn from your data?"))
        sections = [self._section(feature) for feature in self.offers.register.features]
        sections = [section for section in sections if section.uses]
        asked = [*wide, *(one for section in sections for one in (section.whole, *section.uses))]
        others = list(self._others({one.scope for one in asked}))
        by_scope = {one.scope: one for one in (*asked, *others)}
        return Sheet(
            edition=self.offers.edition,
            wide=wide if sections else [],
            sections=sections,
            others=others,
            again=list(self._again(by_scope)),
            fixed=[self._fixed(offer) for offer in self.offers.by_use.values() if not offer.terms.refusable],
            refused=sum(self.outcomes[offer.use.id].is_refused for offer in self.refusable),
            by_scope=by_scope,
        )

    def _section(self, feature: AIFeature) -> Section:
        mine = [offer for offer in self.refusable if offer.use.feature == feature.slug]
        whole = self._wide(of_feature(feature.slug), f"All of {feature.name}", "May it use your data at all?")
        return Section(feature, whole, [self._use(offer) for offer in mine])

    def _use(self, offer: Offer) -> Question:
        use, found = offer.use, self.outcomes[offer.use.id]
        own = self._own(offer)
        return Question(
            scope=offer.scope,
            title=self.categories[use.category].name,
            full=name_of(offer.scope, self.offers.register),
            ask=ASKED[use.stage],
            why=use.why_needed,
            state=self._state(offer, found),
            on=int(found.allowed),
            offer=offer,
            said=_word(own) if own and found.by and found.by.scope == own.scope.name else "",
            expected=self._expected(offer.scope),
            receipt=str(self.latest[found.by.scope].reference) if found.by else "",
            effect=in_words(self.effects[use.id], use.stage) if use.id in self.effects else (),
            refused=found.is_refused,
        )

    def _wide(self, scope: str, title: str, ask: str) -> Question:
        own = self.latest.get(scope)
        covered = [offer for offer in self.offers.by_scope.get(scope, ()) if offer.terms.refusable]
        on = sum(self.outcomes[offer.use.id].allowed for offer in covered)
        return Question(
            scope=scope,
            title=title,
            full=title,
            ask=ask,
            why=_covers(covered),
            state=_stands(own, on, len(covered)),
            on=on,
            of=len(covered),
            said=_word(own),
            expected=self._expected(scope),
            receipt=str(own.reference) if own and own.decision != Decision.FOLLOW else "",
        )

    def _others(self, asked: set[str]) -> Iterator[Question]:
        """What the member answered elsewhere, such as for a kind of data: it counts here, so it can be changed here."""
        for name, row in sorted(self.latest.items()):
            live = any(offer.terms.refusable for offer in self.offers.by_scope.get(name, ()))
            if name not in asked and kind_of(name) not in ("gpc", "use") and live and row.decision != Decision.FOLLOW:
                yield self._wide(name, name_of(name, self.offers.register), "May AI features use your data for this?")

    def _again(self, by_scope: Mapping[str, Question]) -> Iterator[Asked]:
        for offer in self.offers.concerned(self.said.values()):
            yield Asked(by_scope[offer.scope], offer.terms.since, offer.lapsed(self.said) is not None)

    def _fixed(self, offer: Offer) -> Fixed:
        use = offer.use
        reasons = dict.fromkeys(scope.why_not for scope in use.scopes if scope.why_not)
        return Fixed(offer, name_of(offer.scope, self.offers.register), " ".join(reasons))

    def _state(self, offer: Offer, found: Outcome) -> str:
        if found.because == Because.SIGNAL and found.by:
            honoured = f"Your browser sends a privacy signal. We honour it since {self._when(found.by.scope)}."
            return f"{self._outgrown(offer)} {honoured}".strip()
        if found.because == Because.CHOICE and found.by:
            verb, when = "allowed" if found.allowed else "refused", self._when(found.by.scope)
            if kind_of(found.by.scope) == "use":
                return f"You {verb} this on {when}."
            return f"You {verb} “{name_of(found.by.scope, self.offers.register)}” on {when}."
        stays = "It stays on until you refuse." if found.allowed else "It stays off until you say yes."
        return self._outgrown(offer) or stays

    def _outgrown(self, offer: Offer) -> str:
        old = offer.lapsed(self.said)
        return f"You allowed this on {self._when(old.scope)}, before it changed. That no longer counts." if old else ""

    def _own(self, offer: Offer) -> Choice | None:
        """The member's choice about this use alone, by whichever of its names they made it."""
        names = (one.name for one in offer.covering if kind_of(one.name) == "use")
        return max((self.latest[name] for name in names if name in self.latest), key=lambda c: c.sequence, default=None)

    def _when(self, scope: str) -> str:
        return day(self.latest[scope].at)

    def _expected(self, scope: str) -> int:
        return self.latest[scope].sequence if scope in self.latest else 0


def _word(choice: Choice | None) -> str:
    return {Decision.ALLOW: "allow", Decision.REFUSE: "refuse"}.get(Decision(choice.decision), "") if choice else ""


def _covers(covered: list[Offer]) -> str:
    asks = sum(not offer.terms.default for offer in covered)
    words = f"This answers for {len(covered)} use{'s' * (len(covered) != 1)}."
    if not asks:
        return words
    are, them = ("is", "it") if asks == 1 else ("are", "them")
    which = f"{asks} of them" if asks < len(covered) else "It" if asks == 1 else "All of them"
    return f"{words} {which} {are} off until you say yes; “Allow” turns {them} on."


def _stands(own: Choice | None, on: int, of: int) -> str:
    if own is None or own.decision == Decision.FOLLOW:
        return "You have not answered this as a whole."
    verb = "allowed" if own.decision == Decision.ALLOW else "refused"
    rest = " What you answered more closely, or have not seen yet, counts by itself." if 0 < on < of else ""
    return f"You {verb} this on {day(own.at)}.{rest}"
