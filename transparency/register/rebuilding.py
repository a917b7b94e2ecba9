"""An edition made anew from what it says, to see that it is still what was published."""

from collections.abc import Iterator
from datetime import datetime

from msgspec import structs

from transparency.ledger import queries as ledger
from transparency.register import documents, order, queries
from transparency.register.models import Edition

REWRITTEN = (
    "Edition {number} is not the one that was published: its text or its entry in the log was changed in the database."
    " Restore it from a backup. “manage.py rebuild_published” says what differs."
)
BESIDE = (
    "What is kept beside edition {number}, since when each use is the same and what changed, does not follow from the"
    " editions: it was changed in the database. “manage.py rebuild_published --beside” works it out anew."
)


def rebuilt(edition: Edition) -> bytes:
    """Its canonical bytes, written anew from its records in their order."""
    said = documents.decode(edition.document)
    return documents.canonical(structs.replace(said, register=documents.in_order(said.register)))


def differences(edition: Edition) -> Iterator[str]:
    """What of it is not as it was published, each in a few words; nothing where all is."""
    body = rebuilt(edition)
    if body != edition.document.encode():
        yield "its bytes"
    if documents.digest(body) != edition.digest:
        yield "its digest"
    if _entered(edition) != edition.digest:
        yield "its digest in the public log"
    said = documents.decode(edition.document)
    beside = _beside(edition)
    yield from (f"its {name.replace('_', ' ')}" for name in beside if beside[name] != getattr(said, name))


def parts(after: int = 0) -> Iterator[tuple[int, list[str]]]:
    """Each edition’s number after ``after``, and what is wrong: it is not the one that the log has the digest of.

    A sentence each, which says what to do. It is of its text, and of what stands beside that in the database.
    """
    for number in _numbers(after):
        yield number, [fault] if (fault := _of_text(number) or _of_beside(number)) else []


def at_start(now: datetime) -> Iterator[str]:
    """The same of every edition's text, and of what stands beside those that hold at ``now`` or are to: it counts.

    To work that out takes longer than all else; of earlier editions the rounds of the day do it (``consent.rounds``).
    """
    times = queries.effective_times()
    counting = {order.in_force(times, now), *order.waiting(times, now)}
    for number in _numbers(0):
        if fault := _of_text(number) or (_of_beside(number) if number in counting else ""):
            yield fault


def _numbers(after: int) -> range:
    newest = Edition.objects.order_by("-number").values_list("number", flat=True).first() or 0
    return range(after + 1, max(newest, ledger.count("edition")) + 1)


def _of_text(number: int) -> str:
    edition, entry = Edition.objects.filter(number=number).first(), ledger.entry("edition", str(number))
    whole = edition is not None and _is_whole(edition, ledger.said(entry, "digest"))
    return "" if whole and entry and ledger.stands(entry) else ledger.damage(entry) or REWRITTEN.format(number=number)


def _of_beside(number: int) -> str:
    return "" if queries.follows(Edition.objects.get(number=number)) else BESIDE.format(number=number)


def _is_whole(edition: Edition, digest: object) -> bool:
    """Whether text and columns say the same, once the text is shown to be the one that can be read at all."""
    if documents.digest(edition.document.encode()) != digest:
        return False
    said, beside = documents.read(edition.document), _beside(edition)
    return edition.digest == digest and all(beside[name] == getattr(said, name) for name in beside)


def _entered(edition: Edition) -> str:
    return str(ledger.said(ledger.entry("edition", str(edition.number)), "digest") or "")


def _beside(edition: Edition) -> dict[str, object]:
    """What stands beside the document, to be found quickly, as the document has it."""
    told = ("number", "approver", "notice")
    lists = {"authors": tuple(edition.authors), "summary": tuple(edition.summary)}
    moments = {name: documents.iso(getattr(edition, name)) for name in ("published_at", "effective_at")}
    return {name: getattr(edition, name) for name in told} | lists | moments
