"""Opening, closing and deciding findings. None of it touches the register."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import connection, transaction
from django.utils import timezone

from transparency.accounts.actions import record
from transparency.accounts.models import User
from transparency.accounts.policies import require
from transparency.catalog import barring
from transparency.catalog import queries as done
from transparency.register import queries as said
from transparency.register import rules
from transparency.register.actions import Invalid
from transparency.register.documents import EditionDocument
from transparency.review import clauses, drift, policies
from transparency.review.actions.proposals import put_record, remove_record, start_proposal
from transparency.review.models import Edit, Finding, Proposal

REASON = 1_000
LOCK = 731_002
SHOWN = ("urgency", "sentence", "evidence")
REOPENED = ("state", "closed_at", "opened_at")
# What was refused with a reason is not asked anew, though it was gone for a while.
REMEMBERED = {"barrier_proposed"}
GONE = {
    "barrier_proposed": "A barrier stands there or waits for approval, or nothing is seen to come by it any more.",
    "undeclared_use": "It is declared now, or no longer seen.",
    "not_observed": "It is seen again, or no longer declared.",
    "unclassified": "Somebody has said what data it holds, or it feeds no feature any more.",
    "unbound_model": "The model belongs to a feature now, or is gone.",
    "stale_source": "The source was read again.",
    "failing_source": "The source was read again.",
    "held_source": "Somebody said that it is right, or it was read again without a doubt.",
    "run_ignored": "A later run honoured the choices, or the pipeline does this no more.",
    "run_late": "A later run applied newer choices, or the pipeline does this no more.",
    "run_impossible": "A later run’s numbers can be, or the pipeline does this no more.",
    "run_unasked": "A later run was acknowledged, or no pipeline is meant to ask any more.",
    "webhook_off": "It is told again, or wants to be told no more.",
    "uncovered_use": "A clause covers it now, or the use is gone.",
    "clause_changed": "The uses were written anew, or the clause reads as it did.",
    "idle_purpose": "A use has this purpose now, or the clause names it no more.",
}


@transaction.atomic
def compare(*, at: datetime, reported: Iterable[drift.Finding] = ()) -> int:
    """Compare what is done with what is said, and bring the findings up to date. Returns how many stand.

    ``reported`` is what others found out who can't be asked from here. A finding that was dismissed opens again where
    it is about another run than it was.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
    wanted = {(found.kind, found.subject): found for found in (*_found(at), *reported)}
    lasting_rows = Finding.objects.select_for_update().exclude(state=Finding.State.CLOSED).order_by("pk")
    standing = {(row.kind, row.subject): row for row in lasting_rows}
    Finding.objects.bulk_create(_new(wanted[name], at) for name in wanted.keys() - standing.keys())
    for name in wanted.keys() & standing.keys():
        row = standing[name]
        if row.state == Finding.State.DISMISSED and row.evidence.get("run") != wanted[name].evidence.get("run"):
            row.state, row.closed_at, row.opened_at = Finding.State.OPEN, None, at
        row.urgency, row.sentence, row.evidence = (getattr(wanted[name], field) for field in SHOWN)
        row.last_seen_at = at
    lasting = [standing[name] for name in wanted.keys() & standing.keys()]
    Finding.objects.bulk_update(lasting, (*SHOWN, *REOPENED, "last_seen_at"))
    for name in standing.keys() - wanted.keys():
        if not (name[0] in REMEMBERED and standing[name].state == Finding.State.DISMISSED):
            _close(standing[name], at)
    return len(wanted)


def _new(found: drift.Finding, at: datetime) -> Finding:
    words = {name: getattr(found, name) for name in ("kind", "subject", *SHOWN)}
    return Finding(**words, opened_at=at, last_seen_at=at)


def _close(row: Finding, at: datetime) -> None:
    row.state, row.closed_at = Finding.State.CLOSED, at
    row.reason = GONE.get(row.kind, "It no longer holds.")
    row.save(update_fields=("state", "closed_at", "reason"))


def _found(at: datetime) -> list[drift.Finding]:
    edition = said.edition_in_force(at)
    if edition is None:
        return []
    document = said.document(edition)
    began = said.effective_times()
    declared = {use: began[number] for use, number in said.since(edition).items()}
    names = _names(document)
    looked_at = {one.observation.use for one in done.looked_at() if not one.counted}
    found = drift.findings(declared, _observed(), _loose(at), names, at, looked_at)
    return found + clauses.findings(document.register, said.pins_of(edition), names)


