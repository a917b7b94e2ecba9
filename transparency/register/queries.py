"""Reads of this room: what is said, what was said, and what was seen of it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from transparency.register import diff, documents
from transparency.register.documents import EditionDocument
from transparency.register.models import Edition, EditionSince, Evidence, Freshness, Stamp
from transparency.register.schema import Register
from transparency.register.since import since as worked_out

EvidenceBook = dict[str, Evidence]
"""Evidence by use id, ``category/feature/stage``."""


def edition_in_force(at: datetime) -> Edition | None:
    """The newest edition whose effective time has come at ``at``."""
    return Edition.objects.filter(effective_at__lte=at).first()


def edition(number: int) -> Edition | None:
    return Edition.objects.filter(number=number).first()


def by_digest(digest: str) -> Edition | None:
    return Edition.objects.filter(digest=digest).first()


def editions() -> QuerySet[Edition]:
    """All of them, newest first, without their documents."""
    return Edition.objects.defer("document")


def scheduled(at: datetime) -> QuerySet[Edition]:
    """Published, but not yet in force at ``at``."""
    return editions().filter(effective_at__gt=at)


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


def changes_between(before: Edition | None, after: Edition) -> list[diff.Change]:
    return diff.changes(document(before).register if before else Register(), document(after).register)


def since(one: Edition) -> dict[str, int]:
    """For each use of this edition, by id: the number of the edition since which it is materially the same."""
    known = EditionSince.objects.filter(pk=one.number).values_list("uses", flat=True).first()
    if known is not None:
        return dict(known)
    found: dict[str, int] = {}
    before = Register()
    for edition in Edition.objects.filter(number__lte=one.number).order_by("number"):
        after = document(edition).register
        found, before = worked_out(before, found, after, edition.number), after
    return found


def widening(numbers: Iterable[int]) -> set[int]:
    """Those of these editions, after the first, with which more is done with data than before."""
    rows = EditionSince.objects.filter(edition__in=list(numbers), edition__gt=1)
    return {row.edition for row in rows if row.edition in row.uses.values()}


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
    stale = min((source.stale_since for source in sources if source.stale_since), default=None)
    if stale:
        return Badge("unread", "Catalog not read since", stale)
    if row and row.seen:
        return Badge("verified", "Verified by lineage", row.checked_at)
    if row:
        return Badge("declared", "Declared, not seen since", row.last_seen)
    return Badge("declared", "Declared, never seen", None)


def undeclared(register: Register, book: EvidenceBook) -> list[Evidence]:
    """What was seen, and is still seen, without standing in the register."""
    declared = {use.id for use in register.uses}
    return [row for name, row in sorted(book.items()) if row.seen and name not in declared]
