"""Flows side by side in a few bytes each: a million of them as objects would fill a worker's memory. Pure."""

from array import array
from collections.abc import Collection, Hashable, Iterable, Iterator
from datetime import datetime
from itertools import islice
from typing import Generic, NamedTuple, TypeVar

from transparency.catalog.connectors.base import SeenFlow

NOTHING = -1
AT_ONCE = 10_000  # flows that are put side by side


class Way(NamedTuple):
    """What many flows have in common: the fields of ``SeenFlow`` after its three keys."""

    direct: bool
    masking: bool
    transformation: str
    first_seen: datetime
    last_seen: datetime
    aggregating: bool = False


Key = TypeVar("Key", bound=Hashable)


class Numbers(dict[Key, int], Generic[Key]):
    """Numbers from 0, in the order in which they were first asked for."""

    def __missing__(self, key: Key) -> int:
        number = self[key] = len(self)
        return number


class PackedFlows(Collection[SeenFlow]):
    """Flows that can be counted and gone through again and again. Keys and ways are kept once and named by number."""

    def __init__(self, flows: Iterable[SeenFlow] = ()) -> None:
        self.keys: Numbers[str] = Numbers()
        self.ways: Numbers[Way] = Numbers()
        self.upstream, self.downstream, self.job, self.way = (array("i") for _ in range(4))
        self.extend((f.upstream, f.downstream, f.job, Way(*(getattr(f, name) for name in Way._fields))) for f in flows)

    def extend(self, flows: Iterable[tuple[str, str, str | None, Way]]) -> None:
        """Add flows, each as its upstream, downstream, job and way."""
        flows, number = iter(flows), self.keys.__getitem__
        while some := list(islice(flows, AT_ONCE)):
            # Side by side: so the numbers are looked up without a step of ours for each.
            upstream, downstream, jobs, ways = zip(*some, strict=True)
            self.upstream.extend(map(number, upstream))
            self.downstream.extend(map(number, downstream))
            self.job.extend([NOTHING if job is None else number(job) for job in jobs])
            self.way.extend(map(self.ways.__getitem__, ways))

    def __len__(self) -> int:
        return len(self.way)

    def __iter__(self) -> Iterator[SeenFlow]:
        keys, ways = list(self.keys), list(self.ways)
        for upstream, downstream, job, way in self.numbers():
            by = None if job == NOTHING else keys[job]
            yield SeenFlow(keys[upstream], keys[downstream], by, *ways[way])

    def __contains__(self, flow: object) -> bool:
        return any(flow == one for one in self)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Collection) and list(self) == list(other)

    __hash__ = None  # type: ignore[assignment]  # it may still grow

    def numbers(self) -> Iterator[tuple[int, int, int, int]]:
        """Of each flow the numbers of its upstream, downstream, job (or ``NOTHING``) and way."""
        return zip(self.upstream, self.downstream, self.job, self.way, strict=True)
