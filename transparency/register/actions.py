"""The only writes of this room: an edition is published, and evidence is put beside it."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from django.db import connection, transaction
from django.db.models import F

from transparency.accounts.actions import record
from transparency.accounts.models import User
from transparency.failpoints import failpoint
from transparency.ledger import clock
from transparency.ledger import queries as ledger
from transparency.ledger.actions import enter
from transparency.register import order, publication, queries, rules, shape
from transparency.register.diff import Change, changes, sentences
from transparency.register.documents import EditionDocument, canonical, digest, in_order, iso, read
from transparency.register.models import Edition, EditionSince, Evidence, Freshness, Stamp
from transparency.register.schema import Correction, Register
from transparency.register.standing import CHANNEL, forget

BY_A_WRONG_CLOCK = (
    "Nothing is published now, because its time would be wrong for ever: our clock says {now:%Y-%m-%d %H:%M} UTC, but"
    " the public log was sealed at {sealed:%Y-%m-%d %H:%M}. Ask whoever runs this site to set the clock, or, if it is"
    " right, to say so by “manage.py ledger_clock --ran-ahead WHY”. Then publish again."
)
LOST = (
    "Edition {number} is in the public log, and neither in the database nor in the archive. Anybody may have its exact"
    " text, /editions/{number}.json, with SHA-256 {digest}: put it into the archive as edition-{number:06d}.json."
)


class Conflict(Exception):  # noqa: N818 - a situation, not a fault
    """Somebody published meanwhile; what was approved no longer follows the newest edition."""


class Lost(Exception):  # noqa: N818 - a situation, not a fault
    """An edition that the public log names is nowhere to be found. The message says what to do."""


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
    anew: Mapping[int, Register] | None = None,
) -> Edition:
    """Freeze ``register`` as the next edition, in force from ``effective_at``; ``sooner`` says why it can't wait.

    ``base`` is the number that it was written against: of the edition in force at that time (0 for none). Each one that
    waits for a later time is published anew right after it, for its own time, as ``anew`` has it by its number. Raises
    ``Conflict`` if it is another that is in force, or others that wait; ``Invalid`` with every fault otherwise found,
    as of a value that is not of the type that the schema names. Four eyes are ``review``'s to prove; that author and
    approver differ is seen here. By a clock that is behind the public log nothing is published.
    """
    refuse_by_a_wrong_clock(at)
    about: dict[str, Any] = {"authors": authors, "approver": approver, "notice": notice, "sooner": sooner}
    about |= {"effective_at": effective_at, "at": at}
    register = _shaped(register, about)
    anew = {number: _shaped(content, about) for number, content in (anew or {}).items()}
    _lock_stamp()
    last = _followed(base, tuple(anew), effective_at)
    waiting = [(one, anew[one.number]) for one in Edition.objects.filter(number__in=anew).order_by("number")]
    found = publication.faults(register, last, effective_at=effective_at, sooner=sooner, at=at)
    found += _contradictions(authors, approver, effective_at, at)
    for one, content in waiting:
        found += publication.faults_anew(content, one, register, sooner=sooner, at=at)
        found += publication.wrote(one, approver)
    if found:
        raise Invalid(found)
    people = {"authors": tuple(authors), "approver": approver}
    said = {"notice": notice, "sooner": sooner.strip(), **people}
    edition = _publish(by, in_order(register), effective_at, at, **said)
    for one, content in waiting:
        _publish(by, in_order(content), one.effective_at, at, **_said_anew(one, authors, approver, notice))
    return edition


def refuse_by_a_wrong_clock(at: datetime) -> None:
    """Raise ``Invalid`` where the public log has come to a later time than ``at`` already, by more than a little."""
    if sealed := clock.behind(at):
        raise Invalid([rules.Fault("", "", BY_A_WRONG_CLOCK.format(now=at, sealed=sealed))])


def _followed(base: int, waiting: tuple[int, ...], effective_at: datetime) -> Edition | None:
    """The edition that was written against. Raises ``Conflict``."""
    times = queries.effective_times()
    then = order.in_force(times, effective_at)
    if base != then:
        which = "is the newest" if then == max(times, default=0) else f"holds by {effective_at.date().isoformat()}"
        raise Conflict(f"It was written against edition {base}, but edition {then} {which}.")
    if waiting != tuple(order.waiting(times, effective_at)):
        raise Conflict("Other editions wait than those that would be published anew with it.")
    return queries.edition(base)


def _publish(by: User, register: Register, effective_at: datetime, at: datetime, **said: Any) -> Edition:
    edition = _freeze(register, effective_at, at, **said)
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


def _said_anew(one: Edition, authors: Sequence[str], approver: str, notice: str) -> dict[str, Any]:
    """Who wrote and approved what is published anew, and what was said of it: its own, where it said anything."""
    both = tuple(sorted({*one.authors, *authors}))
    sooner = queries.document(one).sooner
    return {"authors": both, "approver": approver, "notice": one.notice or notice, "sooner": sooner}


def _freeze(register: Register, effective_at: datetime, at: datetime, **said: Any) -> Edition:
    """Store the edition, what follows from it, and its entries in the public log."""
    before = Edition.objects.filter(effective_at__lt=effective_at).first()
    then = queries.document(before).register if before else Register()
    changed = changes(then, register) if before else []
    document = EditionDocument(
        number=queries.newest_number() + 1,
        published_at=iso(at),
        effective_at=iso(effective_at),
        summary=_summary(before, changed),
        register=register,
        **said,
    )
    with failpoint("edition.store"):
        edition = _store(document, at, effective_at)
    beside = queries.beside(edition.number, before, then, register, changed)
    EditionSince.objects.create(edition=edition.number, **beside)
    with failpoint("edition.enter"):
        enter(kind="edition", subject=str(edition.number), facts=_entered(document, edition.digest), at=at)
    for one in register.corrections:
        if one not in then.corrections and ledger.entry("correction", one.slug) is None:
            enter(kind="correction", subject=one.slug, facts=_corrected(one, edition.number), at=at)
    _bump(at)
    return edition


def _summary(before: Edition | None, changed: list[Change]) -> tuple[str, ...]:
    """What changes when the edition holds. Nothing, where it says what holds by then already, or calls plans off."""
    if before is None:
        return ("The first edition.",)
    same = f"Nothing changes with this edition: it says the same as edition {before.number}, which holds until then."
    return sentences(changed) or (same,)


@transaction.atomic
def work_out_anew(*, by: User | None, at: datetime) -> list[int]:
    """Work out again what is kept beside each edition, and put that right where it differs; return of which editions.

    For people who were told that it was changed in the database, or is missing.
    """
    _lock_stamp()
    wrong = [one.number for one in Edition.objects.order_by("number") if _put_right(one)]
    if wrong:
        record(by=by, verb="edition.work_out", subject_kind="edition", subject="all", after={"wrong": wrong}, at=at)
        _bump(at)
    return wrong


def _put_right(edition: Edition) -> bool:
    if queries.follows(edition):
        return False
    EditionSince.objects.update_or_create(pk=edition.number, defaults=queries.beside_anew(edition))
    return True


@transaction.atomic
def take_back(*, documents: Iterable[str], at: datetime) -> int:
    """Store again the editions that the public log names and a restored database lacks, and return how many.

    Raises ``Lost`` where none of the documents is the one that the log has the digest of.
    """
    _lock_stamp()
    kept = {digest(document.encode()): document for document in documents}
    lacking = range(queries.newest_number() + 1, ledger.count("edition") + 1)
    for number in lacking:
        said = str(ledger.said(ledger.entry("edition", str(number)), "digest"))
        if said not in kept:
            raise Lost(LOST.format(number=number, digest=said))
        document = read(kept[said])
        moments = (datetime.fromisoformat(one) for one in (document.published_at, document.effective_at))
        edition = _store(document, *moments)
        EditionSince.objects.create(edition=number, **queries.beside_anew(edition))
    if lacking:
        _bump(at)
    return len(lacking)


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
    authors: Sequence[str], approver: str, effective_at: datetime, at: datetime
) -> Iterator[rules.Fault]:
    if approver in authors:
        yield rules.Fault("", "approver", f"{approver} wrote a part of it, so somebody else must approve it.")
    if effective_at < at:
        yield rules.Fault("", "effective_at", "It can't hold from a moment that is past. Choose now or later.")


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
