"""P-11: whichever step behind an answer breaks, in whatever way, nobody who refused is ever said to be allowed."""

import sys
from functools import partial
from pathlib import Path

import pytest
from django.db import OperationalError

import transparency
from tests.api.test_decisions import _christmas, ask, question  # noqa: F401 - two are fixtures
from transparency.api.endpoints import decisions
from transparency.enforcement.keeping import NotNow
from transparency.enforcement.models import Delivery
from transparency.enforcement.projections import _folds, _projection

OURS = str(Path(transparency.__file__).parent)
TRUTH = [False, True, False]
ASKED = [7, 8, 9]
# Each time another: one that is raised again drags all it was raised from along, and writing that down takes seconds.
FAULTS = [
    partial(RuntimeError, "unforeseen"),
    partial(OSError, 28, "No space left"),
    partial(OperationalError, "lost"),
    partial(NotNow, "later", 1),
]
FEWEST = 60


class Traced:
    """Sees every call, by a trace that follows no line: a profile would be told of Python's own functions too."""

    def __enter__(self):
        sys.settrace(self.note)
        return self

    def __exit__(self, *fault):
        sys.settrace(None)


class Watching(Traced):
    """Sees every function of ours that is called."""

    def __init__(self):
        self.called = {}

    def note(self, frame, event, argument):
        code = frame.f_code
        if event == "call" and code.co_filename.startswith(OURS):
            name = f"{code.co_filename.removeprefix(OURS)}:{code.co_qualname}"
            self.called.setdefault(name, []).append(code)


class Breaking(Traced):
    """The function that one of these is the code of raises instead, each time that it is called."""

    def __init__(self, codes, fault):
        self.broken, self.fault = {id(code) for code in codes}, fault

    def note(self, frame, event, argument):
        if id(frame.f_code) in self.broken and event == "call":
            raise self.fault()


@pytest.fixture
def answered(ask, client, chooses):  # noqa: F811 - the fixture
    """Asks about three members, of whom two refused, the last one a moment ago; gives what is answered."""
    client.raise_request_exception = False
    chooses.refuses()
    ask(question())
    chooses.refuses(member="9")

    def put(watching):
        Delivery.objects.all().delete()
        _projection.cache_clear()
        _folds._folds.clear()
        decisions._places.cache_clear()  # where giving a place back is what breaks
        with watching:
            return ask(question(members=ASKED))

    return put


def is_no_lie(answer):
    return answer.status_code >= 400 or answer.json()["allowed"] == TRUTH


def steps(answered):
    """The code of every step behind an answer: of one that catches up with a choice, and of one that need not."""
    with_a_choice, without = Watching(), Watching()
    assert [answered(one).json()["allowed"] for one in (with_a_choice, without)] == [TRUTH, TRUTH]
    return with_a_choice.called | without.called


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.func.__name__)
def test_no_step_that_breaks_allows_anybody(answered, fault):
    every = steps(answered)
    assert len(every) >= FEWEST
    assert [name for name, codes in every.items() if not is_no_lie(answered(Breaking(codes, fault)))] == []
    assert answered(Watching()).json()["allowed"] == TRUTH


def test_what_breaks_is_seen(answered):
    codes = steps(answered)["/enforcement/projections.py:_decided"]
    assert answered(Breaking(codes, FAULTS[0])).status_code == 500
    assert answered(Breaking(codes, FAULTS[2])).status_code == 503
