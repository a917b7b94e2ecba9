"""Which of a member's choices counts for a use: the one place where it is decided. Pure.

1. A use that can't be refused goes on; the page says why.
2. Choices count if their scope covers the use. An allow counts only if its member had seen the use as it is now (it was
   made on the edition since which the use says materially the same, or on a later one), and only if it is later than
   the member's signal (Global Privacy Control), where that covers the use: a signal takes earlier allows back. A
   refusal always counts.
3. Of those that count, the most specific decides. Among equally specific ones, a refusal wins.
4. Where none counts, a signal that covers the use refuses it.
5. Otherwise the use's default holds; one that needs a yes first has none, so it is off.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum, StrEnum

from transparency.register.schema import Default, Refusal, Use


class Decision(IntEnum):
    """What a member says of a scope. ``FOLLOW`` takes an earlier choice back: wider ones and the default hold again."""

    REFUSE = 0
    ALLOW = 1
    FOLLOW = 2


@dataclass(frozen=True)
class Terms:
    """What matters of a use: may it be refused, is it on by default, since which edition does it say the same."""

    refusable: bool
    default: bool
    since: int


@dataclass(frozen=True)
class Said:
    """A member's latest choice at one scope that covers the use; ``rank`` as in ``scopes``."""

    scope: str
    rank: int
    decision: Decision
    edition: int
    sequence: int


class Because(StrEnum):
    """Why a use is allowed or refused."""

    NECESSARY = "necessary"
    CHOICE = "choice"
    SIGNAL = "signal"
    DEFAULT = "default"


@dataclass(frozen=True)
class Outcome:
    """Whether the member's data may be used, why, and by which choice, if by one."""

    allowed: bool
    because: Because
    by: Said | None = None

    @property
    def is_refused(self) -> bool:
        """Whether it is the member's own word, or their browser's, that switched it off."""
        return not self.allowed and self.because in (Because.CHOICE, Because.SIGNAL)


def terms(use: Use, since: int) -> Terms:
    """The terms of a use. Where places differ, the strictest holds for all: we don't know where a member lives."""
    offered = [scope for scope in use.scopes if scope.refusal != Refusal.NO]
    consent_first = any(scope.refusal == Refusal.CONSENT_FIRST for scope in offered)
    on = all(scope.default == Default.ON for scope in offered) and not consent_first
    return Terms(refusable=bool(offered), default=on, since=since)


def outcome(of: Terms, said: Iterable[Said]) -> Outcome:
    """Whether a use with these terms is allowed, given the latest choice at each scope that covers it."""
    if not of.refusable:
        return Outcome(allowed=True, because=Because.NECESSARY)
    all_said = list(said)
    signal = max((one for one in all_said if one.rank < 0), key=lambda one: one.sequence, default=None)
    counting = [one for one in all_said if one.rank >= 0 and _counts(one, of, signal)]
    if counting:
        by = max(counting, key=lambda one: (one.rank, one.decision == Decision.REFUSE, one.sequence))
        return Outcome(by.decision == Decision.ALLOW, Because.CHOICE, by)
    if signal:
        return Outcome(allowed=False, because=Because.SIGNAL, by=signal)
    return Outcome(of.default, Because.DEFAULT)


def lapsed(of: Terms, said: Iterable[Said]) -> Said | None:
    """The member's yes that counts no more because the use is new or has changed since, if only that lets it follow
    its default, or the signal that the yes was given over: whoever said it is asked again.
    """
    all_said = list(said)
    found = outcome(of, all_said)
    if found.because not in (Because.DEFAULT, Because.SIGNAL):
        return None
    after = found.by.sequence if found.by else -1  # a yes from before the signal was taken back by it
    old = (one for one in all_said if one.rank >= 0 and one.decision == Decision.ALLOW and one.edition < of.since)
    return max((one for one in old if one.sequence > after), key=lambda one: (one.rank, one.sequence), default=None)


def _counts(one: Said, of: Terms, signal: Said | None) -> bool:
    if one.decision == Decision.ALLOW:
        return one.edition >= of.since and (signal is None or one.sequence > signal.sequence)
    return one.decision == Decision.REFUSE
