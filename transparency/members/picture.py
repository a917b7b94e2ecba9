"""The picture of the overview: groups of data on the left, groups of features on the right, bands between them.

Only geometry: numbers and names go to a template, which escapes them. Lengths are in units of the SVG's view box. The
picture is drawn twice, once for wide screens with the names outside, once for phones with the names upon the bands.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from transparency.members.reading import Reading

BAR, GAP = 12, 14
TALLEST, THICKEST, SMALLEST = 640, 11, 24  # all uses together, one use, one group


@dataclass(frozen=True)
class Frame:
    """How wide a picture is, where its bars begin and its names stand. ``name`` is a class of the style sheet."""

    name: str
    width: int
    left: int
    right: int
    left_name: int
    left_anchor: str
    right_name: int
    right_anchor: str


WIDE = Frame("broad", 960, 230, 718, 218, "end", 742, "start")
SLIM = Frame("slim", 360, 0, 348, 18, "start", 342, "end")


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
    start: str


@dataclass(frozen=True)
class Picture:
    frame: Frame
    height: int
    categories: list[Block]
    features: list[Block]
    bands: list[Band]


def pictures(reading: Reading) -> list[Picture]:
    """The picture of a reading for wide screens and for phones."""
    group_of = {one.key: top.key for top, members in reading.category_groups for one in (top, *members)}
    names = {top.key: top.name for top, _ in reading.category_groups}
    flows = Counter((group_of[s.use.category], s.feature.group) for s in reading.uses)
    training = {(group_of[s.use.category], s.feature.group) for s in reading.uses if s.trains}
    unit = min(THICKEST, TALLEST / max(1, len(reading.uses)))
    left = _stack([(key, names[key], sum(n for (c, _), n in flows.items() if c == key)) for key in names], unit)
    groups = _near(flows, [block.id for block in left])
    right = _stack([(name, name, sum(n for (_, f), n in flows.items() if f == name)) for name in groups], unit)
    height = round(max((block.y + block.height for block in (*left, *right)), default=0) + GAP)
    return [Picture(f, height, left, right, list(_bands(f, left, right, flows, training))) for f in (WIDE, SLIM)]


def _near(flows: Counter[tuple[str, str]], left: list[str]) -> list[str]:
    """The groups of features, each as high as the data it uses stands: bands then cross less."""
    place = {key: n for n, key in enumerate(left)}
    weight = Counter({f: sum(n for (_, g), n in flows.items() if g == f) for _, f in flows})
    height = {f: sum(place[c] * n for (c, g), n in flows.items() if g == f) / weight[f] for f in weight}
    return sorted(height, key=lambda name: (height[name], name))


def _stack(rows: list[tuple[str, str, int]], unit: float) -> list[Block]:
    blocks, y = [], float(GAP)
    for key, name, count in rows:
        if count:
            height = max(SMALLEST, count * unit)
            blocks.append(Block(key, name, count, y, height))
            y += height + GAP
    return blocks


def _bands(
    frame: Frame,
    left: list[Block],
    right: list[Block],
    flows: Counter[tuple[str, str]],
    training: set[tuple[str, str]],
) -> Iterator[Band]:
    """Bands leave and arrive in the order of the blocks."""
    into = {block.id: block.y for block in right}
    for start in left:
        out = start.y
        for end in right:
            count = flows[start.id, end.id]
            if count:
                thick, broad = start.height * count / start.count, end.height * count / end.count
                d = _ribbon(frame, out, thick, into[end.id], broad)
                out += thick
                into[end.id] += broad
                words = f"{start.name} to {end.name}: {count} {'use' if count == 1 else 'uses'}"
                yield Band(d, words, (start.id, end.id) in training, start.id)


def _ribbon(frame: Frame, y1: float, thick: float, y2: float, broad: float) -> str:
    a, b = frame.left + BAR, frame.right
    middle = round((a + b) / 2)
    there = f"M{a} {y1:.1f}C{middle} {y1:.1f} {middle} {y2:.1f} {b} {y2:.1f}"
    back = f"V{y2 + broad:.1f}C{middle} {y2 + broad:.1f} {middle} {y1 + thick:.1f} {a} {y1 + thick:.1f}Z"
    return there + back
