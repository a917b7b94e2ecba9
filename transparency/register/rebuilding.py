"""An edition made anew from what it says, to see that it is still what was published."""

import json
from collections.abc import Iterator

from msgspec import structs

from transparency.ledger import queries as ledger
from transparency.register import documents
from transparency.register.models import Edition


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


def rewritten() -> Iterator[int]:
    """The numbers of editions whose text is not the one that the public log has the digest of."""
    for edition in Edition.objects.order_by("number").only("number", "document").iterator(chunk_size=20):
        entry = ledger.entry("edition", str(edition.number))
        digest = documents.digest(edition.document.encode())
        if entry is None or json.loads(entry.body)["digest"] != digest or not ledger.stands(entry):
            yield edition.number


def _entered(edition: Edition) -> str:
    found = ledger.entry("edition", str(edition.number))
    return str(json.loads(found.body)["digest"]) if found else ""


def _beside(edition: Edition) -> dict[str, object]:
    """What stands beside the document, to be found quickly, as the document has it."""
    told = ("number", "approver", "notice")
    lists = {"authors": tuple(edition.authors), "summary": tuple(edition.summary)}
    moments = {name: documents.iso(getattr(edition, name)) for name in ("published_at", "effective_at")}
    return {name: getattr(edition, name) for name in told} | lists | moments
