"""Reads of this room."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import msgspec
from django.db.models import Count, QuerySet
from django.utils import timezone

from transparency.accounts.models import User
from transparency.register import coverage, diff
from transparency.register import queries as said
from transparency.register.carrying import CLAUSE
from transparency.register.models import Edition
from transparency.register.phrases import text, words
from transparency.register.schema import (
    AIFeature,
    Correction,
    Criterion,
    DataCategory,
    Policy,
    Recipient,
    Record,
    Register,
    Scope,
    Use,
)
from transparency.register.vocabulary import label
from transparency.review.models import Edit, Finding, Proposal

KINDS: dict[str, tuple[str, str, type[Record]]] = {
    Edit.Kind.CATEGORY: ("categories", "key", DataCategory),
    Edit.Kind.FEATURE: ("features", "slug", AIFeature),
    Edit.Kind.USE: ("uses", "id", Use),
    Edit.Kind.POLICY: ("policies", "slug", Policy),
    Edit.Kind.CORRECTION: ("corrections", "slug", Correction),
}


SORTS = {
    "urgency": ("urgency", "opened_at", "pk"),
    "oldest": ("opened_at", "pk"),
    "newest": ("-opened_at", "-pk"),
    "kind": ("kind", "urgency", "opened_at", "pk"),
}


@dataclass(frozen=True)
class Asked:
    """What somebody looks for among the findings; empty fields don't narrow."""

    kind: str = ""
    text: str = ""
    state: str = Finding.State.OPEN
    feature: str = ""
    days: int = 0
    """Only those found at least so many days ago."""
    sort: str = "urgency"
    urgency: int = 0


def inbox(asked: Asked, at: datetime) -> QuerySet[Finding]:
    """Findings as they are asked for at that moment; the most urgent and the oldest first, unless said otherwise."""
    found = Finding.objects.filter(state=asked.state).select_related("proposal", "decided_by")
    found = found.filter(kind=asked.kind) if asked.kind else found
    found = found.filter(sentence__icontains=asked.text) if asked.text else found
    found = found.filter(subject__contains=f"/{asked.feature}/") if asked.feature else found
    found = found.filter(opened_at__lte=at - timedelta(days=asked.days)) if asked.days else found
    found = found.filter(urgency=asked.urgency) if asked.urgency else found
    return found.order_by(*SORTS.get(asked.sort, SORTS["urgency"]))


def open_by_urgency() -> dict[int, int]:
    """How many open findings there are of each urgency."""
    counted = Finding.objects.filter(state=Finding.State.OPEN).order_by().values_list("urgency").annotate(Count("pk"))
    return dict(counted)


def proposals(state: str = "") -> QuerySet[Proposal]:
    found = Proposal.objects.select_related("created_by")
    return found.filter(state=state) if state else found


def became(proposals: Iterable[Proposal]) -> dict[int, list[Edition]]:
    """By proposal: the edition that it became, and those that waited and were published anew with it right after."""
    firsts = {one.edition: one.pk for one in proposals if one.edition}
    if not firsts:
        return {}
    at_that_moment = Edition.objects.filter(number__in=firsts).values("published_at")
    editions = said.editions().filter(published_at__in=at_that_moment).order_by("number")
    numbers = [one.number for one in editions]
    others = set(Proposal.objects.filter(edition__in=numbers).values_list("edition", flat=True))
    found: dict[int, list[Edition]] = {}
    for edition in editions:
        if edition.number in firsts:
            found[edition.number] = [edition]
        elif edition.number not in others and found:
            last = found[max(found)]
            last += [edition] if last[-1].number + 1 == edition.number else []
    return {firsts[number]: editions for number, editions in found.items()}


def waiting_for(user: User) -> QuerySet[Proposal]:
    """Proposals on which this person could decide: submitted, or approved and unpublished, and not their own."""
    waiting = proposals().filter(state__in=(Proposal.State.SUBMITTED, Proposal.State.APPROVED))
    return waiting.exclude(authors__user=user)


def to_write(user: User) -> QuerySet[Proposal]:
    """Proposals that wait for this person to write on: drafts, and what a reviewer returned."""
    return proposals().filter(state__in=(Proposal.State.RETURNED, Proposal.State.DRAFT), authors__user=user)


def records(register: Register, kind: str) -> dict[str, Record]:
    """The register's records of one kind, by what they are known by."""
    field, name, _ = KINDS[kind]
    return {getattr(record, name): record for record in getattr(register, field)}


def starts_from(proposal: Proposal, at: datetime) -> int:
    """The edition that a proposal must be written on top of at ``at``: the one in force when it is to hold."""
    return said.number_in_force(holds_from(proposal, at))


def is_behind(proposal: Proposal, at: datetime) -> bool:
    """Whether another edition is in force when it is to hold than the one that it was written on top of."""
    is_over = proposal.state in (Proposal.State.PUBLISHED, Proposal.State.WITHDRAWN)
    return not is_over and proposal.base != starts_from(proposal, at)


