"""OpenLineage: events that were posted to us, or that lie in files."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from transparency.catalog import limits
from transparency.catalog.connectors.base import BadEvent, Progress, SeenFault, Snapshot, SourceUnreadable, why_nothing
from transparency.catalog.connectors.files import files_in, located, numbered_lines
from transparency.catalog.connectors.openlineage_events import Event
from transparency.catalog.connectors.openlineage_fold import Fold, fold
from transparency.catalog.connectors.openlineage_parsing import parse_event
from transparency.catalog.untrusted import shortened

__all__ = ["Event", "Fold", "OpenLineageFiles", "fold", "parse_event"]

PHASE = "Reading bytes of events"
TELL_EVERY = 500  # lines: reading a large file is long, and who is silent for long has lost the claim


@dataclass
class OpenLineageFiles:
    """A file of events, one a line (NDJSON), or a folder of such files; ``.gz`` is unzipped.

    A line that can't be used is noted as a fault; the rest counts, but the snapshot isn't complete then. A file that
    ends in the middle of a line, or holds no event at all, makes the source unreadable. ``at`` is now.
    """

    location: str
    root: Path
    at: datetime

    def read(self, progress: Progress) -> Snapshot:
        paths = files_in(located(self.location, self.root))
        total = sum(path.stat().st_size for path in paths)
        reading, done, taken = Fold(), 0, 0
        for path in paths:
            progress(PHASE, min(done, total), total)
            before = path.stat()

            def tell(read: int, done: int = done, size: int = before.st_size) -> None:
                progress(PHASE, min(done + min(read, size), total), total)

            taken += self._read_file(path, reading, tell)
            if (path.stat().st_size, path.stat().st_mtime_ns) != (before.st_size, before.st_mtime_ns):
                raise SourceUnreadable(f"{shortened(path.name, 100)} changed while it was read.", retryable=True)
            done += before.st_size
        if not taken:
            nothing = "There is no event that can be used in these files; each stands on a line of its own."
            raise SourceUnreadable(nothing + why_nothing(reading.faults), retryable=True)
        progress(PHASE, total, total)
        return reading.finish()

    def _read_file(self, path: Path, reading: Fold, tell: Callable[[int], None]) -> int:
        taken = read = 0
        for number, line, whole in numbered_lines(path):
            read += len(line)
            if number % TELL_EVERY == 0:
                tell(read)
            if not line.strip():
                continue
            try:
                reading.add(self._not_ahead(parse_event(line.rstrip(b"\r\n"))))
                taken += 1
            except BadEvent as bad:
                if bad.code == "json" and not whole and (taken or number == 1):
                    message = f"{shortened(path.name, 100)} ends in the middle of line {number}."
                    raise SourceUnreadable(message, retryable=True) from bad
                reading.complain(SeenFault(bad.code, f"{shortened(path.name, 100)}:{number}{bad.pointer}", bad.message))
        return taken

    def _not_ahead(self, event: Event) -> Event:
        if event.at > self.at + timedelta(minutes=limits.AHEAD_MINUTES):
            message = f"The event says that it happens more than {limits.AHEAD_MINUTES} minutes from now."
            raise BadEvent("/eventTime", "time.ahead", message)
        return event
