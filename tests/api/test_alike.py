"""P-14: who refused and who was never heard of can't be told apart: the same answer by the same steps.

How long it takes is measured by ``python -m tests.bench alike``; here it is compared what is done.
"""

import json
import re
import sys
from collections import Counter
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

import transparency
from tests.api.test_decisions import ADDRESS, LINES, _christmas, ask, question  # noqa: F401 - two are fixtures
from tests.register.builders import feature, register, use
from transparency.register.schema import Scope

OURS = str(Path(transparency.__file__).parent)
ASKED = Scope(jurisdictions=("*",), legal_basis="consent", refusal="consent_first", default="off")
NUMBERS = {"refused": 7, "took it back": 8, "never chose": 9, "is nobody": 32_000}
LARGE = {"refused": 2**40, "never chose": 2**40 + 1, "is nobody": 2**63 - 1}
TEXTS = {"refused": "mia", "never chose": "nobody-1", "has a long key": "n" * 64}


@pytest.fixture
def site(pip, publish, chooses):
    """A use that needs a yes first, and nobody said one: of all members the answer is no."""
    publish.number = 1
    publish(register(use(scopes=(ASKED,)), features=(feature(), feature("writing-assistant"))))
    chooses.refuses(member="7")
    chooses.allows(member="8", edition=2)
    chooses.follows(member="8", edition=2)
    chooses.refuses(member=str(2**40))
    chooses.refuses(member="mia")


class Calls:
    """Which of our functions are called, and how often."""

    def __enter__(self):
        self.made = Counter()
        sys.setprofile(self._note)
        return self.made

    def __exit__(self, *fault):
        sys.setprofile(None)

    def _note(self, frame, event, argument):
        if event == "call" and frame.f_code.co_filename.startswith(OURS):
            self.made[frame.f_code.co_qualname] += 1


def shape(statement):
    return re.sub(r"'[^']*'|\b\d+\b", "?", statement)


def seen(put, member):
    """All that an answer about this member shows, and the steps that led to it."""
    with CaptureQueriesContext(connection) as statements, Calls() as calls:
        answer = put(question(members=[member]))
    body = json.loads(answer.content)
    body.pop("decided_at")
    headers = {name: value for name, value in answer.headers.items() if name not in ("Decided-At", "X-Request-ID")}
    return answer.status_code, body, headers, [shape(one["sql"]) for one in statements], calls


def compared(put, members):
    for member in members.values():  # a process that answers for the first time reads what others know
        put(question(members=[member]))
    return {name: seen(put, member) for name, member in members.items()}


@pytest.mark.parametrize("members", [NUMBERS, LARGE, TEXTS])
def test_no_member_is_told_from_another_by_an_answer_or_the_work_behind_it(site, ask, members):  # noqa: F811 - the fixture
    found = compared(ask, members)
    first = found["refused"]
    assert first[1]["allowed"] == [False]
    assert {name: one for name, one in found.items() if one != first} == {}


def test_an_answer_by_lines_says_no_more(site, ask):  # noqa: F811 - the fixture
    bodies = {name: ask(f"{member}\n".encode(), LINES, ADDRESS) for name, member in NUMBERS.items()}
    assert {answer.content.replace(str(NUMBERS[name]).encode(), b"?") for name, answer in bodies.items()} == {
        b'{"member":?,"allowed":false}\n'
    }


def test_the_comparison_sees_one_step_more(site, ask, monkeypatch):  # noqa: F811 - the fixture
    """A shortcut for those who never chose anything would show."""
    from_all = compared(ask, TEXTS)
    monkeypatch.setattr("transparency.consent.journal.numbers_of", shortcut)
    assert compared(ask, TEXTS)["never chose"] != from_all["never chose"]


def shortcut(keys):
    return {}
