"""A proposal's life: written by some, approved by somebody else, published as an edition.

``at`` is the moment at which a step is taken: now, unless it is told of a step that was taken before. Nobody gets a
letter about those.
"""

from datetime import datetime
from functools import partial
from typing import Any

import msgspec
from django.db import transaction
from django.utils import timezone

from transparency.accounts.actions import record
from transparency.accounts.models import User
from transparency.accounts.policies import require
from transparency.register import actions as register
from transparency.register import limits, publication, rules
from transparency.register import queries as said
from transparency.register.carrying import rewritten
from transparency.register.models import Edition
from transparency.register.schema import Record, Register
from transparency.review import notices, policies, queries, waiting
from transparency.review.models import Comment, Decision, Edit, Finding, Proposal

Invalid = register.Invalid


class Conflict(Exception):  # noqa: N818 - a situation, not a fault
    """Somebody changed the proposal meanwhile. ``stored`` is what stands now; nothing was overwritten."""

    def __init__(self, stored: Any) -> None:
        super().__init__("Somebody changed this proposal while you were writing. Nothing of theirs was overwritten.")
        self.stored = stored


@transaction.atomic
def start_proposal(
    *,
    by: User,
    title: str,
    why: str = "",
    notice: str = "",
    effective_at: datetime | None = None,
    sooner: str = "",
    at: datetime | None = None,
) -> Proposal:
    """An empty draft on top of the edition in force when it is to hold.

    ``sooner`` says why it can't wait for the notice period.
    """
    require(by, "proposal.edit")
    _readable(title=title, why=why, notice=notice, sooner=sooner)
    proposal = Proposal(title=title, why=why, notice=notice, effective_at=effective_at, created_by=by)
    proposal.sooner = sooner
    proposal.created_at = at or timezone.now()
    proposal.base = queries.starts_from(proposal, proposal.created_at)
    proposal.full_clean(exclude=("edition",))
    proposal.save()
    proposal.authors.create(user=by)
    _trace(by, proposal, "start", at=at)
    return proposal


@transaction.atomic
def change_terms(
    *, by: User, proposal: Proposal, version: int, notice: str, sooner: str, effective_at: datetime | None
) -> list[str]:
    """Say anew from when the proposal is to hold, and how members learn of it. What was approved is left behind.

    It is put on top of the edition in force by then; returns what ``bring_up_to_date`` does.
    """
    _readable(notice=notice, sooner=sooner)
    before = {"notice": proposal.notice, "sooner": proposal.sooner, "effective_at": str(proposal.effective_at or "")}
    locked = _changed(by, proposal, version, before)
    locked.notice, locked.sooner, locked.effective_at = notice, sooner, effective_at
    locked.full_clean(exclude=("edition",))
    locked.save(update_fields=("notice", "sooner", "effective_at"))
    after = {"notice": notice, "sooner": sooner, "effective_at": str(effective_at or "")}
    _trace(by, locked, "terms", before=before, after=after)
    overtaken = _rebase(by, locked) if queries.is_behind(locked, timezone.now()) else []
    proposal.refresh_from_db()
    return overtaken


@transaction.atomic
def put_record(
    *, by: User, proposal: Proposal, version: int, kind: str, content: dict[str, Any], at: datetime | None = None
) -> Edit:
    """Add or change one record. ``content`` is the whole record; incomplete is fine, ill-formed raises ``Invalid``."""
    try:
        value = msgspec.convert(content, queries.KINDS[kind][2])
    except msgspec.ValidationError as error:
        message, where = limits.told(error)
        raise Invalid([rules.Fault("", where.partition("[")[0], message)]) from error
    subject = str(getattr(value, queries.KINDS[kind][1]))
    if found := list(rules.text_faults(value)):
        raise Invalid(found)
    return _edit(by, proposal, version, kind, subject, msgspec.to_builtins(value), at)


@transaction.atomic
def remove_record(
    *, by: User, proposal: Proposal, version: int, kind: str, subject: str, at: datetime | None = None
) -> Edit:
    """Propose that a record be no longer in the register."""
    return _edit(by, proposal, version, kind, subject, None, at)


@transaction.atomic
def undo_edit(*, by: User, proposal: Proposal, version: int, edit: Edit) -> None:
    """Take one edit out of the proposal. Whoever wrote it stays among the authors."""
    locked = _changed(by, proposal, version, edit.after)
    locked.edits.filter(pk=edit.pk).delete()
    _trace(by, locked, "undo", before={edit.subject: edit.after})


