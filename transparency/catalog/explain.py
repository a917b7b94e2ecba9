"""Why a category is seen to reach a feature, or why it is not."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

import numpy as np
from django.conf import settings
from django.db import connection

from transparency.catalog import region
from transparency.catalog.atlas import Shelf
from transparency.catalog.keys import dataset_of, short_name
from transparency.catalog.lineage import Edges, Lineage, load
from transparency.catalog.models import Barrier, Binding, ClassificationRule, Observation
from transparency.catalog.narrowing import narrowed
from transparency.catalog.observe import how, step
from transparency.catalog.queries import observation
from transparency.catalog.reachability import Ints
from transparency.catalog.said import as_they_stand, stamp
from transparency.catalog.stops import stops
from transparency.catalog.ways import SHORTEST, Ways, ways

WIDEST = 60_000  # assets upstream of one feature beyond which nobody waits for the picture
Step = Mapping[str, object]
HELD = """
SELECT key FROM catalog_label WHERE category = %s AND key IN (SELECT key FROM catalog_asset WHERE id = ANY(%s))
ORDER BY key COLLATE "C"
"""
SHELF = Shelf()
KINDS = {SHORTEST: "The shortest way", "last": "Another last step", "first": "Another first step"}


@dataclass(frozen=True)
class ShownWay:
    """One way as steps, each a JSON object as in an observation's path, the labelled asset first."""

    words: str
    steps: list[Step]


class Breaking(NamedTuple):
    """A flow without which the category would not come: its ends as the steps name them, and what it flows from.

    Where only the table is known to flow on, that is the table, though the step before is one of its columns.
    """

    start: str
    end: str
    upstream: str


@dataclass(frozen=True)
class Explanation:
    """``ways`` is empty where the category does not come; ``why_not`` says why then.

    Where it is not ``direct``, it comes in the weaker way only: each way has a step that only looked at the data.
    """

    category: str
    feature: str
    stage: str
    observation: Observation | None
    ways: list[ShownWay]
    more: int
    breaking: list[Breaking]
    why_not: str
    direct: bool
    nearest: list[Step]
    """Where it would come if nothing held it back: that way."""


def explain(category: str, feature: str, stage: str, at: datetime) -> Explanation:
    """How ``category`` comes to ``feature`` at ``stage`` as the catalog stands, or why it does not."""
    why_not, nearest, direct = "", list[Step](), True
    found = _drawn(category, (feature, stage), at)
    if found is None:
        asked = _Asked(category, list(Binding.objects.filter(feature=feature, stage=stage).order_by("pk")), at)
        found, why_not, nearest = asked.answer()
        direct = asked.direct or not found[0]
    shown, breaking, more = found
    seen = observation(category, feature, stage, direct=direct)
    return Explanation(category, feature, stage, seen, shown, more, breaking, why_not, direct, nearest)


Found = tuple[list[ShownWay], list[Breaking], int]
NOTHING: Found = ([], [], 0)


def _drawn(category: str, use: tuple[str, str], at: datetime) -> Found | None:
    """What is copied there, as the atlas shows it; ``None`` where nothing is, or the atlas is of another moment."""
    atlas = SHELF.at(settings.GRAPH_DIR / "atlas")
    if atlas is None or category not in atlas.bits or use not in atlas.ends:
        return None
    sources = {one.pk: one for one in as_they_stand()}
    if atlas.stamp != stamp(at, list(sources.values())):
        return None
    ends = np.array(atlas.ends[use], dtype=np.int64)
    part = narrowed(atlas.known, atlas.bits[category], ends)
    if part is None:
        return None
    held, flow = atlas.held(category), atlas.flow[part.edges]
    found = ways(part.graph, part.numbers(atlas.entries(held)), part.numbers(ends), flow < 0, part.apart)
    edges = Edges(part.graph.upstream, part.graph.downstream, flow, atlas.flows, flow.size)
    return _Graph(atlas.lineage(sources), edges, held, ends).told(found) if found else None


@dataclass(frozen=True)
class _Graph:
    """From what ways are told by name. ``held`` are the assets at which the category begins, by their keys."""

    lineage: Lineage
    edges: Edges
    held: Sequence[int]
    ends: Ints
    _told: dict[int, Step] = field(default_factory=dict)

    def told(self, found: Ways) -> Found:
        shown: dict[tuple[object, ...], ShownWay] = {}
        for way in found.shown:
            steps = self._steps(way.edges)
            shown.setdefault(tuple(one["key"] for one in steps), ShownWay(KINDS[way.kind], steps))
        first = next(iter(shown.values())).steps
        flows = [edge for edge in found.shown[0].edges if self.edges.flow[edge] >= 0]
        pairs = zip(flows, first, first[1:], strict=False)
        breaking = [_breaking(a, b) for edge, a, b in pairs if edge in found.breaking]
        return list(shown.values()), breaking, found.more

    def _steps(self, way: Sequence[int]) -> list[Step]:
        lineage, edges = self.lineage, self.edges
        flows = [flow for edge in way if (flow := int(edges.flow[edge])) >= 0]
        first = int(edges.flows.upstream[flows[0]]) if flows else int(self.ends[0])
        start = next((n for n in self.held if n != first and int(lineage.dataset[n]) == first), first)
        start = first if first in self.held else start
        return [step(lineage, start), *map(self._step, flows)]

    def _step(self, flow: int) -> Step:
        """Told once, as most ways have many steps in common."""
        if flow not in self._told:
            lineage, edges = self.lineage, self.edges
            told = step(lineage, int(edges.flows.downstream[flow])) | how(lineage, edges, flow)
            self._told[flow] = told
        return self._told[flow]


