"""An edition made anew from what it says, to see that it is still what was published."""

from collections.abc import Iterator

from msgspec import structs

from transparency.ledger import queries as ledger
from transparency.register import documents, queries
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
    newest = Edition.objects.order_by("-number").values_list("number", flat=True).first() or 0
    for number in range(after + 1, max(newest, ledger.count("edition")) + 1):
        edition, entry = Edition.objects.filter(number=number).first(), ledger.entry("edition", str(number))
        whole = edition is not None and _is_whole(edition, ledger.said(entry, "digest"))
        if edition is None or not whole or entry is None or not ledger.stands(entry):
            yield number, [ledger.damage(entry) or REWRITTEN.format(number=number)]
        else:
            yield number, [] if queries.follows(edition) else [BESIDE.format(number=number)]


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
