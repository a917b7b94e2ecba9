"""The picture of an explanation: assets in layers from top to bottom, an arrow for each flow.

Only geometry: keys and names go to a template, which escapes them. Lengths are in units of the SVG's view box.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import fmean

from transparency.catalog.explain import ShownWay, Step

WIDE, HIGH, BESIDE, BELOW, EDGE = 216, 46, 24, 46, 12
LONGEST, LONGEST_KIND = 25, 30  # characters of a name, and of what it is, that fit into a box
Pair = tuple[str, str]
Spot = tuple[str, str, int]
"""A place in a layer: of an asset (its key, nothing, its layer), or of an arrow that passes (its two keys, a layer)."""


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
    width = max(len(row) for row in rows) * (WIDE + BESIDE) - BESIDE + 2 * EDGE
    places = {spot: place for number, row in enumerate(rows) for spot, place in _placed(row, number, width)}
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
    above: dict[Spot, list[Spot]] = defaultdict(list)
    for route in routes.values():
        for start, end in pairwise(route):
            above[end].append(start)
    every = dict.fromkeys([*spots.values(), *(spot for route in routes.values() for spot in route)])
    rows: list[list[Spot]] = [[] for _ in range(max(layer for *_, layer in every) + 1)]
    for spot in every:
        rows[spot[2]].append(spot)
    at: dict[Spot, float] = {}
    for row in rows:
        row.sort(key=lambda spot: fmean([at[one] for one in above[spot] if one in at] or [0.0]))
        at |= {spot: place - len(row) / 2 for place, spot in enumerate(row)}
    return rows


def _placed(row: Sequence[Spot], number: int, width: int) -> list[tuple[Spot, tuple[int, int]]]:
    """The row's spots side by side, in the middle."""
    first = (width - len(row) * (WIDE + BESIDE) + BESIDE) // 2 + WIDE // 2
    y = EDGE + HIGH // 2 + number * (HIGH + BELOW)
    return [(spot, (first + place * (WIDE + BESIDE), y)) for place, spot in enumerate(row)]


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
