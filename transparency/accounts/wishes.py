"""Asking somebody else, and agreeing: the writes of ``Wish``.

Each room that has acts which nobody does alone tells here what they are called and who does them (``know``). The acts
themselves hold the rule, by ``agreeing.require_agreement``: whoever forgets to ask is refused.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from smtplib import SMTPException
from typing import Any, NamedTuple, TypeVar

import structlog
from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import QuerySet
from django.template.loader import render_to_string

from transparency.accounts.actions import record
from transparency.accounts.agreeing import WITNESSES, NotAlone, is_new, require_agreement, who_can_agree
from transparency.accounts.models import User, Wish
from transparency.accounts.policies import may, require

LASTS = timedelta(days=14)
FETCHED_WITHIN = timedelta(days=3)
UNSAID = frozenset({"seen", "row"})
"""Facts that only the machine needs: which version was seen, and which row it is about."""
Found = TypeVar("Found")
log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Kind:
    """A kind of act that somebody else must agree to."""

    words: str
    """What it is called, e.g. “Change a source”."""
    permission: str
    """What whoever asks must hold; and whoever agrees, unless ``agreed_with`` says otherwise."""
    do: Callable[[Wish, User | None, datetime], str]
    """Does it, given who agreed. Returns what is to be shown of it: the secret that it made; empty for most."""
    stands: Callable[[Wish], Any] = lambda wish: None
    """How what it is about stands now, as JSON: who agrees, agrees to a change of exactly this."""
    is_fetched: bool = False
    """Whether it makes a secret, which only who asked for it is shown: then they do it, once it is agreed to."""
    names_a_member: bool = False
    """Whether its facts name a member: only who could agree sees them, and they are forgotten once it is decided."""
    agreed_with: str = ""
    """What whoever agrees must hold, where that is another role than of whoever asks."""
    is_foreseen: bool = False
    """Whether what would follow from it is worked out, to be read by whoever agrees."""
    is_void: Callable[[Wish], bool] = lambda wish: False
    """Whether what happened since leaves nothing to agree to: then it waits no more."""

    @property
    def agreeing(self) -> str:
        """What whoever agrees must hold."""
        return self.agreed_with or self.permission


class Result(NamedTuple):
    """What came of it: the wish that waits now; or nothing waits, and it is done."""

    wish: Wish | None
    shown: str


KINDS: dict[str, Kind] = {}


def know(kinds: Mapping[str, Kind]) -> None:
    """Learn which acts a room has that somebody else must agree to."""
    KINDS.update(kinds)


def waiting(at: datetime) -> QuerySet[Wish]:
    """Every wish that can still be agreed to, the newest first."""
    return Wish.objects.filter(outcome="", asked_at__gt=at - LASTS).select_related("about", "asked_by")


def still_waiting(at: datetime, **which: object) -> list[Wish]:
    """Those that are not void either, perhaps only ``which``: a list."""
    return [one for one in waiting(at).filter(**which) if not KINDS[one.verb].is_void(one)]


def to_fetch(at: datetime) -> QuerySet[Wish]:
    """Every secret that was agreed to and can still be made, the newest first."""
    agreed = Wish.objects.filter(outcome=Wish.Outcome.AGREED, done_at=None, decided_at__gt=at - FETCHED_WITHIN)
    return agreed.select_related("asked_by", "decided_by")


def do_or_ask(*, by: User, verb: str, at: datetime, **told: Any) -> Result:
    """Do it where nobody else need agree, otherwise ask; ``told`` as for ``ask``. Raises what doing it raises."""
    wish = Wish(verb=verb, asked_by=by, asked_at=at, **told)
    try:
        with transaction.atomic():
            return Result(None, KINDS[verb].do(wish, None, at))
    except NotAlone:
        return Result(ask(by=by, verb=verb, at=at, **told), "")


@transaction.atomic
def ask(
    *,
    by: User,
    verb: str,
    at: datetime,
    about: User | None = None,
    subject_kind: str = "account",
    subject: str = "",
    facts: dict[str, Any],
) -> Wish:
    """Ask the others; each who could agree is written to. The same wish again returns the first.

    Raises what doing it would raise: nobody is asked for what can't be done.
    """
    kind = KINDS[verb]
    require(by, kind.permission)
    subject = subject or (about.name if about else str(facts.get("name", "")))
    what = {"verb": verb, "about": about, "subject_kind": subject_kind, "subject": subject[:600], "facts": facts}
    if same := waiting(at).filter(**what, asked_by=by).first():
        return same
    wish = Wish(**what, words=kind.words, asked_by=by, asked_at=at)
    wish.before = kind.stands(wish)
    others = list(who_can_agree(by, about, at, kind.agreeing))
    if not others:
        raise ValidationError("There is nobody who could agree to this.")
    _rehearse(wish, others[0], at, lambda: None)
    wish.save()
    _trace(by, "ask", wish)
    transaction.on_commit(partial(_write, wish, others))
    return wish


def rehearsed(wish: Wish, at: datetime, look: Callable[[], Found]) -> Found | None:
    """What ``look`` finds if it were done; nothing of it stays. ``None`` where nobody could agree to it any more.

    Raises what doing it raises.
    """
    _refuse_overtaken(wish)
    other = who_can_agree(wish.asked_by, wish.about, at, KINDS[wish.verb].agreeing).first()
    return _rehearse(wish, other, at, look) if other else None


def why_not(wish: Wish) -> str:
    """Why nobody can agree to it any more, though it waits, in words; empty where somebody can."""
    kind, name = KINDS[wish.verb], wish.asked_by.name
    if kind.stands(wish) != wish.before:
        return f"It was changed since {name} asked. They can ask for it again."
    return "" if may(wish.asked_by, kind.permission) else f"{name} may not ask for this any more."


def _refuse_overtaken(wish: Wish) -> None:
    if words := why_not(wish):
        raise ValidationError(words)


def _rehearse(wish: Wish, other: User, at: datetime, look: Callable[[], Found]) -> Found:
    """Do it, as if agreed to, look, and undo it."""
    with transaction.atomic():
        KINDS[wish.verb].do(wish, other, at)
        found = look()
        transaction.set_rollback(True)
    return found


@transaction.atomic
def agree(*, by: User, wish: Wish, at: datetime) -> None:
    """Agree to what somebody else asked for, and do it; who is to be shown a secret does it themselves afterwards.

    Raises what doing it raises.
    """
    if wish.asked_by_id == by.pk:
        raise PermissionDenied("You asked for this yourself, so another person must agree.")
    locked = _locked(wish, at)
    kind = KINDS[locked.verb]
    require(locked.asked_by, kind.permission)
    require_agreement(locked.asked_by, by, locked.about, at, kind.agreeing)
    _refuse_overtaken(locked)
    _decide(by, locked, Wish.Outcome.AGREED, at, done_at=None if kind.is_fetched else at)
    _trace(by, "agree", locked)
    if not kind.is_fetched:
        kind.do(locked, by, at)


@transaction.atomic
def fetch(*, by: User, wish: Wish, at: datetime) -> str:
    """Make the secret that was agreed to, and return it: to whoever asked for it, and once.

    Nothing of it is there before. Raises what making it raises.
    """
    locked = to_fetch(at).select_for_update(of=("self",)).filter(pk=wish.pk, asked_by=by).first()
    if locked is None:
        raise ValidationError("There is nothing for you to fetch. A key is shown once, to whoever asked for it.")
    Wish.objects.filter(pk=locked.pk).update(done_at=at)
    return KINDS[locked.verb].do(locked, locked.decided_by, at)


@transaction.atomic
def decline(*, by: User, wish: Wish, at: datetime) -> None:
    """Decline what was asked for, or take back what one asked for oneself."""
    locked = _locked(wish, at)
    if by.pk != locked.asked_by_id and not may_decide(by, locked, at):
        raise PermissionDenied("Only who asked for it takes it back, and only who could agree declines it.")
    _decide(by, locked, Wish.Outcome.DECLINED, at)
    _trace(by, "decline", locked)


def forget_members(*, at: datetime) -> None:
    """Forget which member a wish named that nobody can agree to any more."""
    named = [verb for verb, kind in KINDS.items() if kind.names_a_member]
    Wish.objects.filter(verb__in=named, asked_at__lte=at - LASTS).exclude(facts={}).update(facts={})


def may_decide(user: User, wish: Wish, at: datetime) -> bool:
    """Whether this person could agree to it."""
    permission = KINDS[wish.verb].agreeing
    if wish.about and user.role in WITNESSES:
        return who_can_agree(wish.asked_by, wish.about, at, permission).filter(pk=user.pk).exists()
    return may(user, permission) and user.pk not in (wish.asked_by_id, wish.about_id) and not is_new(user, at)


def _locked(wish: Wish, at: datetime) -> Wish:
    locked = waiting(at).select_for_update(of=("self",)).filter(pk=wish.pk).first()
    if locked is None:
        raise ValidationError("This was decided already, or is too old. It can be asked for again.")
    return locked


def _decide(by: User, wish: Wish, outcome: str, at: datetime, **more: object) -> None:
    forgotten: dict[str, object] = {"facts": {}} if KINDS[wish.verb].names_a_member else {}
    Wish.objects.filter(pk=wish.pk).update(outcome=outcome, decided_by=by, decided_at=at, **forgotten, **more)


def _trace(by: User, verb: str, wish: Wish) -> None:
    record(
        by=by,
        verb=f"account.{verb}",
        subject_kind=wish.subject_kind,
        subject=wish.subject,
        before=said_before(wish) if verb == "ask" else None,
        after={"what": wish.words} | (_told(wish) if verb == "ask" else {}),
    )


def said_before(wish: Wish) -> dict[str, Any] | None:
    """How it stood when it was asked for, as far as the wish says how it is to be."""
    return {name: now for name, now in wish.before.items() if name in wish.facts} if wish.before else None


def _told(wish: Wish) -> dict[str, Any]:
    """What the history says of how it is to be: no address of a person, and no member."""
    left_out = set(wish.facts) if KINDS[wish.verb].names_a_member else UNSAID | {"email"}
    return {name: value for name, value in wish.facts.items() if name not in left_out}


def _write(wish: Wish, people: list[User]) -> None:
    link = f"{settings.PUBLIC_URL}/staff/sensitive/"
    for one in people:
        told = {"name": one.name, "wish": wish, "link": link, "site": settings.SITE_NAME}
        try:
            text = render_to_string("emails/wish.txt", told)
            EmailMessage(f"{wish.asked_by.name} needs you to agree", text, to=[one.email]).send()
        except (OSError, SMTPException):
            log.exception("a mail could not be sent", template="emails/wish.txt")
