"""What tests that break projections have in common."""

import os
import signal

import numpy as np
from django.db import connection

from transparency.enforcement.decisions import of_numbers
from transparency.enforcement.projections import decide

CATEGORY = "communications.messages"
MEMBERS = np.arange(200)


def refused():
    """Which of the members 0 to 199 may not be used now, and the sequence of that answer."""
    found = decide("job-ranking", "training", [CATEGORY], of_numbers(MEMBERS))
    return MEMBERS[~found.allowed].tolist(), found.sequence


def forked(act):
    """Runs ``act`` in a process of its own, with its own connection, and gives its number."""
    child = os.fork()
    if child == 0:
        try:
            connection.connection = None  # the parent's
            act()
            os._exit(0)
        except BaseException:  # whatever it is, the parent must see that there was something
            os._exit(1)
    return child


def ended(child):
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def files_of(projections):
    return projections / (projections / "current").readlink()


class Killed:
    """Lets a function be called a few times, and kills the process at its next call, before or after it."""

    def __init__(self, function, calls, *, before):
        self.function, self.calls, self.before = function, calls, before

    def __call__(self, *arguments, **named):
        self.calls -= 1
        if self.before and self.calls < 0:
            os.kill(os.getpid(), signal.SIGKILL)
        answer = self.function(*arguments, **named)
        if not self.before and self.calls < 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return answer

    def __get__(self, one, kind):
        return lambda *arguments, **named: self(one, *arguments, **named)
