"""How allauth behaves here."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class ClosedAccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth ships no types
    """Nobody signs up by themselves: members come through the company's sign-in, staff are invited."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False
