"""The clock that the log is sealed by. It never goes back, unless a person says that it had run ahead."""

import json
from datetime import datetime, timedelta

from transparency.ledger import queries
from transparency.ledger.models import Checkpoint, Entry

TOLERATED = timedelta(minutes=5)  # two machines never agree to the second, and theirs are set right in steps
RAN_AHEAD = "clock"  # the kind of entry by which a person says so; it is public, as the seals are whose time was wrong
BEHIND = (
    "This machine's clock says {now:%Y-%m-%d %H:%M} UTC, but the log was sealed at {sealed:%Y-%m-%d %H:%M}. Set it, and"
    " sealing goes on. If it is right, the clock had run ahead when the log was sealed: say so, by “manage.py"
    " ledger_clock --ran-ahead WHY”."
)


class ClockBehind(Exception):  # noqa: N818 - a state of the log
    """The clock says an earlier time than the newest seal. The message says what to do."""


def fault(now: datetime) -> str:
    """Why nothing is sealed or served by this clock, in sentences that say what to do; empty where it may be."""
    sealed = behind(now)
    return BEHIND.format(now=now, sealed=sealed) if sealed else ""


def behind(now: datetime) -> datetime | None:
    """The time that the log has come to already, where this clock is behind it by more than a little; else ``None``."""
    newest = queries.newest()
    if newest is None or now >= newest.sealed_at - TOLERATED:
        return None
    reached = _reached(newest)
    return None if now >= reached - TOLERATED else reached


def _reached(newest: Checkpoint) -> datetime:
    """When the log was sealed last, or the time that a person corrected that to since."""
    said = Entry.objects.filter(kind=RAN_AHEAD).order_by("-pk").values_list("body", flat=True).first()
    facts = json.loads(said) if said else {}
    return datetime.fromisoformat(facts["now"]) if facts.get("size") == newest.size else newest.sealed_at


def moment(newest: Checkpoint | None, now: datetime) -> datetime:
    """The time to seal at: now, or that of ``newest`` where the clock is a little behind: no seal is before another.

    So small steps back never add up to a large one. Raises ``ClockBehind`` where it is more than a little.
    """
    if newest is None or now >= newest.sealed_at:
        return now
    if wrong := fault(now):
        raise ClockBehind(wrong)
    return max(now, _reached(newest))
