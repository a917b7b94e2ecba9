"""Reads of this room: what is said, what was said, and what was seen of it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from django.db.models import Exists, F, OuterRef, QuerySet, Subquery

from transparency.register import clauses, diff, documents, order, wording
from transparency.register.coverage import pins
from transparency.register.documents import EditionDocument
from transparency.register.models import Edition, EditionSince, Evidence, Freshness, Stamp
from transparency.register.schema import Correction, Policy, Record, Register
from transparency.register.since import since as worked_out

EvidenceBook = dict[str, Evidence]
"""Evidence by use id, ``category/feature/stage``."""


def edition_in_force(at: datetime) -> Edition | None:
    """The newest edition whose effective time has come at ``at``."""
    return Edition.objects.filter(effective_at__lte=at).first()


def edition(number: int) -> Edition | None:
    return Edition.objects.filter(number=number).first()


def before(one: Edition) -> Edition | None:
    """The edition that holds, or was to hold, until this one does; see ``order.chain``."""
    return Edition.objects.filter(number__lt=one.number, effective_at__lt=one.effective_at).first()


@dataclass(frozen=True)
class Around:
    """What stands around an edition: the one that it follows, and the one that holds where it never does (see
    ``order.overtaken``), and since when that is so. Numbers are 0 where there is none.
    """

    before: int = 0
    instead: int = 0
    since: datetime | None = None


def edition_and_around(number: int) -> tuple[Edition, Around] | None:
    """An edition and what stands around it, in one question."""
    found = _placed(Edition.objects.filter(number=number)).first()
    return (found, _around(found)) if found else None


def around(one: Edition) -> Around:
    placed = _placed(editions().filter(number=one.number)).first()
    return _around(placed) if placed else Around()


def _placed(found: QuerySet[Edition]) -> QuerySet[Edition]:
    earlier = Edition.objects.filter(number__lt=OuterRef("number"), effective_at__lt=OuterRef("effective_at"))
    holds = Edition.objects.filter(effective_at__lte=OuterRef("effective_at"))
    return found.annotate(
        follows=Subquery(earlier.values("number")[:1]),
        holds=Subquery(holds.values("number")[:1]),
        since=Subquery(holds.values("published_at")[:1]),
    )


def _around(placed: Any) -> Around:
    if placed.holds == placed.number:
        return Around(placed.follows or 0)
    return Around(placed.follows or 0, placed.holds, placed.since)


def by_digest(digest: str) -> Edition | None:
    return Edition.objects.filter(digest=digest).first()


def editions() -> QuerySet[Edition]:
    """All of them, newest first, without their documents."""
    return Edition.objects.defer("document")


def scheduled(at: datetime) -> QuerySet[Edition]:
    """Published, and to hold later than ``at``: without what another one has overtaken."""
    instead = Edition.objects.filter(number__gt=OuterRef("number"), effective_at__lte=OuterRef("effective_at"))
    return editions().filter(~Exists(instead), effective_at__gt=at)


def overtaken() -> dict[int, int]:
    """Editions that never hold, each with the one that holds in its place."""
    return order.overtaken(effective_times())


Coming = tuple[tuple[Edition, list[diff.Change]], ...]
"""Editions that were published to hold later, soonest first, each with what it changes."""


def coming(at: datetime) -> Coming:
    """What was published to hold later than it was published, and does not yet at ``at``.

    What held as soon as it was published was never ahead: it replaces a page while that is made.
    """
    meant = scheduled(at).filter(effective_at__gt=F("published_at"))
    later = list(meant.order_by("effective_at", "number"))
    changed = changes_of(edition.number for edition in later) if later else {}
    return tuple((edition, changed[edition.number]) for edition in later)


def document(one: Edition) -> EditionDocument:
    return documents.decode(one.document)


def register_in_force(at: datetime) -> Register:
    """What is said at ``at``; an empty register before the first edition."""
    one = edition_in_force(at)
    return document(one).register if one else Register()


def newest_register() -> tuple[int, Register]:
    """Number and content of the edition that the next one must follow, in force or not; 0 where there is none."""
    one = Edition.objects.first()
    return (one.number, document(one).register) if one else (0, Register())


def number_in_force(at: datetime) -> int:
    """The number of the edition in force at ``at``; 0 before the first."""
    return Edition.objects.filter(effective_at__lte=at).values_list("number", flat=True).first() or 0


def newest_number() -> int:
    """The highest number of an edition, in force or not; 0 where there is none."""
    return Edition.objects.values_list("number", flat=True).first() or 0


def changes_between(before: Edition | None, after: Edition) -> list[diff.Change]:
    return diff.changes(document(before).register if before else Register(), document(after).register)


def since(one: Edition) -> dict[str, int]:
    """For each use of this edition, by id: the number of the edition since which it is materially the same."""
    known = EditionSince.objects.filter(pk=one.number).values_list("uses", flat=True).first()
    if known is not None:
        return dict(known)
    found: dict[str, int] = {}
    before = Register()
    for edition in Edition.objects.filter(number__in=_chain(one.number)).order_by("number"):
        after = document(edition).register
        found, before = worked_out(before, found, after, edition.number), after
    return found


def pins_of(one: Edition) -> dict[str, dict[str, str]]:
    """By use and clause: the wording's digest when the use was last written. Empty of editions from before policies."""
    return dict(EditionSince.objects.filter(pk=one.number).values_list("clauses", flat=True).first() or {})


