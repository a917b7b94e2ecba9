"""The part of the graph that somebody asks about: what lies upstream of some assets, or around them.

Found level by level, a dataset and its columns together, whatever it is called: so a region holds everything that can
have a say in what reaches its assets, and perhaps a little more.

A place is a namespace and a name: that of a dataset is its columns' too, that of a job its own. Rows are primary keys
of assets, as ``lineage.load`` takes them. Pages ask for a part with a limit, and say that too much lies upstream where
``TooWide`` is raised; a worker that works out anew what an event changed lets a ``Region`` grow without one.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable

from django.db import connection

from transparency.catalog.keys import place_of
from transparency.catalog.models import Alias, NameRule
from transparency.catalog.names import Place, folding, written

__all__ = ["Region", "TooWide", "downstream", "place_of", "upstream"]

BY_KEY = "SELECT DISTINCT namespace, name FROM catalog_asset WHERE key = ANY(%s)"
ASSETS = """
SELECT id FROM catalog_asset
WHERE (namespace, name) IN (SELECT * FROM unnest(%s::text[], %s::text[]))
"""
PLACES = "SELECT DISTINCT namespace, name FROM catalog_asset WHERE id = ANY(%s)"
UPSTREAM = "SELECT DISTINCT upstream_id FROM catalog_flow WHERE downstream_id = ANY(%s)"
DOWNSTREAM = "SELECT DISTINCT downstream_id FROM catalog_flow WHERE upstream_id = ANY(%s)"
BEHIND = """
SELECT DISTINCT a.namespace, a.name FROM catalog_asset a JOIN catalog_flow f ON f.downstream_id = a.id
WHERE f.upstream_id = ANY(ARRAY(SELECT id FROM catalog_asset WHERE key = ANY(%s)))
"""


class TooWide(Exception):  # noqa: N818 - a situation, not a fault
    """The region holds more assets than somebody would wait for."""


def upstream(keys: Collection[str], at_most: int) -> list[int]:
    """The rows of all assets from which something may reach one of ``keys``, theirs included, ascending.

    Flows of any age and kind count, and barriers don't: what holds is for whoever asks to say. Raises ``TooWide``.
    """
    return sorted(_spread(keys, at_most, UPSTREAM))


def downstream(keys: Collection[str], at_most: int) -> list[int]:
    """The rows of all assets that something of ``keys`` may reach, theirs included, ascending. Raises ``TooWide``."""
    return sorted(_spread(keys, at_most, DOWNSTREAM))


def _spread(keys: Collection[str], at_most: int, step: str) -> set[int]:
    """Raises ``TooWide`` beyond ``at_most`` assets."""
    known: set[Place] = set()
    rows: set[int] = set()
    _refuse_beyond(at_most, len(keys))
    with connection.cursor() as cursor:
        names = _Names()
        cursor.execute(BY_KEY, [list(keys)])
        frontier = names.of(cursor.fetchall()) | names.called(map(place_of, keys))
        while frontier := frontier - known:
            known |= frontier
            namespaces, called = zip(*frontier, strict=True)
            cursor.execute(ASSETS, [list(namespaces), list(called)])
            found = [row for (row,) in cursor.fetchall()]
            rows.update(found)
            _refuse_beyond(at_most, len(rows))
            cursor.execute(step, [found])
            # Most neighbours are known already: only of the others one must know where they belong.
            cursor.execute(PLACES, [[row for (row,) in cursor.fetchall() if row not in rows]])
            frontier = names.of(cursor.fetchall())
    return rows


def _refuse_beyond(at_most: int, assets: int) -> None:
    if assets > at_most:
        raise TooWide(f"More than {at_most:,} assets are concerned.")


class Region:
    """A part that grows as more of it must be known, place by place, whatever the places are called.

    ``rules`` are those that join names, where they are read already.
    """

    def __init__(self, rules: Collection[NameRule] | None = None) -> None:
        self._names = _Names(rules)
        self._places: set[Place] = set()

    def hold(self, keys: Collection[str]) -> bool:
        """Add the places of those assets, whether or not they are still there. Whether any of them is new."""
        texts = {place_of(key) for key in keys}
        there = self._names.written(texts) | self._names.called(texts)
        return self._add(there | self._asked(BY_KEY, keys))

    def hold_behind(self, keys: Collection[str]) -> bool:
        """Add the places to which something flows from those assets. Whether any of them is new."""
        return self._add(self._asked(BEHIND, keys))

    def rows(self) -> list[int]:
        """All assets in it, ascending."""
        namespaces, names = zip(*self._places, strict=True) if self._places else ((), ())
        with connection.cursor() as cursor:
            cursor.execute(ASSETS, [list(namespaces), list(names)])
            return sorted(row for (row,) in cursor.fetchall())

    def _asked(self, statement: str, keys: Collection[str]) -> set[Place]:
        with connection.cursor() as cursor:
            cursor.execute(statement, [sorted(keys)])
            return self._names.of(cursor.fetchall())

    def _add(self, places: set[Place]) -> bool:
        new = places - self._places
        self._places |= new
        return bool(new)


class _Names:
    """All names of a place: one that is renamed, or that rules join to others, is looked for under each of them.

    What people keep apart is looked for as well: it is no more than a little too much.
    """

    def __init__(self, rules: Collection[NameRule] | None = None) -> None:
        self._rules = folding(rules)
        pairs = Alias.objects.values_list("key", "canonical_key")
        folded = ((self.one_of(place_of(key)), self.one_of(place_of(other))) for key, other in pairs)
        self._same = _together(folded)

    def one_of(self, text: str) -> str:
        """The way to write it that rules make of it."""
        return self._rules.text(text) if self._rules else text

    def all_of(self, texts: Iterable[str]) -> set[str]:
        """Every name of the same things, each as rules make it."""
        folded = {self.one_of(text) for text in texts}
        return folded.union(*(self._same[text] for text in folded if text in self._same))

    def written(self, texts: Collection[str]) -> set[Place]:
        """The places that are written like that."""
        return written(texts, self._rules)

    def called(self, texts: Iterable[str]) -> set[Place]:
        """The places that have one of those names, or another name of the same."""
        wanted = self.all_of(texts)
        if self._rules:
            return written({way for text in wanted for way in self._rules.ways_to_write(text)}, self._rules)
        return written({text for text in wanted if text in self._same}, self._rules)

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
