"""How long somebody stays signed in, and how long a proof of who they are stays fresh. Pure: times in, answers out.

Sessions of staff are short, because staff write what members read. Members come to read and to choose.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

FRESH = timedelta(minutes=10)


@dataclass(frozen=True)
class Lasting:
    """For how long a session lasts without a click, and for how long in all."""

    idle: timedelta
    whole: timedelta


STAFF = Lasting(idle=timedelta(minutes=30), whole=timedelta(hours=12))
MEMBERS = Lasting(idle=timedelta(days=14), whole=timedelta(days=14))


def is_over(lasting: Lasting, *, since: datetime, seen: datetime, at: datetime) -> bool:
    """Whether a session that began at ``since`` and was last used at ``seen`` has ended by ``at``."""
    return at >= seen + lasting.idle or at >= since + lasting.whole


def is_fresh(proved: datetime, *, at: datetime) -> bool:
    """Whether a proof of who somebody is, given at ``proved``, still counts at ``at``."""
    return at < proved + FRESH
