"""The picture of the overview: groups of data on the left, groups of features on the right, bands between them.

Only geometry: numbers and names go to a template, which escapes them. Lengths are in units of the SVG's view box.
"""

from collections import Counter
from dataclasses import dataclass

from transparency.members.reading import Reading

WIDTH, BAR, GAP = 960, 14, 18
LEFT, RIGHT = 300, 660
UNIT, SMALLEST = 11, 26


@dataclass(frozen=True)
class Block:
    """A group on one side: ``y`` its top, ``height`` in proportion to its uses."""

    id: str
    name: str
    count: int
    y: float
    height: float

    @property
    def middle(self) -> float:
        return self.y + self.height / 2


@dataclass(frozen=True)
class Band:
    """All uses between two groups, as one ribbon. ``trains`` where one of them trains a model."""

    d: str
    words: str
    trains: bool
    anchor: str


@dataclass(frozen=True)
class Picture:
    width: int
    height: int
    categories: list[Block]
    features: list[Block]
    bands: list[Band]


def draw(reading: Reading) -> Picture:
    """The picture of a reading; bands leave and arrive in the order of the blocks, so that they cross little."""
    group_of = {one.key: top.key for top, members in reading.category_groups for one in (top, *members)}
    names = {top.key: top.name for top, _ in reading.category_groups}
    flows = Counter((group_of[s.use.category], s.feature.group) for s in reading.uses)
    training = {(group_of[s.use.category], s.feature.group) for s in reading.uses if s.trains}
    left = _stack([(key, names[key], sum(n for (c, _), n in flows.items() if c == key)) for key in names])
    groups = [name for name, _ in reading.feature_groups]
    right = _stack([(name, name, sum(n for (_, f), n in flows.items() if f == name)) for name in groups])
    height = max((block.y + block.height for block in (*left, *right)), default=0) + GAP
    bands = _bands(left, right, flows, training)
    return Picture(WIDTH, round(height), left, right, bands)


def _stack(rows: list[tuple[str, str, int]]) -> list[Block]:
    blocks, y = [], float(GAP)
    for key, name, count in rows:
        if count:
            height = max(SMALLEST, count * UNIT)
            blocks.append(Block(key, name, count, y, height))
            y += height + GAP
    return blocks


def _bands(
    left: list[Block], right: list[Block], flows: Counter[tuple[str, str]], training: set[tuple[str, str]]
) -> list[Band]:
    out = {block.id: block.y for block in left}
    into = {block.id: block.y for block in right}
    bands = []
    for start in left:
        for end in right:
            count = flows[start.id, end.id]
            if not count:
                continue
            thick, broad = start.height * count / start.count, end.height * count / end.count
            d = _ribbon(out[start.id], thick, into[end.id], broad)
            out[start.id] += thick
            into[end.id] += broad
            words = f"{start.name} to {end.name}: {count} {'use' if count == 1 else 'uses'}"
            bands.append(Band(d, words, (start.id, end.id) in training, end.id))
    return bands


def _ribbon(y1: float, thick: float, y2: float, broad: float) -> str:
    a, b, middle = LEFT + BAR, RIGHT, (LEFT + BAR + RIGHT) / 2
    there = f"M{a} {y1:.1f}C{middle} {y1:.1f} {middle} {y2:.1f} {b} {y2:.1f}"
    back = f"L{b} {y2 + broad:.1f}C{middle} {y2 + broad:.1f} {middle} {y1 + thick:.1f} {a} {y1 + thick:.1f}Z"
    return there + back


@dataclass(frozen=True)
class Cell:
    """What one kind of data does in one feature: the stages apart, the use that a link leads to."""

    trains: bool
    serves: bool
    stage: str


Row = tuple[object, list[tuple[object, Cell | None]]]


def matrix(reading: Reading) -> list[Row]:
    """Every used category with, for each feature in order, what it does there or ``None``."""
    cells: dict[tuple[str, str], list[str]] = {}
    for shown in reading.uses:
        cells.setdefault((shown.use.category, shown.use.feature), []).append(shown.use.stage.value)
    features = [feature for _, members in reading.feature_groups for feature in members]
    used = [c for _, members in reading.category_groups for c in members if c.key in reading.uses_by_category]
    return [(c, [(f, _cell(cells.get((c.key, f.slug), []))) for f in features]) for c in used]


def _cell(stages: list[str]) -> Cell | None:
    if not stages:
        return None
    trains = bool({"training", "fine_tuning"} & set(stages))
    return Cell(trains, bool({"inference", "evaluation"} & set(stages)), sorted(stages)[-1] if trains else stages[0])
