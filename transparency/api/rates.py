"""How often one caller may ask. Pure: the moment is an argument.

Counted in each web process by itself, in memory: limits hold while Redis and the database are away, and cost a read
nothing. So a site with several processes lets several times as much through, which is said where limits are set.
"""

from collections import OrderedDict
from dataclasses import dataclass, field
from threading import Lock

ROOM_FOR_CALLERS = 20_000
ROUNDING = 1e-6  # seconds


@dataclass
class Rate:
    """``per_minute`` requests of each caller, all at once or spread; 0 is without limit.

    Of each caller one moment is kept: when everything that they asked for so far would be used up at an even pace.
    """

    per_minute: int
    _used_until: OrderedDict[str, float] = field(default_factory=OrderedDict)
    _lock: Lock = field(default_factory=Lock)

    def wait(self, caller: str, at: float) -> float:
        """Count one request at ``at`` seconds. Returns 0 where it may pass, else how many seconds to wait."""
        if not self.per_minute:
            return 0.0
        with self._lock:
            pace = 60 / self.per_minute
            used_until = max(self._used_until.get(caller, at), at) + pace
            if used_until - at > 60 + ROUNDING:
                return used_until - at - 60
            self._used_until[caller] = used_until
            self._used_until.move_to_end(caller)
            self._forget(at)
            return 0.0

    def _forget(self, at: float) -> None:
        """Whoever asked last the longest ago goes first; of those who came back to a full minute nothing is lost."""
        while self._used_until:
            oldest = next(iter(self._used_until))
            if self._used_until[oldest] > at and len(self._used_until) <= ROOM_FOR_CALLERS:
                return
            del self._used_until[oldest]
