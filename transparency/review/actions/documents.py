"""A policy document brought into a proposal as Markdown: first what would become of it, then that."""

from dataclasses import dataclass

import msgspec
from django.db import transaction

from transparency.accounts.models import User
from transparency.accounts.policies import require
from transparency.register import coverage, diff, limits, rules
from transparency.register.clauses import LineFault, Unreadable, read
from transparency.register.schema import Policy, Register, Use
from transparency.review import queries
from transparency.review.actions.proposals import Invalid, put_record
from transparency.review.models import Edit, Proposal


@dataclass(frozen=True)
class BroughtPolicy:
    """A document as somebody brings it. ``source`` is Markdown; nothing of it is fetched from anywhere."""

    slug: str
    title: str
    kind: str
    version: str
    source: str


@dataclass(frozen=True)
class PolicyRehearsal:
    """What a document would become: its clauses and the changes in words, or the faults that keep it out."""

    policy: Policy | None
    changes: list[diff.Change]
    faults: list[LineFault]
    resting: dict[str, list[Use]]
    """By clause (``slug/number``), the uses that cite it."""


def rehearse_policy(*, proposal: Proposal, brought: BroughtPolicy) -> PolicyRehearsal:
    """Read a document against the proposal's draft, without changing anything."""
    try:
        policy = _policy(brought)
    except Unreadable as unreadable:
        return PolicyRehearsal(None, [], unreadable.faults, {})
    draft = queries.draft_register(proposal)
    merged = _with(draft, policy)
    faults = [LineFault(0, one.message) for one in rules.faults(merged) if one.subject == policy.slug]
    return PolicyRehearsal(policy, diff.changes(draft, merged), faults, coverage.resting(merged))


def _policy(brought: BroughtPolicy) -> Policy:
    """Raises ``Unreadable`` for a document without clauses, and for names beyond their limits."""
    opening, clauses = read(brought.source)
    opening = _without(brought.title, opening)
    said = {"slug": brought.slug, "title": brought.title, "kind": brought.kind, "version": brought.version}
    try:
        return msgspec.convert({**said, "opening": opening, "clauses": msgspec.to_builtins(clauses)}, Policy)
    except msgspec.ValidationError as error:
        message, where = limits.told(error)
        raise Unreadable([LineFault(0, f"{where.partition('[')[0].capitalize()}: {message}")]) from error


def _without(title: str, opening: str) -> str:
    """What stands before the first clause, without the title: it stands above the document on its page already."""
    first, _, rest = opening.partition("\n")
    heading = first.startswith("# ") and first.strip("# \t").casefold() == title.strip().casefold()
    return rest.strip("\n") if heading else opening


def _with(register: Register, policy: Policy) -> Register:
    others = (one for one in register.policies if one.slug != policy.slug)
    return msgspec.structs.replace(register, policies=(*others, policy))


@transaction.atomic
def bring_policy(*, by: User, proposal: Proposal, version: int, brought: BroughtPolicy) -> Edit:
    """Put the document into the proposal. Raises ``Invalid`` with every fault by line, and ``Conflict``."""
    require(by, "proposal.edit")
    rehearsed = rehearse_policy(proposal=proposal, brought=brought)
    if rehearsed.faults or rehearsed.policy is None:
        raise Invalid([rules.Fault(brought.slug, f"line {one.line}", one.message) for one in rehearsed.faults])
    content = msgspec.to_builtins(rehearsed.policy)
    return put_record(by=by, proposal=proposal, version=version, kind=Edit.Kind.POLICY, content=content)
