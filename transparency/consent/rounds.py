"""Round after round, a day apart, everything that was said and chosen is compared with the log, while the site runs.

Of many choices a round lasts longer than a day; then the next begins when it ends. Each ring reads on for some seconds,
from where the last one stopped, so that no worker is taken from what members wait for.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta

from django.db import connection, transaction

from transparency.consent import rereading
from transparency.consent.models import Round
from transparency.register import rebuilding

EVERY = timedelta(days=1)
AT_ONCE = 20.0  # seconds
KEPT = 20  # sentences of one round
LOCK = 7236118  # an advisory lock: one process reads at a time

READ: Mapping[str, Callable[[int], Iterator[tuple[int, list[str]]]]] = {
    Round.Of.EDITIONS: rebuilding.parts,
    Round.Of.CHOICES: rereading.parts,
}
"""What gives, of everything after a number, how far it came and what is wrong there."""


@transaction.atomic
def read_on(*, at: datetime, seconds: float = AT_ONCE) -> None:
    """Go on with the rounds that are due at ``at``. Does nothing while another process does, or where none is due."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])
        alone = bool(cursor.fetchone()[0])
    end = time.monotonic() + seconds
    for of in READ if alone else ():
        if current := _due(of, at):
            _read(current, at, end)


def _due(of: str, at: datetime) -> Round | None:
    """The one that has not ended, or a new one. A clock that went back by a year is no reason to wait for one."""
    last = newest(of)
    if last and last.ended_at is None:
        return last
    return None if last and abs(at - last.began_at) < EVERY else Round(of=of, began_at=at)


def _read(current: Round, at: datetime, end: float) -> None:
    for upto, faults in READ[current.of](current.upto):
        current.upto = upto
        new = [fault for fault in dict.fromkeys(faults) if fault not in current.found]
        current.found, current.count = [*current.found, *new][:KEPT], current.count + len(new)
        if time.monotonic() >= end:
            break
    else:
        current.ended_at = at
    current.save()


def newest(of: str) -> Round | None:
    return Round.objects.filter(of=of).first()


def newest_of_each() -> list[Round]:
    return [one for of in READ if (one := newest(of))]


def standing() -> list[str]:
    """What is wrong, as far as is known: what the last whole rounds found, and those that are under way."""
    found = [fault for of in READ for one in _known(of) for fault in one.found]
    return list(dict.fromkeys(found))[:KEPT]


def _known(of: str) -> Iterator[Round]:
    last = newest(of)
    if last:
        yield last
    if last and last.ended_at is None:
        yield from Round.objects.filter(of=of).exclude(ended_at=None)[:1]


def untold() -> list[Round]:
    """Those that found something which nobody was written to about. Locked, as long as the transaction lasts."""
    return list(Round.objects.select_for_update(skip_locked=True).filter(count__gt=0, told_at=None))


def note_told(told: list[Round], *, at: datetime) -> None:
    """Administrators were written to: the next round that finds something tells them again."""
    Round.objects.filter(pk__in=[one.pk for one in told]).update(told_at=at)
