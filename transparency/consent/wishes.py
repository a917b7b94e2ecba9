"""What this room does only where another administrator agrees: to forget whose choices somebody's were."""

from datetime import datetime

from transparency.accounts.models import User, Wish
from transparency.accounts.wishes import Kind, know
from transparency.consent.actions import erase


def _erase(wish: Wish, agreed_by: User | None, at: datetime) -> str:
    return str(erase(by=wish.asked_by, member=wish.facts["member"], agreed_by=agreed_by))


know({"member.erase": Kind("Erase a member", "member.erase", _erase, names_a_member=True)})
