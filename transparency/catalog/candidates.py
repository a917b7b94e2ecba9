"""Unlabelled columns whose data reaches an AI feature, what their neighbours hold, and what a label would change.

A column is looked at where neither it nor its dataset is labelled, nor everything that it is computed from. What is
suggested is kept where it would change something: not where the category comes there already, even if a barrier stops
it, and not downstream of a column of which the same is suggested, since a label there covers both. What is computed
from a column of which somebody has rejected it is not asked about again.

In this order: ``Candidates.columns`` says which columns to look at, ``suggesting.suggest`` (pure) makes a guess of each
by its words and its neighbours, and ``Candidates.keep`` leaves those that would change something. Both ends are worked
out as in ``reachability``, with a bit for each feature and stage against the flows, or for each category along them.
Numbers are those of ``lineage``, where names that are one have one number; a column's node is the number itself.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from transparency.catalog.keys import dataset_of
from transparency.catalog.lineage import Flows, Lineage
from transparency.catalog.models import Barrier, Binding
from transparency.catalog.reachability import Bits, Graph, Ints, bits, has, reach
from transparency.catalog.stops import stops
from transparency.catalog.suggesting import Column, Suggested

NEIGHBOURS = 200  # of one column that are asked what they hold
LONGEST = 2_000  # characters of a description that are read
ROWS = """
SELECT key, name, field, left(description, %s) FROM catalog_asset WHERE kind = %s AND key = ANY(%s) ORDER BY key, id
"""
LABEL, UNKNOWN = 1, 2  # bits
Pair = tuple[str, str]


@dataclass(frozen=True)
class Kept:
    """A suggestion that would change something.

    ``features`` are the slugs of those that the column reaches, ``news`` of those among them to which the category
    is not seen to come yet, at some stage; both ascending.
    """

    suggested: Suggested
    features: list[str]
    news: list[str]


class Candidates:
    """The graph as it is at a moment, asked from its end.

    ``labels`` are key and category; ``observed`` is all that is seen to reach a feature: category, feature and stage.
    """

    def __init__(
        self,
        at: datetime,
        lineage: Lineage,
        labels: Iterable[Pair],
        bindings: Sequence[Binding],
        barriers: Sequence[Barrier],
        observed: Iterable[tuple[str, str, str]] = (),
    ) -> None:
        self._lineage, self._bindings, self._barriers = lineage, bindings, barriers
        self._edges = lineage.edges(at, forgetful=True)
        self._pairs = sorted({(one.feature, one.stage) for one in bindings})
        self._labels = [(n, category) for key, category in labels if (n := lineage.number(key)) is not None]
        self._held = dict(self._labels)
        self._observed = set(observed)
        self._reaching: dict[str, Bits] = {}
        self._numbers: dict[str, int] = {}

    def columns(self, at_most: int) -> tuple[list[Column], int]:
        """Those that reach most features first, and how many there are in all."""
        unlabelled = self._is_column & ~self._is_held & ~self._is_computed_from_held
        rows = self._reach_features("")[: unlabelled.size]
        counts = np.bitwise_count(rows).sum(axis=1) * unlabelled
        places = np.flatnonzero(counts)
        first = sorted(places.tolist(), key=lambda n: (-int(counts[n]), self._lineage.keys[n]))[:at_most]
        return self._described(first), int(places.size)

    def keep(self, found: Sequence[Suggested], rejected: Iterable[Pair], at_most: int) -> list[Kept]:
        """Of what is suggested what would change something, the most first. ``rejected`` are keys and categories."""
        told = [one for one in self._first(self._unrejected(found, rejected)) if one.features]
        told.sort(key=lambda one: (-len(one.news), -len(one.features), -one.suggested.weight, one.suggested.key))
        return told[:at_most]

    @cached_property
    def _is_column(self) -> NDArray[np.bool_]:
        return np.asarray(self._lineage.dataset != np.arange(len(self._lineage.keys)), dtype=bool)

    @cached_property
    def _is_held(self) -> NDArray[np.bool_]:
        """Labelled, by themselves or with their dataset."""
        held = np.zeros(len(self._lineage.keys), dtype=bool)
        held[list(self._held)] = True
        return held | held[self._lineage.dataset]

    @cached_property
    def _is_computed_from_held(self) -> NDArray[np.bool_]:
        """Columns of whose origin all is labelled: somebody's label comes there, and nothing of unknown origin does."""
        start, end = self._between(self._edges.flows)
        origin = self._is_column.copy()
        origin[end] = False
        rows, held = (np.zeros((origin.size, 1), dtype=np.uint64) for _ in range(2))
        rows[origin, 0], rows[self._is_held, 0], held[self._is_held, 0] = UNKNOWN, LABEL, UNKNOWN
        found = reach(Graph(origin.size, 2, start, end, held), rows).found[:, 0]
        return np.asarray(found == LABEL, dtype=bool)

    def _reach_features(self, category: str) -> Bits:
        """For each node a bit per feature and stage that data of the category would come to from there.

        Only barriers that are for every category count, unless there are some for this one.
        """
        category = category if any(one.category == category for one in self._barriers) else ""
        if category not in self._reaching:
            number = {"/".join(pair): place for place, pair in enumerate(self._pairs)}
            held = [_for_all(one) for one in self._barriers if one.category in ("", category)]
            stopped = stops(self._lineage, self._edges, held, number)
            on = self._edges.graph(self._lineage.nodes, len(number), *stopped)
            back = Graph(on.nodes, on.categories, on.downstream, on.upstream, on.stops, on.edge_stops)
            ends = ((self._lineage.number(one.key), f"{one.feature}/{one.stage}") for one in self._bindings)
            start = bits(back, [(node, number[pair]) for node, pair in ends if node is not None])
            self._reaching[category] = reach(back, start).found
        return self._reaching[category]

    def _described(self, numbers: Sequence[int]) -> list[Column]:
        """As their sources describe them, each by one key: the one that counts, if a source calls it so."""
        wanted = set(numbers)
        keys = [key for key, number in self._lineage.names.items() if number in wanted]
        told: dict[int, tuple[str, str, str, str]] = {}
        for row in _rows("column", keys):
            number = self._lineage.names[row[0]]
            if number not in told or row[0] == self._lineage.keys[number]:
                told[number] = row
        about = {
            key: text for key, _, _, text in _rows("dataset", [dataset_of(row[0]) for row in told.values()]) if text
        }
        self._numbers = {row[0]: number for number, row in told.items()}
        return [self._column(number, told[number], about) for number in numbers if number in told]

    def _column(self, number: int, row: tuple[str, str, str, str], about: Mapping[str, str]) -> Column:
        key, dataset, name, description = row
        made_of, made_into = (side.get(number, []) for side in self._made)
        return Column(
            key=key,
            name=name,
            dataset=dataset,
            description=description,
            about_dataset=about.get(dataset_of(key), ""),
            made_of=tuple(map(self._holds, made_of[:NEIGHBOURS])),
            made_into=tuple(filter(None, map(self._holds, made_into[:NEIGHBOURS]))),
            beside=tuple(self._beside.get(int(self._lineage.dataset[number]), ())[:NEIGHBOURS]),
        )

    def _holds(self, number: int) -> str:
        return self._held.get(number) or self._held.get(int(self._lineage.dataset[number]), "")

    @cached_property
    def _beside(self) -> dict[int, list[str]]:
        """For each dataset what its labelled columns hold."""
        found: dict[int, list[str]] = defaultdict(list)
        for number in sorted(self._held):
            if self._is_column[number]:
                found[int(self._lineage.dataset[number])].append(self._held[number])
        return found

    @cached_property
    def _made(self) -> tuple[dict[int, list[int]], dict[int, list[int]]]:
        """For each column those that it is computed from, and those computed from it, however long ago."""
        asked = np.fromiter(self._numbers.values(), dtype=np.int64)
        start, end = self._computed
        near = np.isin(start, asked) | np.isin(end, asked)
        made_of: dict[int, list[int]] = defaultdict(list)
        made_into: dict[int, list[int]] = defaultdict(list)
        for one, other in np.unique(np.stack((start[near], end[near])), axis=1).T.tolist():
            made_of[other].append(one)
            made_into[one].append(other)
        return made_of, made_into

    @cached_property
    def _computed(self) -> tuple[Ints, Ints]:
        """Flows from column to column, however long ago, as two arrays."""
        return self._between(self._lineage.flows)

    def _between(self, flows: Flows) -> tuple[Ints, Ints]:
        kept = flows.direct & self._is_column[flows.upstream] & self._is_column[flows.downstream]
        kept &= flows.upstream != flows.downstream
        return flows.upstream[kept], flows.downstream[kept]

    def _unrejected(self, found: Sequence[Suggested], rejected: Iterable[Pair]) -> list[Suggested]:
        """Without what is computed from a column of which the same was rejected, however long the way."""
        number = {category: place for place, category in enumerate(sorted({one.category for one in found}))}
        places = ((self._lineage.number(key), number.get(category)) for key, category in rejected)
        start = [(n, place) for n, place in places if n is not None and place is not None]
        if not start:
            return list(found)
        graph = Graph(len(self._lineage.keys), len(number), *self._computed)
        below = reach(graph, bits(graph, start)).found
        return [one for one in found if not has(below, self._numbers[one.key], number[one.category])]

    def _first(self, found: Sequence[Suggested]) -> list[Kept]:
        """Without what comes there already, and without what comes there from another suggested column."""
        categories = sorted({one.category for one in found})
        number = {category: place for place, category in enumerate(categories)}
        unstopped = self._edges.graph(self._lineage.nodes, len(categories))
        held = [(self._lineage.entry(n), number[one]) for n, one in self._labels if one in number]
        known = reach(unstopped, bits(unstopped, held)).found
        places = {one: (self._numbers[one.key], number[one.category]) for one in found}
        new = [one for one in found if not has(known, *places[one])]
        stopped = stops(self._lineage, self._edges, self._barriers, number)
        graph = self._edges.graph(self._lineage.nodes, len(categories), *stopped)
        below = reach(graph, bits(graph, _next(graph, [places[one] for one in new]))).found
        roots = [one for one in new if not has(below, *places[one])]
        covered = reach(graph, bits(graph, _next(graph, [places[one] for one in roots]))).found
        # What lies in a circle is downstream of itself; it is left out only where something outside covers it.
        return [self._kept(one) for one in new if not has(covered, *places[one])]

    def _kept(self, one: Suggested) -> Kept:
        row = self._reach_features(one.category)[self._numbers[one.key]]
        here = np.flatnonzero(np.unpackbits(row.astype("<u8").view(np.uint8), bitorder="little")).tolist()
        reached = [self._pairs[place] for place in here]
        new = {feature for feature, stage in reached if (one.category, feature, stage) not in self._observed}
        return Kept(one, sorted({feature for feature, _ in reached}), sorted(new))


def _for_all(barrier: Barrier) -> Barrier:
    """The same barrier for whatever comes: who is asked about, and not what, is told by the bits here."""
    held = copy(barrier)
    held.category = ""
    return held


def _next(graph: Graph, places: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Where each category is one edge further, unless it is stopped there."""
    edges, first = graph.out
    steps = ((edge, category) for n, category in places for edge in edges[first[n] : first[n + 1]].tolist())
    return [
        (int(graph.downstream[edge]), category)
        for edge, category in steps
        if graph.edge_stops is None or not has(graph.edge_stops, edge, category)
    ]


def _rows(kind: str, keys: Sequence[str]) -> list[tuple[str, str, str, str]]:
    """Key, dataset's name, column's name and description of each asset, once for each source."""
    with connection.cursor() as cursor:
        cursor.execute(ROWS, [LONGEST, kind, list(keys)])
        return list(cursor.fetchall())
