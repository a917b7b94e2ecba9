"""The events that were posted to us, read as a source like any other.

What the events read before showed together is kept, so each is read once, and only what new ones may have changed is
merged. The answer doesn't depend on when which of them came or was read, as long as the events of one run come within
``days`` of each other.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.db.models import QuerySet

from transparency.catalog.connectors import openlineage_kept as kept
from transparency.catalog.connectors.base import Applied, BadEvent, Progress, SeenFault, Snapshot
from transparency.catalog.connectors.openlineage_fold import Fold
from transparency.catalog.connectors.openlineage_parsing import parse_event
from transparency.catalog.models import Folded, LineageEvent, Source

_AT_A_TIME = 2_000
_AT_MOST = 100_000  # the rest waits for the next refresh, so that none takes long


@dataclass
class PostedEvents:
    """Never complete: that nobody tells of a dataset any more doesn't show that it is gone.

    ``at`` is now, ``days`` for how long a run is remembered after its last event.
    """

    source: Source
    at: datetime
    days: int

    def read(self, progress: Progress) -> Snapshot:
        before = Folded.objects.filter(source=self.source, form=kept.FORM).first()
        folding = kept.loaded(bytes(before.state), self.at) if before else Fold(self.at)
        folding.complete = False
        events = self.source.events.order_by("id")
        if not before:
            _read(folding, events.exclude(applied_at=None), progress)
        read = _read(folding, events.filter(applied_at=None)[:_AT_MOST], progress)
        snapshot = folding.changes()
        folding.settle(self.at - timedelta(days=self.days))
        return replace(snapshot, applied=Applied(read, kept.dumped(folding)))


def _read(folding: Fold, events: QuerySet[LineageEvent], progress: Progress) -> list[int]:
    """Take in the events; returns their keys."""
    total = events.count()
    read: list[int] = []
    for pk, body in events.values_list("pk", "body").iterator(chunk_size=_AT_A_TIME):
        if len(read) % _AT_A_TIME == 0:
            progress("Reading events", len(read), total)
        read.append(pk)
        try:
            folding.add(parse_event(body))
        except BadEvent as bad:  # the limits were wider when it was stored
            folding.complain(SeenFault(bad.code, bad.pointer, bad.message))
    return read
