"""Whether a run honoured the choices that it had to honour. Pure.

A run must honour every choice that was older than the pipeline's agreed age when the run began. What the run applied is
known by a sequence number, and numbers have no gaps: the choices up to N were all there were until N + 1 was made.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class Verdict(StrEnum):
    """What is to be said of one run, the worst first."""

    IMPOSSIBLE = "impossible"
    IGNORED = "ignored"
    LATE = "late"
    FINE = "fine"


@dataclass(frozen=True)
class Run:
    """What a pipeline said of a run, and ``delivered``: the highest sequence that it had been given by then."""

    sequence: int
    delivered: int
    members_seen: int
    members_left_out: int
    started_at: datetime


@dataclass(frozen=True)
class Since:
    """What members chose after the sequence that a run applied, and before it began.

    ``overtaken_at`` is when the very next choice was made, whatever it was about. ``refusals`` are the moments of those
    that took somebody's data away from this feature at this stage, in their order.
    """

    overtaken_at: datetime | None = None
    refusals: Sequence[datetime] = ()


def verdict(run: Run, since: Since, max_age: timedelta) -> Verdict:
    """What is to be said of this run, where choices may be as old as ``max_age`` when a run begins."""
    if run.members_left_out > run.members_seen or run.sequence > run.delivered:
        return Verdict.IMPOSSIBLE
    if missed(run, since, max_age):
        return Verdict.IGNORED
    return Verdict.LATE if since.refusals and is_stale(run, since, max_age) else Verdict.FINE


def missed(run: Run, since: Since, max_age: timedelta) -> list[datetime]:
    """When those refusals were made that the run should have honoured, and did not."""
    return [at for at in since.refusals if at <= run.started_at - max_age]


def is_stale(run: Run, since: Since, max_age: timedelta) -> bool:
    """Whether what the run applied had been overtaken for longer than ``max_age`` when it began."""
    return since.overtaken_at is not None and since.overtaken_at <= run.started_at - max_age


def is_unasked(seen_at: datetime, sign: datetime, at: datetime, patience: timedelta) -> bool:
    """Whether a run that was seen is one that nobody acknowledged, and somebody should have by now.

    ``sign`` is the last thing heard of its pipelines. A run may be seen a while after it was acknowledged, and
    acknowledged a while after it was seen: within ``patience``, both ways.
    """
    return seen_at > sign + patience and at > seen_at + patience
