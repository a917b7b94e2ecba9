"""The table of the overview: what each kind of data does in each AI feature, by groups on both sides. Pure."""

from collections import defaultdict
from dataclasses import dataclass

from transparency.members.reading import TRAINING, Reading
from transparency.register.schema import AIFeature, DataCategory

# The use that a cell leads to, where there are several.
MOST_TELLING = ("training", "fine_tuning", "inference", "evaluation")


@dataclass(frozen=True)
class Cell:
    """What one kind of data does in one feature; ``stage`` is that of the use that a link leads to."""

    trains: bool
    serves: bool
    tests: bool
    stage: str


Row = tuple[DataCategory, list[tuple[AIFeature, Cell | None]]]


@dataclass(frozen=True)
class Matrix:
    """``heads``: groups of features, used ones only. ``parts``: groups of data with a row for each used kind."""

    heads: list[tuple[str, list[AIFeature]]]
    parts: list[tuple[DataCategory, list[Row]]]

    @property
    def width(self) -> int:
        """In columns, that of the names included."""
        return 1 + sum(len(members) for _, members in self.heads)


def matrix(reading: Reading) -> Matrix:
    stages: dict[tuple[str, str], set[str]] = defaultdict(set)
    for shown in reading.uses:
        stages[shown.use.category, shown.use.feature].add(shown.use.stage.value)
    heads = [(group, [f for f in members if f.slug in reading.uses_by_feature]) for group, members in _groups(reading)]
    features = [feature for _, members in heads for feature in members]

    def row(category: DataCategory) -> Row:
        return category, [(feature, _cell(stages.get((category.key, feature.slug)))) for feature in features]

    parts = [
        (top, [row(one) for one in members if one.key in reading.uses_by_category])
        for top, members in reading.category_groups
    ]
    return Matrix(heads, [(top, rows) for top, rows in parts if rows])


def _groups(reading: Reading) -> list[tuple[str, list[AIFeature]]]:
    used = reading.uses_by_feature
    return [(group, members) for group, members in reading.feature_groups if any(f.slug in used for f in members)]


def _cell(stages: set[str] | None) -> Cell | None:
    if not stages:
        return None
    leads_to = next(stage for stage in MOST_TELLING if stage in stages)
    return Cell(bool(set(TRAINING) & stages), "inference" in stages, "evaluation" in stages, leads_to)
