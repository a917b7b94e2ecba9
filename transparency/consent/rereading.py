"""Every choice compared with its digest, and those with the public log: what was rewritten since, and by whomever.

The log itself is what an outsider can check. It names no choice, so that whether the database still has the choices
that it is of can be seen from here alone, or by each member from a receipt.
"""

from collections.abc import Iterator, Sequence

from django.db.models import QuerySet

from transparency.consent import proofs, queries, receipts
from transparency.consent.models import Batch, Choice, MemberKey

AT_ONCE = 1_000


def rewritten() -> Iterator[str]:
    """What is not as it was chosen, each in a sentence that names no member; nothing where all is."""
    last = 0
    for batch in Batch.objects.order_by("last").iterator(chunk_size=AT_ONCE):
        choices = list(_from(last).filter(sequence__lte=batch.last))
        yield from _changed(choices)
        if not _in_the_log(batch, last, choices):
            yield f"Choices {last + 1} to {batch.last} are not those that the public log has the fingerprint of."
        last = batch.last
    while choices := list(_from(last)[:AT_ONCE]):
        yield from _changed(choices)
        last = choices[-1].sequence


def _from(last: int) -> QuerySet[Choice]:
    return Choice.objects.filter(sequence__gt=last).select_related("scope").order_by("sequence")


def _changed(choices: Sequence[Choice]) -> Iterator[str]:
    """An erased choice has no salt, so that nobody can tell what its digest is of; the log still has that."""
    keys = MemberKey.objects.in_bulk({-one.member for one in choices if one.member < 0})
    for one in choices:
        key = str(one.member) if one.member >= 0 else keys[-one.member].key
        if one.salt is not None and not receipts.holds(queries.facts(one, key), bytes(one.salt), bytes(one.digest)):
            yield f"Choice {one.sequence} is not the one that its member made."


def _in_the_log(batch: Batch, last: int, choices: Sequence[Choice]) -> bool:
    """Whether these are all choices from ``last`` to the batch's last, and the log has the root over their digests."""
    whole = [one.sequence for one in choices] == list(range(last + 1, batch.last + 1)) and batch.first == last + 1
    return whole and proofs.all_hold(batch, [bytes(one.digest) for one in choices])
