"""Lists in the public log: which list a pipeline was given can't be told otherwise later, and names nobody."""

import hashlib
import secrets
from datetime import datetime
from typing import Any

from django.db import transaction

from transparency.enforcement.lists.header import Header
from transparency.enforcement.models import ListGiven, Pipeline
from transparency.ledger.actions import enter

SALT = 16  # bytes: a list of one member can't be found by trying every member


def give_list(*, pipeline: Pipeline, header: Header, at: datetime) -> ListGiven:
    """Enter in the public log that the pipeline is given this list. The same list again returns its first row."""
    what = {name: getattr(header, name) for name in ("feature", "stage", "edition", "sequence")}
    what |= {"list_kind": header.kind.value, "categories": list(header.categories)}
    for row in ListGiven.objects.filter(pipeline=pipeline, **what):
        if bytes(row.commitment) == commitment(bytes(row.salt), header):
            return row
    return _enter(pipeline, header, what, at)


@transaction.atomic
def _enter(pipeline: Pipeline, header: Header, what: dict[str, Any], at: datetime) -> ListGiven:
    salt = secrets.token_bytes(SALT)
    row = ListGiven.objects.create(
        pipeline=pipeline, salt=salt, commitment=commitment(salt, header), expires_at=header.expires, **what
    )
    facts = {**what, "pipeline": pipeline.slug, "commitment": bytes(row.commitment).hex()}
    enter(kind="list", subject=str(row.pk), facts=facts, at=at)
    return row


def commitment(salt: bytes, header: Header) -> bytes:
    """SHA-256 of the salt, then of what the list is of and the digest of its members."""
    return hashlib.sha256(salt + bytes.fromhex(header.digest)).digest()


def forget_lists_given(*, at: datetime) -> int:
    """Delete what is known of lists that nobody may use any more; the log keeps its entries. Returns how many."""
    return ListGiven.objects.filter(expires_at__lte=at).delete()[0]