def waiting(proposal: Proposal, at: datetime) -> QuerySet[Edition]:
    """The editions that hold later than this proposal does, if it is published at ``at``; the soonest first."""
    return said.scheduled(holds_from(proposal, at)).order_by("number")


def holds_from(proposal: Proposal, at: datetime) -> datetime:
    """From when a proposal holds that is published at ``at``."""
    return max(proposal.effective_at or at, at)


def base_register(proposal: Proposal) -> Register:
    edition = said.edition(proposal.base)
    return said.document(edition).register if edition else Register()


def draft_register(proposal: Proposal) -> Register:
    """The register as it would be: the base edition with the proposal's edits."""
    base = base_register(proposal)
    content = {kind: records(base, kind) for kind in KINDS}
    for edit in proposal.edits.all():
        if edit.after is None:
            content[edit.kind].pop(edit.subject, None)
        else:
            content[edit.kind][edit.subject] = msgspec.convert(edit.after, KINDS[edit.kind][2])
    return msgspec.convert(
        {KINDS[kind][0]: [msgspec.to_builtins(r) for r in found.values()] for kind, found in content.items()}, Register
    )


def is_heard_of(kind: Edit.Kind, subject: str) -> bool:
    """Whether the newest edition holds that record, or did under that key, or a proposal that may still be published
    would add it.
    """
    known = records(said.newest_register()[1], kind)
    if subject in known or any(subject in getattr(one, "aliases", ()) for one in known.values()):
        return True
    over = (Proposal.State.PUBLISHED, Proposal.State.WITHDRAWN)
    added = Edit.objects.filter(kind=kind, subject=subject, after__isnull=False)
    return added.exclude(proposal__state__in=over).exists()


def replaces(proposal: Proposal, at: datetime) -> Edition | None:
    """The edition that waits for the same moment as this proposal, and never holds once this is published."""
    base = said.edition(proposal.base)
    is_over = proposal.state in (Proposal.State.PUBLISHED, Proposal.State.WITHDRAWN)
    return base if base and not is_over and base.effective_at == holds_from(proposal, at) else None


def changes_of(proposal: Proposal, at: datetime | None = None) -> list[diff.Change]:
    """What changes for members if it is published at ``at``, now if it isn't given: against what holds until then."""
    planned = replaces(proposal, at or timezone.now())
    held = said.before(planned) if planned else None
    base = said.document(held).register if held else base_register(proposal)
    return diff.changes(base, draft_register(proposal))


def content_digest(proposal: Proposal, at: datetime | None = None) -> str:
    """SHA-256 of everything that an approval is about: base, edits, notice, from when, and why so soon.

    And of the editions that would be published anew with it at ``at``, now if it isn't given, and how.
    """
    edits = [
        [e.kind, e.subject, e.after, *filter(None, [e.decided])] for e in proposal.edits.order_by("kind", "subject")
    ]
    moment = proposal.effective_at.isoformat() if proposal.effective_at else ""
    hurry = [proposal.sooner] if proposal.sooner else []
    later = list(waiting(proposal, at or timezone.now()).values_list("number", "digest"))
    anew = [{"anew": later}] if later else []
    content = json.dumps([proposal.base, edits, proposal.notice, moment, *hurry, *anew], sort_keys=True)
    return hashlib.sha256(content.encode()).hexdigest()


PASSING = frozenset({"last_seen", "first_seen", "source"})
"""What evidence says that changes whenever a source is read, and changes nothing of what is shown."""


def evidence_digest(proposal: Proposal) -> str:
    """SHA-256 of what the proposal's findings rest on: whether each still stands, and the way that its data takes."""
    rests = [
        [one.kind, one.subject, one.state != Finding.State.CLOSED, _lasting(one.evidence)]
        for one in proposal.findings.order_by("kind", "subject", "pk")
    ]
    return hashlib.sha256(json.dumps(rests, sort_keys=True).encode()).hexdigest()


def _lasting(evidence: Any) -> Any:
    if isinstance(evidence, dict):
        return {name: _lasting(value) for name, value in evidence.items() if name not in PASSING}
    return [_lasting(one) for one in evidence] if isinstance(evidence, list) else evidence


@dataclass(frozen=True)
class Said:
    """A comment, or a decision with its verdict and its reason."""

    at: datetime
    who: str
    text: str
    verdict: str = ""


def said_about(proposal: Proposal) -> list[Said]:
    """Comments and decisions in the order in which they were made."""
    comments = proposal.comments.select_related("author")
    decisions = proposal.decisions.select_related("reviewer")
    told = [Said(one.at, one.author.name, one.text) for one in comments]
    told += [Said(one.at, one.reviewer.name, one.reason, one.get_verdict_display()) for one in decisions]
    return sorted(told, key=lambda one: one.at)


@dataclass(frozen=True)
class Standing:
    """How a draft and the policies would come apart by it: what to look at before it is approved."""

    uncovered: list[str]
    """What people call the uses that no clause covers, where the draft wrote them or changed their clause."""
    moved: list[tuple[coverage.Cover, list[str]]]
    """Clauses that would read otherwise, with what people call the uses that cite them and were not written anew."""
    idle: list[coverage.Idle]


