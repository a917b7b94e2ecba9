"""How many may be answered at once: whoever finds no place waits a moment, and under overload is sent away at once.

A question that waits holds a thread of the server, and those that others would be sent away by are soon all waiting.
Places are given in the order of asking. Else whoever comes in the right moment is served, and somebody who has waited
for a tenth of a second is sent away while the work would have been done in a hundredth.
"""

import time
from collections import deque
from threading import Lock

PATIENCE = 0.1  # seconds that a question waits for others before it is sent away
CROWDED = 1.0  # seconds after somebody waited in vain for which nobody waits, unless all places are free before


class Turn:
    """What somebody waits for."""

    def __init__(self) -> None:
        self._held = Lock()
        self._held.acquire()

    def comes(self, within: float) -> bool:
        return self._held.acquire(timeout=within)

    def give(self) -> None:
        self._held.release()


class Places:
    """So many places."""

    def __init__(self, count: int) -> None:
        self._count = self._free = count
        self._waiting: deque[Turn] = deque()
        self._in_vain = -CROWDED
        self._lock = Lock()

    def take(self) -> bool:
        """Take a place, which must be given back; or say that there is none."""
        with self._lock:
            if self._free:
                self._free -= 1
                return True
            if time.monotonic() - self._in_vain < CROWDED:
                return False
            mine = Turn()
            self._waiting.append(mine)
        return mine.comes(PATIENCE) or not self._gives_up(mine)

    def give_back(self) -> None:
        """The place goes to whoever has waited the longest."""
        with self._lock:
            if self._waiting:
                self._waiting.popleft().give()
                return
            self._free += 1
            if self._free == self._count:
                self._in_vain = -CROWDED

    def _gives_up(self, mine: Turn) -> bool:
        """Whether the turn did not come at the last moment."""
        with self._lock:
            if mine not in self._waiting:
                return False
            self._waiting.remove(mine)
            self._in_vain = time.monotonic()
            return True
