"""P-11: whichever step behind an answer breaks, in whatever way, nobody who refused is ever said to be allowed."""

import sys
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
FAULTS = [RuntimeError("unforeseen"), OSError(28, "No space left"), OperationalError("lost"), NotNow("later", 1)]
FEWEST = 60


class Watching:
    """Sees every function of ours that is called; the one called ``broken`` raises instead.

    By a trace that follows no line: a profile would be told of each call of Python's own functions too.
    """

    def __init__(self, broken=None, fault=None):
        self.broken, self.fault, self.called = broken, fault, {}

    def __enter__(self):
        sys.settrace(self._note)
        return self

    def __exit__(self, *fault):
        sys.settrace(None)

    def _note(self, frame, event, argument):
        if event == "call" and frame.f_code.co_filename.startswith(OURS):
            name = f"{frame.f_code.co_filename.removeprefix(OURS)}:{frame.f_code.co_qualname}"
            self.called[name] = True
            if name == self.broken:
                raise self.fault


@pytest.fixture
def answered(ask, client, chooses):  # noqa: F811 - the fixture
    """Asks about three members, of whom two refused, the last one a moment ago; gives what is answered."""
    client.raise_request_exception = False
    chooses.refuses()
    ask(question())
    chooses.refuses(member="9")

    def put(**broken):
        Delivery.objects.all().delete()
        _projection.cache_clear()
        _folds._folds.clear()
        decisions._places.cache_clear()  # where giving a place back is what breaks
        with Watching(**broken) as watching:
            answer = ask(question(members=ASKED))
        return answer, watching.called

    return put


def is_no_lie(answer):
    return answer.status_code >= 400 or answer.json()["allowed"] == TRUTH


def steps(answered):
    """Every step behind an answer: of one that catches up with a choice, and of one that need not."""
    first, second = answered(), answered()
    assert [one.json()["allowed"] for one, _ in (first, second)] == [TRUTH, TRUTH]
    return list(first[1] | second[1])


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: type(fault).__name__)
def test_no_step_that_breaks_allows_anybody(answered, fault):
    every = steps(answered)
    assert len(every) >= FEWEST
    assert [name for name in every if not is_no_lie(answered(broken=name, fault=fault)[0])] == []
    assert answered()[0].json()["allowed"] == TRUTH


def test_what_breaks_is_seen(answered):
    name = "/enforcement/projections.py:_decided"
    assert answered(broken=name, fault=RuntimeError("unforeseen"))[0].status_code == 500
    assert answered(broken=name, fault=OperationalError("lost"))[0].status_code == 503
