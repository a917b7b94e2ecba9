"""What keeps projections right beside answering: made anew after members were erased, and checked for damage.

Every machine has its own projections, and perhaps no worker, so this is no task: whichever process is asked something
begins it in a thread. Members: it begins with the first question after an erasure, a minute after the one before at the
earliest. Until it is done (a minute or two with a hundred million choices), what an erased member had refused or
allowed still stands for their key. Damage: a byte that is not as it was written, by whatever cause, is found within a
minute of questions; then nothing is answered before all was worked out again from the choices.
"""

import threading
import time
from collections.abc import Callable

import structlog
from django.db import Error, connection

from transparency.enforcement.keeping import NotNow

EVERY = 60.0  # seconds between two tries
log = structlog.get_logger(__name__)


class Errand:
    """Something done in a thread beside the questions: at most one at a time, and none too soon after another."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._lock = threading.Lock()
        self._began = -EVERY

    def begin(self, act: Callable[[], object]) -> None:
        """Begin, unless it is too soon."""
        now = time.monotonic()
        if now - self._began < EVERY:
            return
        with self._lock:
            if now - self._began < EVERY:
                return
            self._began = now
        threading.Thread(target=self._run, args=(act,), name=self.name, daemon=True).start()

    def _run(self, act: Callable[[], object]) -> None:
        try:
            act()
        except (Error, OSError, NotNow) as fault:
            log.warning("what is done beside answering failed", errand=self.name, fault=type(fault).__name__)
        finally:
            connection.close()


def renew(act: Callable[[], bool]) -> None:
    """Make projections anew, unless another process does."""
    if act():
        log.info("projections were made anew after an erasure")


def check(act: Callable[[], bool]) -> None:
    """Look for damage."""
    if not act():
        log.error("projections were damaged: nothing is answered before they are made anew from the choices")