def policies_and(proposal: Proposal) -> Standing:
    base, draft = base_register(proposal), draft_register(proposal)
    known = coverage.pins(base, coverage.pins(Register(), {}, base), draft)
    moved = [(cover, _called_uses(uses, base, draft)) for cover, uses in coverage.moved(draft, known)]
    # What stood before is the inbox's matter: a reviewer would look for it in the proposal, and not find it.
    uncovered, idle = coverage.uncovered(base), coverage.idle(base)
    return Standing(
        _called_uses((use for use in coverage.uncovered(draft) if use not in uncovered), base, draft),
        moved,
        [one for one in coverage.idle(draft) if one not in idle],
    )


def bare(proposal: Proposal) -> list[tuple[str, str]]:
    """The uses that no clause would cover, each with its name: those too that stood so before. None once it is over."""
    if proposal.state in (Proposal.State.PUBLISHED, Proposal.State.WITHDRAWN):
        return []
    draft = draft_register(proposal)
    return [(use.id, called(Edit.Kind.USE, use.id, draft)) for use in coverage.uncovered(draft)]


def _called_uses(uses: Iterable[Use], *registers: Register) -> list[str]:
    return [called(Edit.Kind.USE, use.id, *registers) for use in uses]


@dataclass(frozen=True)
class Line:
    """One field of a record, before and after, in words."""

    field: str
    before: str
    after: str


@dataclass(frozen=True)
class Sides:
    """One edit, side by side: only the lines that differ. ``name`` is what people call its record."""

    edit: Edit
    name: str
    lines: list[Line]


def sides(proposal: Proposal) -> list[Sides]:
    registers = base_register(proposal), draft_register(proposal)
    edits = proposal.edits.select_related("author")
    return [Sides(edit, called(edit.kind, edit.subject, *registers), _lines(edit)) for edit in edits]


def called(kind: str, subject: str, *registers: Register) -> str:
    """What people call a record, a use for example “Posts in Your feed: Training the model”.

    The later registers are asked first; a key that none of them knows stays as it is.
    """
    categories = {one.key: one.name for register in registers for one in register.categories}
    features = {one.slug: one.name for register in registers for one in register.features}
    if kind != Edit.Kind.USE:
        titles = {one.slug: one.title for register in registers for one in register.policies}
        known = {Edit.Kind.CATEGORY: categories, Edit.Kind.FEATURE: features, Edit.Kind.POLICY: titles}
        return known.get(Edit.Kind(kind), {}).get(subject, subject)
    return use_called(subject, categories, features)


def use_called(name: str, categories: Mapping[str, str], features: Mapping[str, str]) -> str:
    """The same of a use, given the names of kinds of data and of features."""
    category, feature, stage = name.split("/")
    return f"{categories.get(category, category)} in {features.get(feature, feature)}: {label('stage', stage)}"


def as_record(kind: str, written: dict[str, Any] | None) -> Record | None:
    """What an edit holds of a record, before or after; ``None`` where it holds none."""
    return msgspec.convert(written, KINDS[kind][2]) if written is not None else None


def as_written(kind: str, record: Record | None) -> dict[str, Any]:
    """The fields of a record as an edit keeps them; none where there is none."""
    return by_field(kind, msgspec.to_builtins(record) if record else {})


def by_field(kind: str, record: dict[str, Any]) -> dict[str, Any]:
    """What is compared of a record: its fields, and each clause of a policy document."""
    return _by_clause(record) if kind == Edit.Kind.POLICY else record


def _lines(edit: Edit) -> list[Line]:
    before, after = by_field(edit.kind, edit.before or {}), by_field(edit.kind, edit.after or {})
    ordered = dict.fromkeys((*KINDS[edit.kind][2].__struct_fields__, *after, *before))
    fields = [name for name in ordered if (before.get(name) or None) != (after.get(name) or None)]
    return [Line(words(name), as_text(name, before.get(name)), as_text(name, after.get(name))) for name in fields]


def _by_clause(policy: dict[str, Any]) -> dict[str, Any]:
    """A policy document with a line for each of its clauses."""
    clauses = {
        f"{CLAUSE}{one['number']}": f"{one['heading']}\n\n{one['text']}".strip() for one in policy.get("clauses", ())
    }
    return {name: value for name, value in policy.items() if name != "clauses"} | clauses


# What a field holds records of.
WITHIN: dict[str, type[Record]] = {"scopes": Scope, "recipients": Recipient, "criteria": Criterion}


def as_text(field: str, value: object) -> str:
    """What a field of an edit holds, in words: one thing a line."""
    if isinstance(value, list | tuple):
        return text(field, [_within(field, one) for one in value])
    return text(field, value)


def _within(field: str, value: object) -> object:
    """The record that was written there; what was typed and is none stays as it is."""
    if not isinstance(value, dict):
        return value
    try:
        return msgspec.convert(value, WITHIN[field])
    except msgspec.ValidationError:
        return "\n".join(f"{words(name)}: {text(name, one, ', ')}" for name, one in value.items() if one)
