"""How many may be answered at once: whoever finds no place waits a moment, and under overload is sent away at once.

A question that waits holds a thread of the server, and those that others would be sent away by are soon all waiting.
"""

import time
from threading import BoundedSemaphore

PATIENCE = 0.1  # seconds that a question waits for others before it is sent away
CROWDED = 1.0  # seconds after somebody waited in vain for which nobody waits


class Places:
    """So many places."""

    def __init__(self, count: int) -> None:
        self._free = BoundedSemaphore(count)
        self._in_vain = -CROWDED

    def take(self) -> bool:
        """Take a place, which must be given back; or say that there is none."""
        waits = time.monotonic() - self._in_vain >= CROWDED
        taken = self._free.acquire(timeout=PATIENCE if waits else 0)
        if waits and not taken:
            self._in_vain = time.monotonic()
        return taken

    def give_back(self) -> None:
        self._free.release()
