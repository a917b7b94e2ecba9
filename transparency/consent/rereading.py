"""Every choice compared with its digest, and those with the public log: what was rewritten since, and by whomever.

The log itself is what an outsider can check. It names no choice, so that whether the database still has the choices
that it is of can be seen from here alone, or by each member from a receipt.
"""

from collections.abc import Collection, Iterator, Sequence

from django.db.models import QuerySet

from transparency.consent import erasures, proofs, queries, receipts
from transparency.consent.keys import BadKey
from transparency.consent.models import Batch, Choice, MemberKey
from transparency.ledger import queries as ledger

AT_ONCE = 1_000
CHANGED = "Choice {} is not the one that its member made."
OTHERS = "Choices {} to {} are not those that the public log has the fingerprint of."


def rewritten() -> Iterator[str]:
    """What is not as it was chosen, each in a sentence that names no member; nothing where all is."""
    before = ""
    for _, faults in parts():
        for fault in faults:
            if fault != before:  # of damaged files of the log each batch says the same
                yield fault
            before = fault


def parts(after: int = 0) -> Iterator[tuple[int, list[str]]]:
    """The choices after this sequence, some at a time: the last of them, and what of them is not as it was chosen.

    A batch that was begun is read whole: nothing less of it can be compared with the log.
    """
    last = Batch.objects.filter(last__lte=after).order_by("-last").values_list("last", flat=True).first() or 0
    while batches := list(Batch.objects.filter(last__gt=last).order_by("last")[:AT_ONCE]):
        for batch in batches:
            yield batch.last, _of_batch(batch, last)
            last = batch.last
    last = max(last, after)
    while choices := list(_from(last)[:AT_ONCE]):
        last = choices[-1].sequence
        yield last, _changed(choices)


def _of_batch(batch: Batch, last: int) -> list[str]:
    choices = list(_from(last).filter(sequence__lte=batch.last))
    return [*_changed(choices), *_not_in_the_log(batch, last, choices)]


def _from(last: int) -> QuerySet[Choice]:
    return Choice.objects.filter(sequence__gt=last).select_related("scope").order_by("sequence")


def _changed(choices: Sequence[Choice]) -> list[str]:
    """Those that look it are read once more: their member may have been erased between two reads."""
    suspect = [one.sequence for one in _not_held(choices)]
    again = _from(0).filter(sequence__in=suspect) if suspect else ()
    return [CHANGED.format(one.sequence) for one in _not_held(again)]


def _not_held(choices: Sequence[Choice] | QuerySet[Choice]) -> list[Choice]:
    keys = MemberKey.objects.in_bulk({-one.member for one in choices if one.member < 0})
    texts = {-number: known.key for number, known in keys.items()}
    erased = erasures.entered({one.member for one in choices if one.salt is None and one.member < 0})
    return [one for one in choices if not _holds(one, texts.get(one.member, str(one.member)), erased)]


def _holds(choice: Choice, key: str, erased: Collection[int]) -> bool:
    """An erased choice has no salt, so that nobody can tell what its digest is of; the log still has that.

    The log also has that it was erased, and with which others.
    """
    if choice.salt is None:
        return choice.member in erased
    try:
        return receipts.holds(queries.facts(choice, key), bytes(choice.salt), bytes(choice.digest))
    except (ValueError, BadKey):  # no decision, or no key, that anybody could have sent
        return False


def _not_in_the_log(batch: Batch, last: int, choices: Sequence[Choice]) -> Iterator[str]:
    """That these are not all choices from ``last`` to the batch's last, or not those that the log has the root of."""
    whole = [one.sequence for one in choices] == list(range(last + 1, batch.last + 1)) and batch.first == last + 1
    entry = proofs.entered(batch, [bytes(one.digest) for one in choices]) if whole else None
    if entry is None:
        yield OTHERS.format(last + 1, batch.last)
    elif not ledger.stands(entry):
        yield ledger.damage(entry) or OTHERS.format(last + 1, batch.last)
