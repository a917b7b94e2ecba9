"""The part of the graph that somebody asks about: what lies upstream or downstream of some assets.

Found level by level, a dataset and its columns together, whatever it is called: so a region holds everything that can
have a say in what reaches its assets, and perhaps a little more.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from typing import Any

from django.db import connection

from transparency.catalog.keys import dataset_of
from transparency.catalog.models import Alias

Place = tuple[str, str]
"""Namespace and name: what a dataset, its columns, and perhaps a job of the same name have in common."""

BY_KEY = "SELECT DISTINCT namespace, name FROM catalog_asset WHERE key = ANY(%s)"
BY_NAME = "SELECT DISTINCT namespace, name FROM catalog_asset WHERE namespace || '/' || name = ANY(%s)"
ASSETS = """
SELECT id FROM catalog_asset
WHERE (namespace, name) IN (SELECT * FROM unnest(%s::text[], %s::text[]))
"""
PLACES = "SELECT DISTINCT namespace, name FROM catalog_asset WHERE id = ANY(%s)"
UPSTREAM = "SELECT DISTINCT upstream_id FROM catalog_flow WHERE downstream_id = ANY(%s)"
DOWNSTREAM = "SELECT DISTINCT downstream_id FROM catalog_flow WHERE upstream_id = ANY(%s)"


class TooWide(Exception):  # noqa: N818 - a situation, not a fault
    """The region holds more assets than somebody would wait for."""


def upstream(keys: Collection[str], at_most: int) -> list[int]:
    """The rows of all assets from which something may reach one of ``keys``, theirs included, ascending."""
    return sorted(_spread(keys, UPSTREAM, at_most)[0])


def places_downstream(keys: Collection[str], at_most: int) -> set[str]:
    """Where something of ``keys`` may go, as ``place_of`` calls it, theirs included."""
    return _spread(keys, DOWNSTREAM, at_most)[1]


def place_of(key: str) -> str:
    """What a dataset's key and those of its columns have in common."""
    return dataset_of(key).partition(":")[2]


def _spread(keys: Collection[str], step: str, at_most: int) -> tuple[set[int], set[str]]:
    """Raises ``TooWide`` beyond ``at_most`` assets."""
    known: set[Place] = set()
    rows: set[int] = set()
    with connection.cursor() as cursor:
        names = _Names(cursor)
        cursor.execute(BY_KEY, [list(keys)])
        frontier = names.of(cursor.fetchall()) | names.called(map(place_of, keys))
        while frontier := frontier - known:
            known |= frontier
            namespaces, called = zip(*frontier, strict=True)
            cursor.execute(ASSETS, [list(namespaces), list(called)])
            found = [row for (row,) in cursor.fetchall()]
            rows.update(found)
            if len(rows) > at_most:
                raise TooWide(f"More than {at_most:,} assets are concerned.")
            cursor.execute(step, [found])
            # Most neighbours are known already: only of the others one must know where they belong.
            cursor.execute(PLACES, [[row for (row,) in cursor.fetchall() if row not in rows]])
            frontier = names.of(cursor.fetchall())
    return rows, names.all_of({"/".join(place) for place in known} | {place_of(key) for key in keys})


class _Names:
    """All names of a place: a renamed dataset is looked for under each of them."""

    def __init__(self, cursor: Any) -> None:
        pairs = Alias.objects.values_list("key", "canonical_key")
        self._same = _together((place_of(key), place_of(other)) for key, other in pairs)
        self._there: dict[str, Place] = {}
        if self._same:
            cursor.execute(BY_NAME, [list(self._same)])
            self._there = {"/".join(place): place for place in cursor.fetchall()}

    def all_of(self, texts: set[str]) -> set[str]:
        return texts.union(*(self._same[text] for text in texts if text in self._same))

    def called(self, texts: Iterable[str]) -> set[Place]:
        """The places that have one of those names, or another name of the same."""
        if not self._same:
            return set()
        return {self._there[name] for name in self.all_of(set(texts)) if name in self._there}

    def of(self, places: Iterable[Place]) -> set[Place]:
        """The places, and those of the same things by other names."""
        known = set(places)
        return known | self.called("/".join(place) for place in known)


def _together(pairs: Iterable[tuple[str, str]]) -> dict[str, set[str]]:
    """For each name all names of the same thing."""
    same: dict[str, set[str]] = defaultdict(set)
    for pair in pairs:
        joined = {*pair, *same.get(pair[0], ()), *same.get(pair[1], ())}
        for name in joined:
            same[name] = joined
    return same
