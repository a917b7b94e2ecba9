"""May this person do this? A raising form for actions, a boolean twin for templates."""

from django.core.exceptions import PermissionDenied

from transparency.accounts.models import User
from transparency.accounts.roles import PERMISSIONS, Role


def may(user: User | None, permission: str) -> bool:
    """Whether ``user`` holds ``permission``; ``None`` stands for a worker, which holds none."""
    return bool(user and user.is_active and Role(user.role) in PERMISSIONS[permission])


def require(user: User | None, permission: str) -> None:
    """Raise ``PermissionDenied`` with a sentence that says who may."""
    if not may(user, permission):
        holders = ", ".join(sorted(role.label for role in PERMISSIONS[permission]))
        raise PermissionDenied(f"Your role does not allow this. It is for: {holders}.")
