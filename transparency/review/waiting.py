"""What waits for a later day than a proposal: those editions are published anew with it, with its edits in them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from transparency.register import publication
from transparency.register import queries as said
from transparency.register.carrying import Clash, carried
from transparency.register.diff import Change, changes
from transparency.register.models import Edition
from transparency.register.phrases import day, words
from transparency.register.rules import Fault
from transparency.register.schema import Register
from transparency.review import queries
from transparency.review.models import Edit, Proposal


@dataclass(frozen=True)
class Anew:
    """An edition that waits, as it would be published anew: what it says then, and what changes when it holds."""

    edition: Edition
    number: int
    """The number that it gets."""
    register: Register
    changes: list[Change]
    clashes: tuple[Clash, ...]

    @property
    def undecided(self) -> list[Clash]:
        return [clash for clash in self.clashes if not clash.decided]


def anew(proposal: Proposal, at: datetime) -> list[Anew]:
    """The editions that wait while this proposal holds, if it is published at ``at``; the soonest first."""
    if proposal.state in (Proposal.State.PUBLISHED, Proposal.State.WITHDRAWN):
        return []
    waiting = list(queries.waiting(proposal, at).defer(None))
    return list(_anew(proposal, waiting)) if waiting else []


def _anew(proposal: Proposal, waiting: list[Edition]) -> Iterator[Anew]:
    base, draft = queries.base_register(proposal), queries.draft_register(proposal)
    decisions = {(edit.kind, edit.subject): edit.decided for edit in proposal.edits.all()}
    before, urgent = draft, said.newest_number() + 1
    for number, edition in enumerate(waiting, urgent + 1):
        register, clashes = carried(base, draft, said.document(edition).register, decisions)  # type: ignore[arg-type]
        yield Anew(edition, number, register, changes(before, register), clashes)
        before = register


def faults(proposal: Proposal, found: list[Anew], at: datetime) -> list[Fault]:
    """What keeps the editions that wait from being published anew with this proposal, and what to do."""
    draft = queries.draft_register(proposal)
    return [
        *(_undecided(one, clash, draft) for one in found for clash in one.undecided),
        *(
            fault
            for one in found
            for fault in publication.faults_anew(one.register, one.edition, draft, sooner=proposal.sooner, at=at)
        ),
    ]


def wrote(found: list[Anew], approver: str) -> list[Fault]:
    """That this person wrote a part of what would be published anew, and so can't approve it."""
    return [fault for one in found for fault in publication.wrote(one.edition, approver)]


def _undecided(one: Anew, clash: Clash, draft: Register) -> Fault:
    name = queries.called(clash.kind, clash.subject, said.document(one.edition).register, draft)
    when = day(one.edition.effective_at.date().isoformat())
    what = ", ".join(f"“{words(field)}”" for field in clash.fields) or "all of it"
    told = f"{name}: edition {one.edition.number}, which waits for {when}, changes {what} otherwise."
    message = f"{told} Decide on the proposal’s page which of the two holds from then on, or let this hold from then."
    return Fault("", "", message)


@dataclass(frozen=True)
class Choice:
    """A clash for people: the record's name, and for each field what stands here and what is scheduled."""

    clash: Clash
    edit: Edit
    name: str
    lines: list[tuple[str, str, str]]


def choices(proposal: Proposal, one: Anew) -> list[Choice]:
    """What somebody has to decide, or has decided, before this edition is published anew."""
    edits = {(edit.kind, edit.subject): edit for edit in proposal.edits.all()}
    scheduled = said.document(one.edition).register
    return [_choice(clash, edits[clash.kind, clash.subject], scheduled) for clash in one.clashes]


def _choice(clash: Clash, edit: Edit, scheduled: Register) -> Choice:
    there = queries.records(scheduled, edit.kind).get(edit.subject)
    then = queries.as_written(edit.kind, there)
    here = queries.by_field(edit.kind, edit.after or {})
    lines = [
        (words(name), queries.as_text(name, here.get(name)), queries.as_text(name, then.get(name)))
        for name in clash.fields
    ]
    whole = ("all of it", "taken out" if edit.after is None else "stays", "stays" if there else "taken out")
    name = queries.called(edit.kind, edit.subject, scheduled)
    return Choice(clash, edit, name, lines or [whole])