def _breaking(start: Step, end: Step) -> Breaking:
    return Breaking(str(start["key"]), str(end["key"]), str(end["upstream"]))


class _Asked:
    """One question and the part of the graph that answers it."""

    def __init__(self, category: str, bindings: Sequence[Binding], at: datetime) -> None:
        self.category, self.at, self.direct = category, at, True
        self.keys = [binding.key for binding in bindings]

    def answer(self) -> tuple[Found, str, list[Step]]:
        if not self.keys:
            return NOTHING, "Nothing is bound to this feature at this stage, so nothing can be seen to reach it.", []
        try:
            rows = region.upstream(self.keys, WIDEST)
        except region.TooWide:
            return NOTHING, f"More than {WIDEST:,} assets lie upstream: too many to look through on a page.", []
        self.lineage = load(rows)
        self.ends = np.array([n for key in self.keys if (n := self.lineage.number(key)) is not None], dtype=np.int64)
        self.held = self._held(rows)
        if not self.ends.size:
            return NOTHING, "No source knows what is bound to this feature any more.", []
        if not self.held:
            return NOTHING, self._nobody_holds_it(), []
        barriers = list(Barrier.objects.filter(approved_at__lte=self.at, expires_at__gt=self.at))
        if found := self._ways(barriers):
            return found, "", []
        if found := self._ways(barriers, looking=True):
            self.direct = False
            return found, "", []
        return NOTHING, *self._why_not(barriers)

    def _held(self, rows: Sequence[int]) -> list[int]:
        with connection.cursor() as cursor:
            cursor.execute(HELD, [self.category, list(rows)])
            keys = [key for (key,) in cursor.fetchall()]
        return [number for key in keys if (number := self.lineage.number(key)) is not None]

    def _ways(self, barriers: Sequence[Barrier], *, forgetful: bool = True, looking: bool = False) -> Found | None:
        """The ways on which it is carried; with ``looking``, also those on which some step only looks."""
        edges = self.lineage.edges(self.at, forgetful=forgetful)
        held_back = stops(self.lineage, edges, barriers, {self.category: 0})
        graph = (edges.all if looking else edges.graph)(self.lineage.nodes, 1, *held_back)
        starts = np.array([self.lineage.entry(number) for number in self.held], dtype=np.int64)
        found = ways(graph, starts, self.ends, edges.flow[: graph.upstream.size] < 0)
        return None if found is None else _Graph(self.lineage, edges, self.held, self.ends).told(found)

    def _nobody_holds_it(self) -> str:
        if not ClassificationRule.objects.filter(category=self.category).exists():
            return "No rule says which assets hold it."
        return "Nothing that lies upstream of this feature holds it, as far as the rules tell."

    def _why_not(self, barriers: Sequence[Barrier]) -> tuple[str, list[Step]]:
        """The nearest asset that holds it, and what keeps it away."""
        if opened := self._ways([]):
            steps = opened[0][0].steps
            place, name = _held_at(steps, barriers, self.lineage.resolve)
            where = f"is {_flows(place)} upstream of a barrier" if place else "stands behind a barrier itself"
            return f"The nearest asset that holds it {where}{name}.", steps
        if old := self._ways([], forgetful=False):
            return "A flow on the only ways was not seen for longer than its source’s horizon.", old[0][0].steps
        return (
            "Assets upstream hold it, but no flow carries it on: it stays in other columns.",
            [],
        )


def _held_at(steps: Sequence[Step], barriers: Sequence[Barrier], counts: Callable[[str], str]) -> tuple[int, str]:
    """How many flows after its start a way meets the first barrier, and at what; steps have the names that count."""
    at = {counts(key) for barrier in barriers for key in (barrier.key, barrier.downstream_key) if key}
    for place, one in enumerate(steps):
        for key in (str(one["key"]), dataset_of(str(one["key"]))):
            if key in at:
                return place, f", at {short_name(key)}"
    return len(steps) - 1, ""


def _flows(count: int) -> str:
    return "one flow" if count == 1 else f"{count} flows"
