"""What a webhook says and how it is signed (Standard Webhooks), and when it is tried again. Pure."""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta

from standardwebhooks import Webhook

# After each try that failed; with the last one a receiver has been away for about three days.
WAITS = [timedelta(seconds=s) for s in (5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400)]
JITTER = 0.2  # so that receivers that fell together aren't all asked together
LONGEST_WISH = timedelta(days=1)
CHANGED = "choices.changed"


def payload(*, sequence: int, edition: int, at: datetime) -> str:
    """There are new choices, up to this sequence. Nothing tells whose or which they are."""
    said = {"type": CHANGED, "timestamp": at.isoformat(), "data": {"sequence": sequence, "edition": edition}}
    return json.dumps(said, separators=(",", ":"))


def headers(*, reference: str, body: str, secrets: Sequence[str], at: datetime) -> dict[str, str]:
    """The headers of one try. Signed with each secret, so that receivers may change theirs without missing one."""
    return {
        "Content-Type": "application/json",
        "User-Agent": "transparency-webhooks/1",
        "webhook-id": reference,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(Webhook(secret).sign(reference, at, body) for secret in secrets),
    }


def next_try(failures: int, *, chance: float, wish: timedelta = timedelta(0)) -> timedelta | None:
    """How long to wait after so many failures, or ``None`` to give up.

    ``chance`` is from 0 to 1, and spreads the tries. ``wish`` is how long the receiver asked us to stay away.
    """
    if failures > len(WAITS):
        return None
    wait = WAITS[failures - 1] * (1 + JITTER * (2 * chance - 1))
    return max(wait, min(wish, LONGEST_WISH))


def wish_in(retry_after: str) -> timedelta:
    """How long a receiver asks us to stay away, ``LONGEST_WISH`` at most; not at all where it names no seconds."""
    most = int(LONGEST_WISH.total_seconds())
    return timedelta(seconds=min(int(retry_after), most)) if retry_after.isdecimal() else timedelta(0)
