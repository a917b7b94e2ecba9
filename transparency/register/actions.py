"""The only writes of this room: an edition is published, and evidence is put beside it."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from django.db import connection, transaction
from django.db.models import F

from transparency.accounts.actions import record
from transparency.accounts.models import User
from transparency.failpoints import failpoint
from transparency.ledger.actions import enter
from transparency.register import publication, queries, rules, shape
from transparency.register.coverage import pins
from transparency.register.diff import Change, changes
from transparency.register.documents import EditionDocument, canonical, digest, in_order, iso
from transparency.register.models import Edition, EditionSince, Evidence, Freshness, Stamp
from transparency.register.schema import Correction, Register
from transparency.register.since import since
from transparency.register.standing import CHANNEL, forget


class Conflict(Exception):  # noqa: N818 - a situation, not a fault
    """Somebody published meanwhile; what was approved no longer follows the newest edition."""


class Invalid(Exception):  # noqa: N818 - carries the faults
    """The register has faults, or the request contradicts itself."""

    def __init__(self, faults: Sequence[rules.Fault]) -> None:
        super().__init__("; ".join(_named(fault) for fault in faults))
        self.faults = list(faults)


def _named(fault: rules.Fault) -> str:
    return ": ".join(part for part in (fault.subject, fault.field, fault.message) if part)


@transaction.atomic
def publish_edition(
    *,
    by: User,
    register: Register,
    base: int,
    authors: Sequence[str],
    approver: str,
    effective_at: datetime,
    at: datetime,
    notice: str = "",
    sooner: str = "",
) -> Edition:
    """Freeze ``register`` as the next edition, in force from ``effective_at``; ``sooner`` says why it can't wait.

    ``base`` is the number it was written against (0 for none); raises ``Conflict`` if it is not the newest, ``Invalid``
    with every fault otherwise found, as of a value that is not of the type that the schema names. Four eyes are
    ``review``'s to prove; that author and approver differ is seen here.
    """
    about = {"authors": authors, "approver": approver, "notice": notice, "sooner": sooner}
    register = _shaped(register, about | {"effective_at": effective_at, "at": at})
    _lock_stamp()
    last = Edition.objects.first()
    if base != (last.number if last else 0):
        raise Conflict(
            f"It was written against edition {base}, but edition {last.number if last else 0} is the newest."
        )
    found = publication.faults(register, last, effective_at=effective_at, sooner=sooner, at=at)
    found += _contradictions(last, authors, approver, effective_at, at)
    if found:
        raise Invalid(found)
    people = {"authors": tuple(authors), "approver": approver}
    edition = _freeze(in_order(register), last, effective_at, at, notice=notice, sooner=sooner.strip(), **people)
    after = {"digest": edition.digest}
    with failpoint("edition.trace"):
        record(by=by, verb="edition.publish", subject_kind="edition", subject=str(edition), after=after, at=at)
    return edition


def _shaped(register: Register, about: dict[str, Any]) -> Register:
    """The register as the schema has it: what is frozen with a value of another type, no page can ever read again."""
    if wrong := list(shape.fault_of(about, shape.About)):
        raise Invalid(wrong)
    try:
        return shape.shaped(register)
    except msgspec.ValidationError as refused:
        raise Invalid(shape.misfits(register)) from refused


def _freeze(register: Register, last: Edition | None, effective_at: datetime, at: datetime, **said: Any) -> Edition:
    """Store the edition, what follows from it, and its entries in the public log."""
    before = queries.document(last).register if last else Register()
    changed = changes(before, register)
    document = EditionDocument(
        number=last.number + 1 if last else 1,
        published_at=iso(at),
        effective_at=iso(effective_at),
        summary=tuple(change.sentence for change in changed) if last else ("The first edition.",),
        register=register,
        **said,
    )
    with failpoint("edition.store"):
        edition = _store(document, at, effective_at)
    _work_out(edition, last, before, register, changed)
    with failpoint("edition.enter"):
        enter(kind="edition", subject=str(edition.number), facts=_entered(document, edition.digest), at=at)
    for one in register.corrections:
        if one not in before.corrections:
            enter(kind="correction", subject=one.slug, facts=_corrected(one, edition.number), at=at)
    _bump(at)
    return edition


def _work_out(
    edition: Edition, last: Edition | None, before: Register, register: Register, changed: list[Change]
) -> None:
    """Keep beside the edition what is asked of it often, and could be found out from the editions again."""
    EditionSince.objects.create(
        edition=edition.number,
        uses=since(before, queries.since(last) if last else {}, register, edition.number),
        clauses=pins(before, queries.pins_of(last) if last else {}, register),
        changes=msgspec.to_builtins(changed),
    )


def _corrected(one: Correction, edition: int) -> dict[str, object]:
    """What the public log keeps of a correction: all but its words, which the edition holds, and their digest."""
    facts = {name: getattr(one, name) for name in ("field", "since", "until")}
    about = {"about": f"{one.about}:{one.subject}", "edition": edition, "digest": digest(canonical(one))}
    return facts | about


def _store(document: EditionDocument, at: datetime, effective_at: datetime) -> Edition:
    body = canonical(document)
    return Edition.objects.create(
        number=document.number,
        published_at=at,
        effective_at=effective_at,
        authors=list(document.authors),
        approver=document.approver,
        summary=list(document.summary),
        notice=document.notice,
        document=body.decode(),
        digest=digest(body),
    )


def _entered(document: EditionDocument, digest: str) -> dict[str, object]:
    """What the public log keeps of an edition, for ever: no names, for names can be asked to be forgotten."""
    return {
        "digest": digest,
        "published_at": document.published_at,
        "effective_at": document.effective_at,
        "authors": len(document.authors),
        "approvals": 1,
    }


def _contradictions(
    last: Edition | None, authors: Sequence[str], approver: str, effective_at: datetime, at: datetime
) -> list[rules.Fault]:
    found = []
    if approver in authors:
        found.append(rules.Fault("", "approver", f"{approver} wrote a part of it, so somebody else must approve it."))
    if effective_at < at:
        found.append(rules.Fault("", "effective_at", "It can't hold from a moment that is past. Choose now or later."))
    if last and effective_at < last.effective_at:
        when = last.effective_at.date().isoformat()
        found.append(
            rules.Fault("", "effective_at", f"Edition {last.number} holds only from {when}. Choose a later day.")
        )
    return found


@transaction.atomic
def record_evidence(*, evidence: Sequence[Evidence], freshness: Sequence[Freshness], at: datetime) -> bool:
    """Put what the catalog shows beside the editions. Returns whether anything that members read changed."""
    _lock_stamp()
    shown = (
        "category", "feature", "stage", "seen", "direct", "by_column", "first_seen", "last_seen", "checked_at", "steps",
        "sources",
    )  # fmt: skip
    changed = _replace(Evidence, evidence, shown)
    changed |= _replace(Freshness, freshness, ("source", "name", "last_good_at", "stale_since"))
    if changed:
        _bump(at)
    return changed


def _replace(model, rows, shown) -> bool:  # type: ignore[no-untyped-def]  # one of two models, and its rows
    wanted = {tuple(_written(getattr(row, name)) for name in shown) for row in rows}
    standing = {tuple(_written(getattr(row, name)) for name in shown) for row in model.objects.all()}
    if wanted == standing:
        return False
    model.objects.all().delete()
    model.objects.bulk_create(rows)
    return True


def _written(value: object) -> str:
    """Comparable: PostgreSQL keeps the names in an object of JSON in an order of its own."""
    return json.dumps(value, sort_keys=True, default=repr)


def _lock_stamp() -> None:
    Stamp.objects.get_or_create(pk=1)
    Stamp.objects.select_for_update().get(pk=1)


def _bump(at: datetime) -> None:
    """Let every reader know, on commit, that public pages have changed."""
    Stamp.objects.filter(pk=1).update(version=F("version") + 1, changed_at=at)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, '')", [CHANNEL])
    transaction.on_commit(forget)
