"""The picture of an explanation: assets in layers from top to bottom, an arrow for each flow.

Only geometry: keys and names go to a template, which escapes them. Lengths are in units of the SVG's view box.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from statistics import fmean

from transparency.catalog.explain import ShownWay, Step

WIDE, HIGH, BESIDE, BELOW, EDGE, PASSING = 232, 46, 24, 46, 12, 8
FAR = 1e9
LONGEST, LONGEST_KIND = 27, 32  # characters of a name, and of what it is, that fit into a box
Pair = tuple[str, str]
Spot = tuple[str, str, int]
"""A place in a layer: of an asset (its key, nothing, its layer), or of an arrow that passes (its two keys, a layer)."""
Near = defaultdict[Spot, list[Spot]]


@dataclass(frozen=True)
class Box:
    """An asset, and the middle of its box."""

    key: str
    name: str
    kind: str
    x: int
    y: int
    is_end: bool

    @property
    def left(self) -> int:
        return self.x - WIDE // 2

    @property
    def top(self) -> int:
        return self.y - HIGH // 2


@dataclass(frozen=True)
class Arrow:
    """``breaks`` where nothing would come any more without this flow; ``main`` on the shortest way.

    One that ``looks`` copies nothing: the data was only used to filter, join or sort.
    """

    d: str
    words: str
    main: bool
    breaks: bool
    looks: bool


@dataclass(frozen=True)
class Layers:
    width: int
    height: int
    boxes: list[Box]
    arrows: list[Arrow]
    wide: int = WIDE
    high: int = HIGH


def layers(ways: Sequence[ShownWay], breaking: Sequence[Pair]) -> Layers:
    """One picture of all the ways, the shortest first."""
    steps = {str(step["key"]): step for way in ways for step in way.steps}
    spots = {key: (key, "", layer) for key, layer in _depths(ways).items()}
    routes = _routes(ways, spots)
    rows = _rows(spots, routes)
    across = _across(rows, routes)
    places = {spot: (across[spot], _down(layer)) for layer, row in enumerate(rows) for spot in row}
    width = round(max(x + _wide(spot) / 2 for spot, x in across.items())) + EDGE
    ends = {str(way.steps[side]["key"]) for way in ways for side in (0, -1)}
    boxes = [Box(key, *_called(step), *places[spots[key]], key in ends) for key, step in steps.items()]
    height = len(rows) * (HIGH + BELOW) - BELOW + 2 * EDGE
    return Layers(width, height, boxes, _arrows(ways, routes, places, set(breaking)))


def _depths(ways: Sequence[ShownWay]) -> dict[str, int]:
    """Each asset as far down as its farthest place on a way; what ends a way stands at the bottom."""
    depth: dict[str, int] = {}
    for way in ways:
        for place, step in enumerate(way.steps):
            key = str(step["key"])
            depth[key] = max(place, depth.get(key, 0))
    bottom = max(depth.values())
    return depth | {str(way.steps[-1]["key"]): bottom for way in ways}


def _routes(ways: Sequence[ShownWay], spots: Mapping[str, Spot]) -> dict[Pair, list[Spot]]:
    """For each flow the spots of its arrow: one in each layer in between, so that it crosses no box."""
    routes: dict[Pair, list[Spot]] = {}
    for way in ways:
        for start, end in pairwise(str(step["key"]) for step in way.steps):
            between = [(start, end, layer) for layer in range(spots[start][2] + 1, spots[end][2])]
            routes.setdefault((start, end), [spots[start], *between, spots[end]])
    return routes


def _rows(spots: Mapping[str, Spot], routes: Mapping[Pair, Sequence[Spot]]) -> list[list[Spot]]:
    """The spots layer by layer, each about below those from which its arrows come."""
    above, _ = _neighbours(routes)
    every = dict.fromkeys([*spots.values(), *(spot for route in routes.values() for spot in route)])
    rows: list[list[Spot]] = [[] for _ in range(max(layer for *_, layer in every) + 1)]
    for spot in every:
        rows[spot[2]].append(spot)
    at: dict[Spot, float] = {}
    for row in rows:
        row.sort(key=lambda spot: fmean([at[one] for one in above[spot] if one in at] or [0.0]))
        at |= {spot: place - len(row) / 2 for place, spot in enumerate(row)}
    return rows


def _neighbours(routes: Mapping[Pair, Sequence[Spot]]) -> tuple[Near, Near]:
    """From where arrows come to each spot, and where they go from it."""
    above, below = Near(list), Near(list)
    for route in routes.values():
        for start, end in pairwise(route):
            above[end].append(start)
            below[start].append(end)
    return above, below


def _across(rows: Sequence[Sequence[Spot]], routes: Mapping[Pair, Sequence[Spot]]) -> dict[Spot, int]:
    """How far from the left each spot stands: about below those above it and above those below, and beside no other."""
    above, below = _neighbours(routes)
    at = {spot: x for row in rows for spot, x in zip(row, _apart(row, [0.0] * len(row)), strict=True)}
    for order, near in ((rows, above), (rows[::-1], below), (rows, above), (rows[::-1], below)):
        for row in order:
            wishes = [fmean([at[one] for one in near[spot]] or [at[spot]]) for spot in row]
            at |= zip(row, _apart(row, wishes), strict=True)
    left = min(x - _wide(spot) / 2 for spot, x in at.items())
    return {spot: round(x - left) + EDGE for spot, x in at.items()}


def _apart(row: Sequence[Spot], wishes: Sequence[float]) -> list[float]:
    """Where the spots of a row stand, as near to the wishes as there is room.

    Half way between moving to the right whoever is too near, and moving to the left: both leave the room that is due.
    """
    if not row:
        return []
    room = [0.0, *((_wide(one) + _wide(other)) / 2 + BESIDE for one, other in pairwise(row))]
    right = list(
        accumulate(zip(wishes, room, strict=True), lambda last, told: max(told[0], last + told[1]), initial=-FAR)
    )
    back = zip(wishes[::-1], [0.0, *room[:0:-1]], strict=True)
    left = list(accumulate(back, lambda last, told: min(told[0], last - told[1]), initial=FAR))
    return [(one + other) / 2 for one, other in zip(right[1:], left[:0:-1], strict=True)]


def _wide(spot: Spot) -> int:
    """An asset has a box; an arrow that passes needs room for itself alone."""
    return PASSING if spot[1] else WIDE


def _down(layer: int) -> int:
    return EDGE + HIGH // 2 + layer * (HIGH + BELOW)


def _called(step: Step) -> tuple[str, str]:
    """Its name, and what it is: of a column also in which table."""
    name, kind = str(step["name"]), str(step["kind"])
    table, comma, column = name.partition(", column ")
    if kind == "column" and comma:
        return _short(column), _short(f"in {table}", LONGEST_KIND)
    return _short(name), kind


def _short(name: str, longest: int = LONGEST) -> str:
    """The end of a long name: that is where names differ."""
    return name if len(name) <= longest else "…" + name[-longest + 1 :]


def _arrows(
    ways: Sequence[ShownWay],
    routes: Mapping[Pair, Sequence[Spot]],
    places: Mapping[Spot, tuple[int, int]],
    breaking: set[Pair],
) -> list[Arrow]:
    drawn: dict[Pair, Arrow] = {}
    for number, way in enumerate(ways):
        for start, end in pairwise(way.steps):
            pair = str(start["key"]), str(end["key"])
            by = f" by {end['job_name']}" if end.get("job_name") else ""
            looks = end.get("direct") is False
            words = f"{start['name']} to {end['name']}{by}{', only looked at' if looks else ''}"
            line = _line([places[spot] for spot in routes[pair]])
            drawn.setdefault(pair, Arrow(line, words, number == 0, pair in breaking, looks))
    return list(drawn.values())


def _line(points: Sequence[tuple[int, int]]) -> str:
    """From the lower edge of the first box to the upper edge of the last, straight through the layers in between."""
    line, last = f"M{points[0][0]} {points[0][1] + HIGH // 2}", len(points) - 1
    for place, ((x1, y1), (x2, y2)) in enumerate(pairwise(points), start=1):
        top, bottom = y1 + HIGH // 2, y2 - HIGH // 2 - (7 if place == last else 0)
        middle = (top + bottom) // 2
        line += f"C{x1} {middle} {x2} {middle} {x2} {bottom}"
        if place < last:
            line += f"V{y2 + HIGH // 2}"
    return line
