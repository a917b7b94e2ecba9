"""Suppression lists as of now: the whole, or what changed since a choice; each with the header that it will carry.

A list is true at one choice of one edition. Its ``base`` stands for what sequence numbers can't tell: which journal of
choices it is, how many members were erased from it, and the terms of the uses. Changes fit a list of the same base.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from django.utils import timezone

from transparency.consent import journal
from transparency.consent.offers import Offer, offers_of
from transparency.consent.queries import Head, head
from transparency.enforcement.decisions import uses_asked_for
from transparency.enforcement.keeping import NotNow
from transparency.enforcement.lists.header import Header, Kind, Part
from transparency.enforcement.lists.members import Changes, Members, among
from transparency.enforcement.models import Pipeline
from transparency.enforcement.projections import Roster, extent, look, require_made, roster
from transparency.register import queries as register

MOST_CHANGES = 1_000_000
"""Choices that one answer looks at; whoever is further behind is quicker with the whole list."""
TRIES = 3
WHOLE = "Fetch the whole list."


class Conflict(Exception):  # noqa: N818 - a decision about a question
    """There is no such list: ``code`` is stable, the message says why and what to ask for instead.

    ``field`` is what was asked for in vain.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code, self.field = code, code.partition(".")[0]


@dataclass(frozen=True)
class Wanted:
    """For which feature and stage, for which kinds of data (``None``: all of them), never from an older choice."""

    feature: str
    stage: str
    categories: tuple[str, ...] | None = None
    min_sequence: int = 0
    kind: Kind | None = None


@dataclass(frozen=True)
class Listing:
    """A list, or changes of one, as it stands."""

    header: Header
    rows: Members | Changes


@dataclass(frozen=True)
class Standing:
    """Whether a list is still the newest can be told from this, without working it out."""

    base: str
    edition: int
    sequence: int


def standing(wanted: Wanted) -> Standing:
    """As of now. Raises ``BadQuestion`` or ``NotNow``."""
    now = look()
    require_made(wanted.min_sequence, now.head)
    return Standing(_base(now.head, now.digest, wanted), offers_of(now.digest).edition, now.head.sequence)


def size(wanted: Wanted) -> tuple[int, int]:
    """How many members the list has now, and how many of them textual keys. Raises as ``whole`` does."""
    found = extent(wanted.feature, wanted.stage, wanted.categories)
    _require_kind(wanted, Kind(found.kind))
    return found.count, found.texts


def whole(pipeline: Pipeline, wanted: Wanted) -> Listing:
    """The list for this pipeline, made now. Raises ``BadQuestion``, ``NotNow`` or ``Conflict``."""
    found, base, at = _found(wanted)
    members = _members(found)
    return Listing(_header(pipeline, wanted, found, base, members, at), members)


def changes(pipeline: Pipeline, wanted: Wanted, since: int, base: str) -> Listing:
    """What holds now for everybody who chose after ``since``, if that is of the same ``base``. Raises as ``whole``."""
    found, now, at = _found(wanted)
    if base != now:
        raise Conflict("base", f"Your list is of another journal of choices, or of other terms. {WHOLE}")
    if since > found.sequence:
        raise Conflict("since.future", f"The last choice is {found.sequence}; {since} has not been made. {WHOLE}")
    if found.sequence - since > MOST_CHANGES:
        raise Conflict("since.past", f"More than {MOST_CHANGES:,} choices were made since. {WHOLE}")
    members = _members(found)
    rows = _changes(members, Kind(found.kind), _touched(wanted, found, since))
    part = Part(since, len(rows), rows.digest())
    return Listing(_header(pipeline, wanted, found, base, members, at, part), rows)


def _found(wanted: Wanted) -> tuple[Roster, str, datetime]:
    """The roster, its base, and when it was made; none of them from before a change that the others know."""
    for _ in range(TRIES):
        before, at = look(), timezone.now()
        found = roster(wanted.feature, wanted.stage, wanted.categories, wanted.min_sequence)
        after = head()
        same_journal = (before.head.lineage, before.head.erasures) == (after.lineage, after.erasures)
        if same_journal and offers_of(before.digest).edition == found.edition:
            _require_kind(wanted, Kind(found.kind))
            return found, _base(after, before.digest, wanted), at
    raise NotNow("The register or the journal of choices is changing. Ask again.", retry_after=2)


def _require_kind(wanted: Wanted, kind: Kind) -> None:
    if wanted.kind in (None, kind):
        return
    if kind == Kind.MAY_USE:
        raise Conflict(
            "kind",
            "A use here needs the member's yes first, so nobody may be used but those who gave it: there is no list of "
            "whom to leave out. Ask for kind=may_use, and use nobody who isn't on it.",
        )
    raise Conflict(
        "kind",
        "These uses are allowed unless a member refuses, so there is no list of everybody who may be used. Ask for "
        "kind=leave_out, and use nobody who is on it.",
    )


def _base(journal_head: Head, digest: str, wanted: Wanted) -> str:
    told = [str(journal_head.lineage), str(journal_head.erasures), *map(_told, _offers(digest, wanted))]
    return hashlib.sha256("\n".join(told).encode()).hexdigest()[:20]


def _told(offer: Offer) -> str:
    """All that decides what a member's choices mean for a use."""
    return f"{offer.use.id} {offer.terms} {' '.join(one.name for one in offer.covering)}"


def _offers(digest: str, wanted: Wanted) -> list[Offer]:
    offers = offers_of(digest)
    uses = uses_asked_for(offers.register, wanted.feature, wanted.stage, wanted.categories)
    return [offers.by_use[use] for use in dict.fromkeys(uses)]


def _members(found: Roster) -> Members:
    return Members(found.numbers, tuple(sorted(found.texts)))


def _touched(wanted: Wanted, found: Roster, since: int) -> Members:
    """Everybody who chose, after ``since``, at a scope that covers one of the uses."""
    edition = register.edition(found.edition)
    offers = _offers(edition.digest if edition else "", wanted)
    names = {one.name for offer in offers for one in offer.covering}
    who = np.unique(journal.rows_at(journal.scope_ids(sorted(names)), since, found.sequence).member)
    return Members(who[who >= 0], tuple(sorted(journal.texts_of(who[who < 0].tolist()))))


def _changes(members: Members, kind: Kind, touched: Members) -> Changes:
    on = among(touched.numbers, members.numbers)
    texts = set(members.texts)
    listed = Members(touched.numbers[on], tuple(one for one in touched.texts if one in texts))
    others = Members(touched.numbers[~on], tuple(one for one in touched.texts if one not in texts))
    return Changes(listed, others) if kind == Kind.LEAVE_OUT else Changes(others, listed)


def _header(
    pipeline: Pipeline,
    wanted: Wanted,
    found: Roster,
    base: str,
    members: Members,
    at: datetime,
    part: Part | None = None,
) -> Header:
    return Header(
        kind=Kind(found.kind),
        feature=wanted.feature,
        stage=wanted.stage,
        categories=wanted.categories or (),
        edition=found.edition,
        sequence=found.sequence,
        base=base,
        count=len(members),
        digest=members.digest(),
        created=at,
        expires=at + timedelta(seconds=pipeline.max_age),
        audience=pipeline.slug,
        changes=part,
    ).sealed()
