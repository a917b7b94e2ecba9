"""Celery's beat, which goes on where its clock is set back: that the public log stands still then must be told."""

from datetime import datetime
from typing import Any

from celery import beat


class Scheduler(beat.Scheduler):
    """Celery's own would do nothing until the clock has come again to where it was: for a year, say.

    It keeps nothing in a file: whatever was due while it was down is done within its interval.
    """

    _looked: datetime | None = None

    def tick(self, *arguments: Any, **named: Any) -> float:
        """Ring for what is due, and return for how many seconds to sleep. Where time went back, all is counted anew."""
        now = self.app.now()
        if self._looked and now < self._looked:
            for entry in self.schedule.values():
                entry.last_run_at = now
            self._heap = None
        self._looked = now
        return float(super().tick(*arguments, **named))