def _names(document: EditionDocument) -> dict[str, str]:
    names = {category.key: category.name for category in document.register.categories}
    return names | {feature.slug: feature.name for feature in document.register.features}


def _observed() -> list[drift.Observed]:
    return [
        drift.Observed(one.use, one.seen, one.last_seen, tuple(one.path), one.ended_because, one.direct)
        for one in done.counting()
    ]


def _loose(at: datetime) -> drift.Loose:
    loose = done.loose_ends(at)
    return drift.Loose(
        unclassified=tuple(loose.unclassified),
        unbound=tuple(loose.unbound),
        expired=tuple((str(barrier.pk), barrier.key) for barrier in loose.expired),
        expiring=tuple((str(barrier.pk), barrier.key) for barrier in loose.expiring),
        stale=tuple((h.source.slug, h.source.name, h.stale_since) for h in loose.health if h.stale_since),
        failing=tuple((h.source.slug, h.source.name) for h in loose.health if h.failing and not h.held),
        barring=tuple(vars(one) | {"uses": list(one.uses)} for one in barring.proposals()),
        held=tuple((h.source.slug, h.source.name) for h in loose.health if h.held),
    )


@transaction.atomic
def dismiss(*, by: User, findings: Sequence[Finding], reason: str) -> int:
    """Set findings aside, with a reason that stays with them. They stay dismissed for as long as they last.

    Returns how many: those that are open no more are left as they are.
    """
    require(by, "finding.decide")
    if not reason.strip() or rules.unhealthy(reason):
        raise Invalid([rules.Fault("", "reason", "Say why it needs no change, in plain letters.")])
    if len(reason) > REASON:
        raise Invalid([rules.Fault("", "reason", f"{len(reason):,} characters; it may have {REASON:,}.")])
    chosen = Finding.objects.filter(pk__in=[one.pk for one in findings], state=Finding.State.OPEN)
    subjects = list(chosen.select_for_update().order_by("pk").values_list("kind", "subject"))
    chosen.update(state=Finding.State.DISMISSED, reason=reason, decided_by=by, closed_at=timezone.now())
    for kind, subject in subjects:
        record(by=by, verb="finding.dismiss", subject_kind=kind, subject=subject, after={"reason": reason})
    return len(subjects)


@transaction.atomic
def reopen(*, by: User, finding: Finding) -> None:
    """Take a dismissal back. Raises ``Refused`` where it is dismissed no more."""
    require(by, "finding.decide")
    if not Finding.objects.filter(pk=finding.pk, state=Finding.State.DISMISSED).update(state=Finding.State.OPEN):
        finding.refresh_from_db()
        raise policies.Refused(f"This finding is “{finding.get_state_display()}” now, so it was left as it is.")
    record(by=by, verb="finding.reopen", subject_kind=finding.kind, subject=finding.subject)


@transaction.atomic
def propose_from(*, by: User, finding: Finding) -> Proposal:
    """A draft, with the obvious edit where there is one: say what is seen, or stop saying what is not.

    Raises ``Refused`` where somebody decided on the finding meanwhile, or it closed by itself.
    """
    locked = Finding.objects.select_for_update().get(pk=finding.pk)
    if locked.state != Finding.State.OPEN:
        raise policies.Refused(f"This finding is “{locked.get_state_display()}” now, so nothing was made of it.")
    title = finding.sentence.partition(":")[0][:120]
    proposal = start_proposal(by=by, title=title, why=finding.sentence)
    if finding.kind == Finding.Kind.UNDECLARED_USE:
        category, feature, stage = finding.subject.split("/")
        content = _skeleton(category, feature, stage)
        put_record(by=by, proposal=proposal, version=proposal.version, kind=Edit.Kind.USE, content=content)
    elif finding.kind == Finding.Kind.NOT_OBSERVED:
        remove_record(by=by, proposal=proposal, version=proposal.version, kind=Edit.Kind.USE, subject=finding.subject)
    Finding.objects.filter(pk=finding.pk).update(state=Finding.State.IN_PROPOSAL, proposal=proposal)
    return proposal


def _skeleton(category: str, feature: str, stage: str) -> dict[str, object]:
    """A use with nothing said yet; the rules name every blank at submission."""
    blank = {"purpose": "", "purpose_text": "", "why_needed": "", "retention": ""}
    scope = {"jurisdictions": ["*"], "legal_basis": ""}
    return {"category": category, "feature": feature, "stage": stage, "scopes": [scope], **blank}