def beside(
    number: int, before: Edition | None, then: Register, register: Register, changed: list[diff.Change]
) -> dict[str, Any]:
    """What is kept beside edition ``number`` (see ``EditionSince``), by its columns.

    It follows from what the edition says, from what the one ``before`` it said ``then``, and from what is kept of that.
    """
    return {
        "uses": worked_out(then, since(before) if before else {}, register, number),
        "clauses": pins(then, pins_of(before) if before else {}, register),
        "changes": msgspec.json.decode(msgspec.json.encode(changed)),
    }


def beside_anew(one: Edition) -> dict[str, Any]:
    """The same, of an edition that was published: its changes in the words that it told them in, whatever ours are."""
    first, said = before(one), document(one)
    then = document(first).register if first else Register()
    changed = diff.in_words(diff.changes(then, said.register), said.summary) if first else []
    return beside(one.number, first, then, said.register, changed)


def follows(one: Edition) -> bool:
    """Whether what is kept beside an edition is there, and is what follows from the editions up to it."""
    kept = EditionSince.objects.filter(pk=one.number).values("uses", "clauses", "changes").first()
    return kept == beside_anew(one)


def changes_of(numbers: Iterable[int]) -> dict[int, list[diff.Change]]:
    """What each of these editions changed, by its number; the first changed nothing."""
    wanted = list(numbers)
    kept = dict(EditionSince.objects.filter(edition__in=wanted).values_list("edition", "changes"))
    return {number: _changes_of(number, kept.get(number)) for number in wanted}


def _changes_of(number: int, kept: list[dict[str, Any]] | None) -> list[diff.Change]:
    if number == 1:
        return []
    if kept is not None:
        return msgspec.convert(kept, list[diff.Change])
    after = edition(number)
    first = before(after) if after else None
    return changes_between(first, after) if first and after else []


def _chain(upto: int) -> list[int]:
    return order.chain(effective_times(), upto)


def ended(name: str, upto: int) -> Edition | None:
    """The newest edition that has led to ``upto`` and with which the use of this id ended.

    Asked of an index: anybody may ask for uses that never were, and each time reading what all editions changed would
    be a way to keep the site busy. What is not kept beside an edition (see ``EditionSince``) is not found.
    """
    told = [{"kind": "use", "subject": name, "verb": "removed"}]
    gone = EditionSince.objects.filter(edition__lte=upto, changes__contains=told).values("edition")
    instead = Edition.objects.filter(
        number__gt=OuterRef("number"), number__lte=upto, effective_at__lte=OuterRef("effective_at")
    )
    return editions().filter(~Exists(instead), number__in=gone).first()


@dataclass(frozen=True)
class Wording:
    """How a policy document, or one clause of it, reads from one edition on; ``pieces`` compare it with before."""

    edition: Edition
    version: str
    text: str
    pieces: list[wording.Piece]


def wordings(slug: str, upto: int, number: str = "") -> list[Wording]:
    """Every wording that has led to edition ``upto``, the newest first; of one clause, where its number is given."""
    found: list[Wording] = []
    for edition in Edition.objects.filter(number__in=_rewritten(slug, upto)).order_by("number"):
        policy = next((one for one in document(edition).register.policies if one.slug == slug), None)
        before, text = found[-1].text if found else "", _text_of(policy, number)
        if text != before:
            version = policy.version if policy else ""
            found.append(Wording(edition, version, text, wording.differences(before, text)))
    return found[::-1]