@transaction.atomic
def settle(*, by: User, proposal: Proposal, version: int, edit: Edit, decided: str) -> None:
    """Say what holds later where an edition that waits changes the same: what the edit says, or what is scheduled."""
    if decided not in Edit.Decided.values:
        raise Invalid([rules.Fault(edit.subject, "decided", "Choose what stands here, or what is scheduled.")])
    locked = _changed(by, proposal, version, edit.decided)
    locked.edits.filter(pk=edit.pk).update(decided=decided)
    words = Edit.Decided(decided).label
    _trace(by, locked, "settle", before={edit.subject: edit.get_decided_display()}, after={edit.subject: words})


@transaction.atomic
def bring_up_to_date(*, by: User, proposal: Proposal, version: int) -> list[str]:
    """Put the proposal on top of the edition in force when it is to hold, because that is another one meanwhile.

    What was written stays as it was written; fields of the same record that nobody touched are as this edition has
    them. Only an edit that it says already goes. Returns the records that were published otherwise than this proposal
    knew them: somebody should look at those again.
    """
    locked = _changed(by, proposal, version, None)
    overtaken = _rebase(by, locked)
    proposal.refresh_from_db()
    return overtaken


def _rebase(by: User, locked: Proposal) -> list[str]:
    before, locked.base = locked.base, queries.starts_from(locked, timezone.now())
    standing = queries.base_register(locked)
    overtaken = [edit.subject for edit in locked.edits.all() if _moved(edit, standing)]
    locked.save(update_fields=("base",))
    _trace(by, locked, "rebase", before={"base": before}, after={"base": locked.base, "overtaken": overtaken})
    return overtaken


def _moved(edit: Edit, standing: Register) -> bool:
    """Bring one edit up to date. Returns whether that edition has the record otherwise than the edit knew it."""
    record = queries.records(standing, edit.kind).get(edit.subject)
    now = _kept(record)
    known, edit.before = edit.before, now
    if now != known:
        old, new = (queries.as_record(edit.kind, one) for one in (known, edit.after))
        edit.after, edit.decided = _kept(rewritten(old, new, record)), ""
    if now == edit.after:
        edit.delete()
    elif now != known:
        edit.save(update_fields=("before", "after", "decided"))
    return bool(now != known)


def _kept(record: Record | None) -> Any:
    """A record as the database keeps it."""
    return msgspec.json.decode(msgspec.json.encode(record)) if record else None


def _edit(by: User, proposal: Proposal, version: int, kind: str, subject: str, after: Any, at: datetime | None) -> Edit:
    standing = proposal.edits.filter(kind=kind, subject=subject).first()
    locked = _changed(by, proposal, version, standing.after if standing else None)
    base = queries.records(queries.base_register(locked), kind).get(subject)
    before = msgspec.to_builtins(base) if base else None
    words = {"before": before, "after": after, "author": by, "at": at or timezone.now(), "decided": ""}
    edit, _ = Edit.objects.update_or_create(proposal=locked, kind=kind, subject=subject, defaults=words)
    _trace(by, locked, "edit", before={subject: before}, after={subject: after}, at=at)
    return edit


def _changed(by: User, proposal: Proposal, version: int, stored: Any) -> Proposal:
    """Lock the proposal for a change: it becomes a draft again, so any approval of what it was is left behind."""
    locked = Proposal.objects.select_for_update().get(pk=proposal.pk)
    step = policies.step(by, locked, "edit")
    if locked.version != version:
        raise Conflict(stored)
    locked.state, locked.version = step.to, locked.version + 1
    locked.save(update_fields=("state", "version"))
    locked.authors.get_or_create(user=by)
    proposal.refresh_from_db()
    return locked


@transaction.atomic
def submit(*, by: User, proposal: Proposal, at: datetime | None = None) -> None:
    """Hand the proposal to the reviewers. Raises ``Invalid`` with everything that is still missing."""
    locked, to = _lock(by, proposal, "submit")
    moment, last = at or timezone.now(), said.edition(locked.base)
    when = queries.holds_from(locked, moment)
    draft = queries.draft_register(locked)
    found = publication.faults(draft, last, effective_at=when, sooner=locked.sooner, at=moment)
    found += waiting.faults(locked, waiting.anew(locked, moment), moment)
    if not locked.edits.exists():
        found = [rules.Fault("", "", "There is nothing in this proposal yet. Change something first.")]
    if found:
        raise Invalid(found)
    locked.authors.get_or_create(user=by)
    _move(by, proposal, locked, "submit", to, at)


