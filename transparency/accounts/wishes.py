"""Asking another administrator, and agreeing: the writes of ``Wish``."""

from datetime import datetime, timedelta
from functools import partial
from smtplib import SMTPException
from typing import Any

import structlog
from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import QuerySet
from django.template.loader import render_to_string

from transparency.accounts import actions
from transparency.accounts.agreeing import who_can_agree
from transparency.accounts.models import User, Wish
from transparency.accounts.policies import require
from transparency.accounts.roles import Role

LASTS = timedelta(days=14)
log = structlog.get_logger(__name__)


def waiting(at: datetime) -> QuerySet[Wish]:
    """Every wish that can still be agreed to, the newest first."""
    return Wish.objects.filter(outcome="", asked_at__gt=at - LASTS).select_related("about", "asked_by")


@transaction.atomic
def ask(*, by: User, verb: str, about: User | None = None, facts: dict[str, Any], at: datetime) -> Wish:
    """Ask the other administrators; each who could agree is written to. The same wish again returns the first."""
    require(by, "user.manage")
    same = waiting(at).filter(verb=verb, about=about, facts=facts, asked_by=by).first()
    if same:
        return same
    wish = Wish.objects.create(verb=verb, about=about, facts=facts, asked_by=by, asked_at=at)
    actions.record(by=by, verb="account.ask", subject_kind="account", subject=wish.whom, after=_told(wish))
    transaction.on_commit(partial(_write, wish, list(who_can_agree(by, about, at))))
    return wish


@transaction.atomic
def agree(*, by: User, wish: Wish, at: datetime) -> None:
    """Agree to what another administrator asked for, and do it. Raises what doing it raises."""
    if wish.asked_by_id == by.pk:
        raise PermissionDenied("You asked for this yourself, so another administrator must agree.")
    locked = _decided(by, wish, Wish.Outcome.AGREED, at)
    actions.record(by=by, verb="account.agree", subject_kind="account", subject=locked.whom, after=_told(locked))
    do(by=locked.asked_by, verb=locked.verb, about=locked.about, facts=locked.facts, at=at, agreed_by=by)


@transaction.atomic
def decline(*, by: User, wish: Wish, at: datetime) -> None:
    """Decline what was asked for, or take back what one asked for oneself."""
    locked = _decided(by, wish, Wish.Outcome.DECLINED, at)
    actions.record(by=by, verb="account.decline", subject_kind="account", subject=locked.whom, after=_told(locked))


def _decided(by: User, wish: Wish, outcome: str, at: datetime) -> Wish:
    require(by, "user.manage")
    locked = waiting(at).select_for_update(of=("self",)).filter(pk=wish.pk).first()
    if locked is None:
        raise ValidationError("This was decided already, or is too old. It can be asked for again.")
    Wish.objects.filter(pk=locked.pk).update(outcome=outcome, decided_by=by, decided_at=at)
    return locked


def must_ask(*, by: User, verb: str, about: User | None, facts: dict[str, Any], at: datetime) -> bool:
    """Whether somebody else could agree, and the act is one that gives power or takes a protection."""
    takes_all = verb == Wish.Verb.ROLE and facts.get("role") == Role.MEMBER
    return not takes_all and who_can_agree(by, about, at).exists()


def do(
    *, by: User, verb: str, about: User | None, facts: dict[str, Any], at: datetime, agreed_by: User | None = None
) -> None:
    """Do what is wished for. Raises whatever the act of this room raises that does it."""
    given: dict[str, Any] = {"by": by, "agreed_by": agreed_by} | ({"user": about} if about else {})
    given |= {"role": Role(facts["role"])} if "role" in facts else {}
    if verb == Wish.Verb.INVITE:
        actions.invite(**given, email=facts["email"], name=facts["name"])
    elif verb == Wish.Verb.ROLE:
        actions.change_role(**given)
    elif verb == Wish.Verb.ON:
        actions.reactivate(**given)
    else:
        actions.forget_second_factor(**given)


def _told(wish: Wish) -> dict[str, str]:
    return {"what": wish.get_verb_display(), **({"role": wish.facts["role"]} if "role" in wish.facts else {})}


def _write(wish: Wish, people: list[User]) -> None:
    link = f"{settings.PUBLIC_URL}/staff/people/"
    for one in people:
        told = {"name": one.name, "wish": wish, "link": link, "site": settings.SITE_NAME}
        try:
            text = render_to_string("emails/wish.txt", told)
            EmailMessage(f"{wish.asked_by.name} needs you to agree", text, to=[one.email]).send()
        except (OSError, SMTPException):
            log.exception("a mail could not be sent", template="emails/wish.txt")
