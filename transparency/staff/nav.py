"""Where one can go on this side of the house, in groups, and where one is."""

from dataclasses import dataclass
from functools import cache

from django.urls import reverse

from transparency.accounts.models import User
from transparency.accounts.policies import may

GROUPS: tuple[tuple[str, tuple[tuple[str, str, str], ...]], ...] = (
    (
        "Decide",
        (
            ("inbox", "Inbox", "staff.read"),
            ("proposals", "Proposals", "staff.read"),
            ("records", "Records", "staff.read"),
        ),
    ),
    (
        "What is seen",
        (
            ("sources", "Sources", "staff.read"),
            ("assets", "Assets", "staff.read"),
            ("explain", "Why it is seen", "staff.read"),
            ("looked-at", "Looked at only", "staff.read"),
            ("rules", "Rules", "staff.read"),
            ("names", "Names", "staff.read"),
            ("suggestions", "Suggestions", "staff.read"),
            ("bindings", "Bindings", "staff.read"),
            ("barriers", "Barriers", "staff.read"),
        ),
    ),
    (
        "Watch",
        (
            ("pipelines", "Pipelines", "staff.read"),
            ("sensitive", "Sensitive acts", "staff.read"),
            ("history", "History", "staff.read"),
            ("workers", "Workers", "staff.read"),
        ),
    ),
    (
        "Manage",
        (
            ("members", "Members", "choice.on_behalf"),
            ("people", "People", "user.manage"),
            ("tokens", "Keys", "token.manage"),
        ),
    ),
)


@dataclass(frozen=True)
class Place:
    """One link: its words, its address, and whether it leads to where one is."""

    words: str
    address: str
    is_here: bool


def places(user: User, path: str) -> list[tuple[str, list[Place]]]:
    """The groups of links that this person may follow; ``path`` is the address of the page they stand on."""
    found = []
    for heading, links in GROUPS:
        open_to = [(words, _address(name)) for name, words, permission in links if may(user, permission)]
        if open_to:
            found.append((heading, [Place(words, address, _leads_here(address, path)) for words, address in open_to]))
    return found


@cache
def _address(name: str) -> str:
    return reverse(f"staff:{name}")


def _leads_here(address: str, path: str) -> bool:
    inbox = _address("inbox")
    if address == inbox:
        return path == inbox or path.startswith(f"{inbox}findings/")
    return path.startswith(address)
