"""How long something may take, all in all: neither silence nor a drop now and then stretches it."""

import time


class Deadline:
    """So many seconds from the moment at which it was set; ``clock`` counts them."""

    def __init__(self, seconds: float) -> None:
        self._ends = time.monotonic() + seconds

    def left(self) -> float:
        """Seconds; none or fewer once it has passed."""
        return self._ends - time.monotonic()
