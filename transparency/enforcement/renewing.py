"""Makes projections anew after members were erased, in a thread of whichever process notices first.

Every machine has its own projections, and perhaps no worker, so this is no task. It begins with the first question
after an erasure, a minute after the one before at the earliest. Until it is done (a minute or two with a hundred
million choices), what an erased member had refused or allowed still stands for their key.
"""

import threading
import time
from collections.abc import Callable

import structlog
from django.db import Error, connection

from transparency.enforcement.keeping import NotNow

EVERY = 60.0  # seconds between two tries
log = structlog.get_logger(__name__)


class Renewals:
    """At most one renewal at a time, and none too soon after another."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._began = -EVERY

    def begin(self, renew: Callable[[], bool]) -> None:
        """Begin one, unless it is too soon."""
        with self._lock:
            if time.monotonic() - self._began < EVERY:
                return
            self._began = time.monotonic()
        threading.Thread(target=_renew, args=(renew,), name="renews projections", daemon=True).start()


def _renew(renew: Callable[[], bool]) -> None:
    try:
        if renew():
            log.info("projections were made anew after an erasure")
    except (Error, OSError, NotNow) as fault:
        log.warning("projections could not be made anew", fault=type(fault).__name__)
    finally:
        connection.close()
