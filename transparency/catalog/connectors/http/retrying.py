"""How long to wait before a question is asked again. Pure."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

ATTEMPTS = 5
FIRST = 0.5  # seconds
LONGEST = 20.0  # seconds, of our own accord
LONGEST_WISH = 60.0  # seconds; who wants us to stay away for longer is asked again by another attempt of the refresh
PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})


def wait(failures: int, *, chance: float, wish: float = 0.0) -> float:
    """Seconds to wait after so many failures. ``chance`` is from 0 to 1 and spreads those who fell together.

    ``wish`` is what the catalog asked for; we never come sooner than that.
    """
    own = min(LONGEST, FIRST * 2.0 ** min(failures - 1, 30))
    return max(own * (0.5 + chance / 2), wish)


def wish_in(retry_after: str, now: datetime) -> float:
    """The seconds for which a catalog asks us to stay away, given as a number or as a date; 0 where it says neither."""
    told = retry_after.strip()
    if told.isascii() and told.isdigit():
        return float(int(told[:12]))
    try:
        moment = parsedate_to_datetime(told)
    except (ValueError, TypeError, IndexError, OverflowError):
        return 0.0
    return max(0.0, (moment.replace(tzinfo=moment.tzinfo or UTC) - now).total_seconds())
