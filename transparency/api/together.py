"""Reads once for all threads of a process that ask the same at the same time.

Nobody gets what somebody began to read before they came. Whoever comes while others read waits for that to end, and
then one reads for everybody who came meanwhile. It only saves work: whoever waited a moment in vain, or for one whose
reading failed, reads for themselves.
"""

from collections.abc import Callable
from threading import Lock
from typing import Generic, TypeVar

from transparency.api.places import Turn

MOMENT = 0.01  # seconds
Found = TypeVar("Found")


class Reading(Generic[Found]):
    """One reading, and who waits for its end."""

    def __init__(self) -> None:
        self.found: Found | None = None
        self.waiting: list[Turn] = []

    def end(self) -> Turn:
        """What to wait for until it is over. To be asked for under the lock."""
        mine = Turn()
        self.waiting.append(mine)
        return mine


class Together(Generic[Found]):
    """Readings by what is asked: of those that are to begin, and of those that have begun, one each."""

    def __init__(self) -> None:
        self._coming: dict[str, Reading[Found]] = {}
        self._begun: dict[str, Reading[Found]] = {}
        self._lock = Lock()

    def read(self, asked: str, read: Callable[[], Found]) -> Found:
        """What ``read`` gives: to this thread, or to one that began to read after this one had come."""
        with self._lock:
            coming = self._coming.get(asked)
            if coming is None:
                own = self._coming[asked] = Reading()
                end = self._begun[asked].end() if asked in self._begun else None
            else:
                end = coming.end()
        if end:
            end.comes(MOMENT)
        if coming is None:
            return self._read(asked, own, read)
        return read() if coming.found is None else coming.found

    def _read(self, asked: str, own: Reading[Found], read: Callable[[], Found]) -> Found:
        with self._lock:
            self._begun[asked] = own
            del self._coming[asked]
        try:
            found = own.found = read()
        finally:
            with self._lock:
                if self._begun.get(asked) is own:
                    del self._begun[asked]
            for one in own.waiting:
                one.give()
        return found
