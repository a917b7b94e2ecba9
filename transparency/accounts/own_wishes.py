"""What this room does only where another administrator agrees: people, their second factor, and keys."""

from datetime import datetime
from typing import Any

from transparency.accounts import actions
from transparency.accounts.models import User, Wish
from transparency.accounts.roles import Role
from transparency.accounts.wishes import Kind, know


def _invite(wish: Wish, agreed_by: User | None, at: datetime) -> str:
    told = {name: wish.facts[name] for name in ("email", "name")}
    actions.invite(by=wish.asked_by, **told, role=Role(wish.facts["role"]), agreed_by=agreed_by)
    return ""


def _role(wish: Wish, agreed_by: User | None, at: datetime) -> str:
    actions.change_role(by=wish.asked_by, user=_whom(wish), role=Role(wish.facts["role"]), agreed_by=agreed_by)
    return ""


def _off(wish: Wish, agreed_by: User | None, at: datetime) -> str:
    actions.deactivate(by=wish.asked_by, user=_whom(wish), agreed_by=agreed_by)
    return ""


def _on(wish: Wish, agreed_by: User | None, at: datetime) -> str:
    actions.reactivate(by=wish.asked_by, user=_whom(wish), agreed_by=agreed_by)
    return ""


def _factor(wish: Wish, agreed_by: User | None, at: datetime) -> str:
    actions.forget_second_factor(by=wish.asked_by, user=_whom(wish), agreed_by=agreed_by)
    return ""


def _key(wish: Wish, agreed_by: User | None, at: datetime) -> str:
    told = {"name": wish.facts["name"], "scopes": wish.facts["scopes"]}
    return actions.issue_token(by=wish.asked_by, **told, agreed_by=agreed_by)[1]


def _whom(wish: Wish) -> User:
    if wish.about is None:
        raise User.DoesNotExist
    return wish.about


def _role_now(wish: Wish) -> Any:
    return {"role": User.objects.values_list("role", flat=True).get(pk=_whom(wish).pk)}


know(
    {
        "invite": Kind("Invite somebody", "user.manage", _invite),
        "role": Kind("Give another role", "user.manage", _role, _role_now),
        "off": Kind("Switch an administrator off", "user.manage", _off, _role_now),
        "on": Kind("Switch an account on", "user.manage", _on, _role_now),
        "factor": Kind("Forget somebody’s second factor", "user.manage", _factor, _role_now),
        "key": Kind("Make a key", "token.manage", _key, is_fetched=True),
    }
)
