"""When the catalog was last read and still gave what is seen.

Once a source was read again, everything that it tells of was checked again, though nothing else has changed. Written
into each observation, that would be as much work as working all of them out; so it is kept once for each source, as
of when observations were last worked out, and told of each from there.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from transparency.catalog.models import Observation, Recomputation


def checked(sources: Sequence[int], good: Mapping[int, datetime | None]) -> datetime | None:
    """When what those sources told was checked: when the one read longest ago was. Of none, when any was last read."""
    read = [moment for number in sources if (moment := good.get(number))]
    return min(read, default=max((moment for moment in good.values() if moment), default=None))


def last_checked() -> Callable[[Observation], datetime]:
    """Tells it of observations: of what is no longer seen, when it still was."""
    told = Recomputation.objects.filter(pk=1).values_list("good", flat=True).first() or {}
    good = {int(number): datetime.fromisoformat(moment) for number, moment in told.items()}

    def of(one: Observation) -> datetime:
        return (checked(one.sources, good) if one.seen else None) or one.checked_at

    return of
