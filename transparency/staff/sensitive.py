"""Wishes for the page: what each would change, in words, and who of us may decide."""

from dataclasses import dataclass, replace
from datetime import datetime

from django.db.models import QuerySet

from transparency.accounts import wishes
from transparency.accounts.models import User, Wish
from transparency.accounts.policies import may
from transparency.catalog import foreseeing
from transparency.catalog.foreseeing import Foreseen
from transparency.catalog.models import Source, Tryout
from transparency.catalog.queries import tryouts_of
from transparency.catalog.trials import Would, would_if
from transparency.review.models import Edit
from transparency.review.queries import is_heard_of
from transparency.staff import acts

RETIRES = "source.retire"
OF_NAMES = "names."
SPELT = "Is it spelt as it should be?"
NAMED = (
    ("binding.add", "feature", Edit.Kind.FEATURE, "AI feature"),
    ("rule.add", "category", Edit.Kind.CATEGORY, "kind of data"),
)


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
    is_foreseen: bool
    """Whether what would follow from it is read on a page of its own, before anybody agrees."""
    why_not: str = ""
    """Why nobody can agree to it any more, in words: then nobody is offered to."""


def waiting(user: User, at: datetime, **which: object) -> list[Shown]:
    """What waits for somebody to agree, perhaps only ``which``, as this person sees it."""
    found = (_shown(one, user, at, one.asked_at + wishes.LASTS) for one in wishes.still_waiting(at, **which))
    return [replace(one, why_not=wishes.why_not(one.wish)) for one in found]


def shown(wish: Wish, user: User, at: datetime) -> Shown | None:
    """One wish, if it still waits."""
    return next(iter(waiting(user, at, pk=wish.pk)), None)


def foreseen(wish: Wish, at: datetime) -> Foreseen | None:
    """What would follow from it now; ``None`` where that is not worked out here, or nobody could agree any more."""
    if not wishes.KINDS[wish.verb].is_foreseen or wish.verb.startswith(OF_NAMES):
        return None
    before = foreseeing.said(at)
    after = wishes.rehearsed(wish, at, lambda: foreseeing.said(at))
    return foreseeing.foresee(before, after, at) if after and wish.verb != RETIRES else None


def renamed(wish: Wish, at: datetime) -> Would | None:
    """What would be seen otherwise, and what no more, where the wish says which names are one; ``None`` of any other.

    Raises what doing it raises.
    """
    if not wish.verb.startswith(OF_NAMES):
        return None
    return would_if(lambda look: wishes.rehearsed(wish, at, look), at)


def unheard_of(wish: Wish) -> str:
    """What the wish names that the register knows nothing of, in words; empty where it knows it all."""
    for verb, field, kind, called in NAMED:
        name = str(wish.facts.get(field, ""))
        if wish.verb == verb and name and not is_heard_of(kind, name):
            return f"The register knows no {called} “{name}”, and no open proposal adds it. {SPELT}"
    return ""


def stopping(wish: Wish) -> QuerySet[Tryout] | None:
    """What a worker found that would stop counting, where that is what the wish is about."""
    source = Source.objects.filter(slug=wish.subject).first() if wish.verb == RETIRES else None
    return tryouts_of(source, retiring=True) if source else None


def to_fetch(user: User, at: datetime) -> list[Shown]:
    """Which secrets were agreed to and wait for whoever asked for them."""
    return [_shown(one, user, at, (one.decided_at or at) + wishes.FETCHED_WITHIN) for one in wishes.to_fetch(at)]


def _shown(wish: Wish, user: User, at: datetime, ends_at: datetime) -> Shown:
    kind = wishes.KINDS[wish.verb]
    hidden = kind.names_a_member and not may(user, kind.permission)
    told = {name: value for name, value in wish.facts.items() if name not in wishes.UNSAID}
    changes = [] if hidden else acts.changes(wishes.said_before(wish), told)
    is_own = wish.asked_by_id == user.pk
    return Shown(wish, changes, wishes.may_decide(user, wish, at), is_own, ends_at, kind.is_foreseen)