@transaction.atomic
def approve(
    *, by: User, proposal: Proposal, content_digest: str, evidence_digest: str | None = None, at: datetime | None = None
) -> Decision:
    """Agree to exactly the content whose digest is given: what the reviewer was shown. Also anew, before it is void.

    With ``evidence_digest``, only while the findings rest on what the reviewer was shown, too. Raises ``Invalid`` where
    editions wait that could not be published anew with it, or not with this approval.
    """
    locked, to = _lock(by, proposal, "approve")
    moment = at or timezone.now()
    if content_digest != queries.content_digest(locked, moment):
        raise Conflict(None)
    later = waiting.anew(locked, moment)
    if found := [*waiting.faults(locked, later, moment), *waiting.wrote(later, by.name)]:
        raise Invalid(found)
    if evidence_digest not in (None, queries.evidence_digest(locked)):
        raise policies.Refused("What the catalog shows has changed since you opened this page. Look at it again.")
    decision = _decide(by, locked, Decision.Verdict.APPROVED, "", at)
    _move(by, proposal, locked, "approve", to, at)
    return decision


@transaction.atomic
def return_to_author(*, by: User, proposal: Proposal, reason: str) -> Decision:
    """Send it back, with what should change."""
    locked, to = _lock(by, proposal, "return")
    _readable(reason=reason)
    if not reason.strip():
        raise Invalid([rules.Fault("", "reason", "Say what should change.")])
    decision = _decide(by, locked, Decision.Verdict.RETURNED, reason)
    _move(by, proposal, locked, "return", to)
    return decision


@transaction.atomic
def withdraw(*, by: User, proposal: Proposal) -> None:
    locked, to = _lock(by, proposal, "withdraw")
    _move(by, proposal, locked, "withdraw", to)


@transaction.atomic
def publish(*, by: User, proposal: Proposal, at: datetime | None = None) -> Edition:
    """Make the next edition of it: takes a standing approval of exactly this content, by somebody who wrote none."""
    moment = at or timezone.now()
    register.refuse_by_a_wrong_clock(moment)  # at once: by such a clock other reasons were found, which are none
    locked, to = _lock(by, proposal, "publish")
    decision = policies.standing_approval(locked, queries.content_digest(locked, moment), moment)
    later = waiting.anew(locked, moment)
    if any(one.undecided for one in later):
        raise Invalid(waiting.faults(locked, later, moment))
    edition = register.publish_edition(
        by=by,
        register=queries.draft_register(locked),
        base=locked.base,
        authors=sorted(author.user.name for author in locked.authors.select_related("user")),
        approver=decision.reviewer.name,
        effective_at=queries.holds_from(locked, moment),
        notice=locked.notice,
        sooner=locked.sooner,
        at=moment,
        anew={one.edition.number: one.register for one in later},
    )
    locked.edition = edition.number
    locked.save(update_fields=("edition",))
    _move(by, proposal, locked, "publish", to, at)
    return edition


@transaction.atomic
def comment(*, by: User, proposal: Proposal, text: str, at: datetime | None = None) -> Comment:
    require(by, "proposal.comment")
    _readable(text=text)
    said_text = Comment(proposal=proposal, author=by, text=text, at=at or timezone.now())
    said_text.full_clean()
    said_text.save()
    _trace(by, proposal, "comment", after={"text": text[:200]}, at=at)
    return said_text


def _readable(**words: str) -> None:
    """Raise ``Invalid`` for text that nobody can see, before it reaches the database."""
    if found := list(rules.words_faults("", words)):
        raise Invalid(found)


def _lock(by: User, proposal: Proposal, verb: str) -> tuple[Proposal, str]:
    locked = Proposal.objects.select_for_update().get(pk=proposal.pk)
    return locked, policies.step(by, locked, verb).to


def _move(by: User, proposal: Proposal, locked: Proposal, verb: str, to: str, at: datetime | None = None) -> None:
    before = locked.state
    locked.state = to
    locked.save(update_fields=("state",))
    if to in (Proposal.State.WITHDRAWN,):
        locked.findings.update(state=Finding.State.OPEN, proposal=None)
    _trace(by, locked, verb, before={"state": before}, after={"state": to}, at=at)
    if at is None:
        transaction.on_commit(partial(notices.ring, locked.pk, verb, by.pk))
    proposal.refresh_from_db()


def _decide(
    by: User, proposal: Proposal, verdict: Decision.Verdict, reason: str, at: datetime | None = None
) -> Decision:
    submitter = proposal.authors.order_by("pk").last()
    return Decision.objects.create(
        proposal=proposal,
        verdict=verdict,
        content_digest=queries.content_digest(proposal, at),
        evidence_digest=queries.evidence_digest(proposal),
        reviewer=by,
        submitter=submitter.user if submitter else proposal.created_by,
        reason=reason,
        at=at or timezone.now(),
    )


def _trace(
    by: User,
    proposal: Proposal,
    verb: str,
    before: object = None,
    after: object = None,
    at: datetime | None = None,
) -> None:
    what = {"subject_kind": "proposal", "subject": str(proposal.pk)}
    record(by=by, verb=f"proposal.{verb}", **what, before=before, after=after, at=at)
