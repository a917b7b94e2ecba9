"""When one person is not enough: nobody gives power over what is published, or takes a protection away, alone.

Where nobody else could agree, an administrator acts alone: a new installation begins with one. Whoever is new can't
agree, and nobody profits from having removed the others: for a day both wait.
"""

from datetime import datetime, timedelta

from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import QuerySet

from transparency.accounts.models import User
from transparency.accounts.roles import PERMISSIONS, Role

SETTLED = timedelta(days=1)
OF_PEOPLE = "user.manage"
WITNESSES = (Role.REVIEWER,)


class NotAlone(ValidationError):  # noqa: N818 - a state, with a sentence for whoever asked
    """Another administrator must agree first, and there is one."""


def is_new(user: User, at: datetime) -> bool:
    """Whether somebody holds their role for less than a day: long enough for the others to notice."""
    return at - user.role_since < SETTLED


def who_can_agree(by: User, about: User | None, at: datetime, permission: str = OF_PEOPLE) -> QuerySet[User]:
    """Everybody who may agree to what ``by`` asks for ``about`` somebody: who might ask for it too, and is not new.

    Where nobody is left who might, since it is about the only other one, a reviewer agrees.
    """
    settled = User.objects.filter(is_active=True, role_since__lte=at - SETTLED)
    others = settled.exclude(pk__in=[one.pk for one in (by, about) if one])
    peers = others.filter(role__in=PERMISSIONS[permission])
    return peers if about is None or peers.exists() else others.filter(role__in=WITNESSES)


def require_agreement(
    by: User, agreed_by: User | None, about: User | None, at: datetime, permission: str = OF_PEOPLE
) -> None:
    """Raise ``NotAlone``, ``ValidationError`` or ``PermissionDenied`` unless ``by`` may act with this agreement."""
    others, who = who_can_agree(by, about, at, permission), others_in_words(permission)
    if agreed_by is not None:
        if not others.filter(pk=agreed_by.pk).exists():
            raise PermissionDenied(f"{who} must agree: not who asks, not whom it is about, nobody new.")
        return
    if others.exists():
        raise NotAlone(f"{who} must agree first.")
    if User.objects.filter(administrator_until__gt=at - SETTLED).exclude(pk=by.pk).exists():
        raise ValidationError("An administrator was removed less than a day ago, so nobody acts alone until tomorrow.")


def require_removal(by: User, agreed_by: User | None, user: User, at: datetime) -> None:
    """Whoever took over one administrator removes no other: they would be the only one left, and act alone.

    So another administrator agrees, or a reviewer where there is no other; and where nobody could, it is not done, even
    if their roles were taken just before. Then the machine's operator does it (``manage.py remove_administrator``).
    """
    if agreed_by is None and not who_can_agree(by, user, at).exists():
        raise ValidationError(
            "Somebody must agree: another administrator, or a reviewer, who holds their role for a day. There is none. "
            "Who runs this site can do it: manage.py remove_administrator."
        )
    require_agreement(by, agreed_by, user, at)


def others_in_words(permission: str) -> str:
    """Who else could agree, at the start of a sentence."""
    of_one_role = {frozenset({Role.ADMINISTRATOR}): "Another administrator", frozenset({Role.REVIEWER}): "A reviewer"}
    return of_one_role.get(PERMISSIONS[permission], "Somebody else")
