"""What a form of choices says: read whole, or refused by what is wrong with it. Pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from transparency.consent.precedence import Decision
from transparency.consent.scopes import WELL_FORMED

ANSWER = re.compile(r"(allow|refuse|follow) ([0-9]{1,18}) (\S{1,200})")
KEY = re.compile(r"[A-Za-z0-9_-]{16,64}")
NUMBER = re.compile(r"[0-9]{1,9}")
DECISIONS = {"allow": Decision.ALLOW, "refuse": Decision.REFUSE, "follow": Decision.FOLLOW}


class Unreadable(Exception):  # noqa: N818 - says what is wrong with a form
    """The form is not one of ours, or was cut short. The message says what to do."""


@dataclass(frozen=True)
class Answer:
    """One press of a button: what, on which scope, and what the page had shown. ``request`` is empty for none."""

    scope: str
    decision: Decision
    expected: int
    edition: int
    request: str


def read(form: Mapping[str, Sequence[str]]) -> Answer:
    """The answer in a form's fields, each a list of values. Raises ``Unreadable``.

    A refusal is never lost for want of what only a yes needs: the edition that was seen, and the key of the form.
    """
    given = form.get("answer", ())
    found = ANSWER.fullmatch(given[0]) if len(given) == 1 else None
    if found is None or not WELL_FORMED.fullmatch(found[3]) or found[3].startswith("gpc:"):
        raise Unreadable("The page sent no answer that we can read. Load it again, and press the button once more.")
    decision = DECISIONS[found[1]]
    edition, key = _one(form, "edition", NUMBER), _one(form, "key", KEY)
    if decision != Decision.REFUSE and not (edition and key):
        raise Unreadable("The page did not say which edition you read. Load it again, and press the button once more.")
    return Answer(found[3], decision, int(found[2]), int(edition or 0), f"{key}/{found[3]}" if key else "")


def _one(form: Mapping[str, Sequence[str]], name: str, pattern: re.Pattern[str]) -> str:
    given = form.get(name, ())
    return given[0] if len(given) == 1 and pattern.fullmatch(given[0]) else ""
