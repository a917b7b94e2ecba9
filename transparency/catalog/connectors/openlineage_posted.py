"""The events that were posted to us, read as a source like any other: all of them, every time.

Reading them all keeps the answer independent of when which of them came; it takes about 0.1 ms for each.
"""

from dataclasses import dataclass

from transparency.catalog.connectors.base import BadEvent, Progress, SeenFault, Snapshot
from transparency.catalog.connectors.openlineage_fold import Fold
from transparency.catalog.connectors.openlineage_parsing import parse_event
from transparency.catalog.models import LineageEvent, Source

_AT_A_TIME = 2_000


@dataclass
class PostedEvents:
    """Never complete: that nobody tells of a dataset any more doesn't show that it is gone."""

    source: Source

    def read(self, progress: Progress) -> Snapshot:
        folding = Fold()
        folding.complete = False
        bodies = LineageEvent.objects.filter(source=self.source).values_list("body", flat=True)
        total = bodies.count()
        for done, body in enumerate(bodies.iterator(chunk_size=_AT_A_TIME)):
            if done % _AT_A_TIME == 0:
                progress("Reading events", done, total)
            try:
                folding.add(parse_event(body))
            except BadEvent as bad:  # the limits were wider when it was stored
                folding.complain(SeenFault(bad.code, bad.pointer, bad.message))
        return folding.snapshot()
