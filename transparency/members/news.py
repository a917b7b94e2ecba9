"""What changed with each edition, narrowed to what somebody asks for: the same on the page and in both feeds."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from urllib.parse import urlencode

from transparency.members.reading import Reading
from transparency.register import order, queries
from transparency.register.diff import Change, sentences
from transparency.register.models import Edition

KINDS = {
    "more": "More is done with data",
    "new": "A new use of data",
    "ended": "A use that ended",
    "changed": "A use that changed",
    "correction": "We corrected a mistake",
    "policy": "Terms and privacy policy",
    "record": "What we call or describe",
}
PATTERNS = {"category": r"[a-z0-9_.]{1,120}", "feature": r"[a-z0-9-]{1,60}", "kind": "|".join(KINDS)}


class Unclear(Exception):  # noqa: N818 - says what is wrong with a question
    """The question can't be answered; the message says what to do."""


@dataclass(frozen=True)
class Asked:
    """What somebody wants to read of; empty fields don't narrow."""

    category: str = ""
    feature: str = ""
    kind: str = ""

    @property
    def query(self) -> str:
        """As the part of an address after “?”, with it; empty where nothing narrows."""
        given = {name: value for name, value in asdict(self).items() if value}
        return f"?{urlencode(given)}" if given else ""

    def wants(self, change: Change) -> bool:
        category, feature = _of(change)
        return (
            (not self.category or category == self.category or category.startswith(f"{self.category}."))
            and (not self.feature or feature == self.feature)
            and (not self.kind or self.kind in kinds(change))
        )


@dataclass(frozen=True)
class News:
    """One edition and what of it was asked for; ``more`` where more is done with data since then.

    ``instead`` is the edition that holds in its place, where it never does; it ``replaces`` those that never do.
    """

    edition: Edition
    sentences: list[str]
    more: bool
    corrects: bool
    instead: Edition | None = None
    replaces: tuple[int, ...] = ()


def read(given: Mapping[str, str]) -> Asked:
    """The question in an address. Raises ``Unclear``."""
    found = {name: given.get(name, "") for name in PATTERNS}
    for name, value in found.items():
        if value and not re.fullmatch(PATTERNS[name], value):
            raise Unclear(f"There is no {name} “{value[:40]}”. Choose one from the list on the page of changes.")
    return Asked(**found)


def kinds(change: Change) -> set[str]:
    """Of which kinds a change is."""
    if change.kind == "use":
        verb = {"added": "new", "removed": "ended"}.get(change.verb, "changed")
        return {verb, "more"} if change.material else {verb}
    return {change.kind if change.kind in KINDS else "record"}


def _of(change: Change) -> tuple[str, str]:
    """The category and the feature that a change concerns; empty where it concerns none."""
    names = change.about.split("/")
    if len(names) == len(("category", "feature", "stage")):
        return names[0], names[1]
    if change.kind == "policy" or len(names) == len(("policy", "clause")):
        return "", ""
    return (change.about, "") if change.kind == "category" else (change.about, change.about)


def news(asked: Asked, upto: datetime) -> list[News]:
    """The editions published until then, newest first; those of which nothing was asked for are left out."""
    editions = list(queries.editions().filter(published_at__lte=upto))
    changed = queries.changes_of(edition.number for edition in editions)
    found = _of_all(asked, ((edition, changed[edition.number]) for edition in editions))
    return _overtaken(found, {edition.number: edition for edition in editions})


def _overtaken(found: list[News], editions: Mapping[int, Edition]) -> list[News]:
    """The same, saying which of them never hold: nothing is done with data because of those."""
    instead = order.overtaken({number: edition.effective_at for number, edition in editions.items()})
    for place, one in enumerate(found):
        number = one.edition.number
        if number in instead:
            found[place] = replace(one, instead=editions[instead[number]], more=False)
        elif number in instead.values():
            found[place] = replace(one, replaces=order.replaced(instead, number))
    return found


def ahead(asked: Asked, reading: Reading) -> list[News]:
    """What will hold later than what somebody reads, soonest first."""
    return _of_all(asked, reading.coming)


def _of_all(asked: Asked, editions: Iterable[tuple[Edition, list[Change]]]) -> list[News]:
    return [one for edition, changed in editions if (one := _news(asked, edition, changed)) is not None]


def _news(asked: Asked, edition: Edition, changed: list[Change]) -> News | None:
    wanted = [change for change in changed if asked.wants(change)]
    said = list(sentences(wanted)) if asked != Asked() else list(edition.summary)
    if not said and asked != Asked():
        return None
    more, corrects = (any(one in kinds(c) for c in wanted) for one in ("more", "correction"))
    return News(edition, said, more, corrects)
