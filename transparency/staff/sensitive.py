"""Wishes for the page: what each would change, in words, and who of us may decide."""

from dataclasses import dataclass
from datetime import datetime

from transparency.accounts import wishes
from transparency.accounts.models import User, Wish
from transparency.accounts.policies import may
from transparency.staff import acts


@dataclass(frozen=True)
class Shown:
    """One wish as somebody sees it."""

    wish: Wish
    changes: list[acts.Change]
    """What would change; nothing where it names a member and is none of their business."""
    may_agree: bool
    is_own: bool
    ends_at: datetime
    """Until when it can be agreed to, or fetched."""


def waiting(user: User, at: datetime, **which: str) -> list[Shown]:
    """What waits for somebody to agree, perhaps only ``which``, as this person sees it."""
    return [_shown(one, user, at, one.asked_at + wishes.LASTS) for one in wishes.waiting(at).filter(**which)]


def to_fetch(user: User, at: datetime) -> list[Shown]:
    """Which secrets were agreed to and wait for whoever asked for them."""
    return [_shown(one, user, at, (one.decided_at or at) + wishes.FETCHED_WITHIN) for one in wishes.to_fetch(at)]


def _shown(wish: Wish, user: User, at: datetime, ends_at: datetime) -> Shown:
    kind = wishes.KINDS[wish.verb]
    hidden = kind.names_a_member and not may(user, kind.permission)
    told = {name: value for name, value in wish.facts.items() if name != "seen"}
    changes = [] if hidden else acts.changes(wishes.said_before(wish), told)
    return Shown(wish, changes, wishes.may_decide(user, wish, at), wish.asked_by_id == user.pk, ends_at)