def _rewritten(slug: str, upto: int) -> list[int]:
    """The editions with which a document may have changed: the first, and those that say so."""
    changed = changes_of(_chain(upto))
    said = [n for n, found in changed.items() if any((c.kind, c.subject) == ("policy", slug) for c in found)]
    return [*list(changed)[:1], *said]


def _text_of(policy: Policy | None, number: str) -> str:
    if policy is None:
        return ""
    found = clauses.below(policy, number) if number else policy.clauses
    return clauses.wording(found) if number else f"{policy.opening}\n\n{clauses.wording(found)}".strip()


def corrections() -> tuple[Correction, ...]:
    """Every correction that was ever published, in force or not: a mistake is admitted at once."""
    return newest_register()[1].corrections


def was_said(about: str, subject: str, start: datetime, end: datetime) -> bool:
    """Whether an edition in force at some moment from ``start`` to ``end`` spoke of this record."""
    times = effective_times()
    first, never = order.in_force(times, start), order.overtaken(times)
    numbers = [number for number in times if number >= first and times[number] < end and number not in never]
    held = Edition.objects.filter(number__in=numbers)
    return any(subject in named(document(edition).register, about) for edition in held)


def said_since(one: Edition, about: str, subject: str, field: str) -> datetime:
    """Since when a statement has held without a break as edition ``one`` has it."""
    since, statement = one.effective_at, _statement(one, about, subject, field)
    for number in reversed(_chain(one.number)[:-1]):
        earlier = Edition.objects.get(number=number)
        if _statement(earlier, about, subject, field) != statement:
            break
        since = earlier.effective_at
    return since


def _statement(one: Edition, about: str, subject: str, field: str) -> object:
    record = named(document(one).register, about).get(subject)
    return getattr(record, field) if record else None


def named(register: Register, about: str) -> dict[str, Record]:
    """What is ``about`` a use, feature, category or clause in this register, by how a correction may name it."""
    if about == "clause":
        return {f"{policy.slug}/{clause.number}": clause for policy in register.policies for clause in policy.clauses}
    part, name = {"use": ("uses", "id"), "feature": ("features", "slug"), "category": ("categories", "key")}[about]
    return {getattr(one, name): one for one in getattr(register, part)}


def effective_times() -> dict[int, datetime]:
    """When each edition takes effect, by its number."""
    return dict(Edition.objects.order_by().values_list("number", "effective_at"))


def verify(one: Edition) -> bool:
    """Whether the edition's bytes still give its digest."""
    return documents.digest(one.document.encode()) == one.digest


def evidence() -> EvidenceBook:
    return {f"{row.category}/{row.feature}/{row.stage}": row for row in Evidence.objects.all()}


def freshness() -> list[Freshness]:
    return list(Freshness.objects.all())


def stamp() -> int:
    """Grows with everything that changes a public page."""
    return Stamp.objects.filter(pk=1).values_list("version", flat=True).first() or 0


ONLY_LOOKED_AT = "Used to filter or sort, verified by lineage"


@dataclass(frozen=True)
class Badge:
    """How we know: ``kind`` is verified, declared, undeclared or unread; ``since`` the moment its words speak of."""

    kind: str
    words: str
    since: datetime | None


def badge(row: Evidence | None, sources: list[Freshness], *, declared: bool = True) -> Badge:
    """The badge of one use, from its evidence and the state of the sources."""
    if row and row.seen and not declared:
        return Badge("undeclared", "Seen, not yet declared", row.first_seen)
    stale = min((source.stale_since for source in _asked(row, sources) if source.stale_since), default=None)
    if stale:
        return Badge("unread", "Catalog not read since", stale)
    if row and row.seen:
        return Badge("verified", "Verified by lineage" if row.direct else ONLY_LOOKED_AT, row.checked_at)
    if row:
        return Badge("declared", "Declared, not seen since", row.last_seen)
    return Badge("declared", "Declared, never seen", None)


def _asked(row: Evidence | None, sources: list[Freshness]) -> list[Freshness]:
    """On whose word it rests: that something is seen, on those who told; that it is not, on all who might have."""
    told = set(row.sources) if row and row.seen else set()
    return [one for one in sources if not told or one.source in told]


def undeclared(register: Register, book: EvidenceBook) -> list[Evidence]:
    """What was seen, and is still seen, without standing in the register."""
    declared = {use.id for use in register.uses}
    return [row for name, row in sorted(book.items()) if row.seen and name not in declared]
