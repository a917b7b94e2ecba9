"""Named places at which the tests let a process fail, to see that what stands afterwards is whole.

A place surrounds one step and its effect. Nothing happens there unless the setting ``FAILPOINTS`` arms it, which
production refuses.
"""

import os
import signal
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

from django.conf import settings

# Every place there is, and the step that it surrounds.
NAMES = {
    "choice.append": "one choice is committed, or several that wait at the same time",
    "batch.keep": "a batch of choices is kept, of which the log will know the root",
    "batch.enter": "that root is entered in the log",
    "edition.store": "an edition is stored",
    "edition.enter": "the edition is entered in the log",
    "edition.trace": "the act of publishing is written into the history",
    "seal.number": "entries are given their places in the log",
    "seal.write": "the files of the log's tree are written, and in the signer's record what it will sign",
    "seal.sign": "that tree is signed",
    "seal.keep": "the signed checkpoint is kept in the database",
    "seal.publish": "the checkpoint becomes the one that everybody reads",
    "list.write": "a list of whom to leave out is written to a temporary file",
    "list.save": "the list is put into the storage",
    "list.ready": "the list is said to be ready",
    "acknowledgement.keep": "what a pipeline says of a run is kept",
    "acknowledgement.enter": "what it says is entered in the log",
}
ACTIONS = ("raise", "kill", "raise_after_effect", "kill_after_effect")
NOTHING = nullcontext()


class Failed(Exception):  # noqa: N818 - says what happened
    """A test let this step fail."""


def failpoint(name: str) -> AbstractContextManager[None]:
    """Surrounds the step that the table above gives this name."""
    return _armed(name, settings.FAILPOINTS[name]) if name in settings.FAILPOINTS else NOTHING


@contextmanager
def _armed(name: str, action: str) -> Iterator[None]:
    _act(name, action, "raise", "kill")
    yield
    _act(name, action, "raise_after_effect", "kill_after_effect")


def _act(name: str, action: str, raising: str, killing: str) -> None:
    if action == killing:
        os.kill(os.getpid(), signal.SIGKILL)
    if action == raising:
        raise Failed(name)
