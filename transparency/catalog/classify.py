"""Labelling assets by rules: which hold which data category.

Rules are tried in order and the first that matches an asset labels it. A label on a dataset is a statement about all of
its columns, so it reaches them too (see ``lineage``): better to ask about too much than to hide something.
"""

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache, reduce
from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple, Protocol

from django.db import connection
from psycopg import sql

from transparency.catalog.globs import Patterns, like
from transparency.catalog.models import Asset, ClassificationRule

Matches = ClassificationRule.Matches
DESCRIBED = """
SELECT key, kind, namespace, name, field, tags::text, terms::text FROM catalog_asset
WHERE kind IN ('dataset', 'column'){only} ORDER BY key COLLATE "C", id
"""
AT_ONCE = 5_000  # rows: one by one, as ``COPY`` sends them, each is waited for, which takes three times as long
ONE_OF = "EXISTS (SELECT FROM jsonb_array_elements_text({}) AS one(told) WHERE told ILIKE {{}})"
COULD_MATCH = {
    Matches.TAG: ONE_OF.format("tags"),
    Matches.TERM: ONE_OF.format("terms"),
    Matches.COLUMN: "kind = 'column' AND field ILIKE {}",
    Matches.DATASET: "kind = 'dataset' AND name ILIKE {}",
    Matches.NAMESPACE: "kind = 'dataset' AND namespace ILIKE {}",
    Matches.KEY: "key = {}",
}


class Describable(NamedTuple):
    """What rules look at: one asset, whichever sources told of it."""

    key: str
    kind: str
    namespace: str
    name: str
    field: str
    tags: tuple[str, ...]
    terms: tuple[str, ...]


class Rule(Protocol):
    """A rule, saved or not."""

    @property
    def matches(self) -> str: ...

    @property
    def pattern(self) -> str: ...


class Rulebook:
    """Rules in their order, quick to ask of many assets: those that look at the same thing are tried at one go."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        places: dict[str, list[int]] = defaultdict(list)
        for place, rule in enumerate(rules):
            places[rule.matches].append(place)
        self._first = {
            kind: (_exactly if kind == Matches.KEY else _finder)(held, [rules[place].pattern for place in held])
            for kind, held in places.items()
        }

    def first(self, asset: Describable) -> int | None:
        """The place of the first rule that matches the asset, from 0; ``None`` where none does."""
        best: int | None = None
        for kind, find in self._first.items():
            for text in _looked_at(kind, asset):
                place = find(text)
                if place is not None and (best is None or place < best):
                    best = place
        return best


def _exactly(places: list[int], texts: list[str]) -> Callable[[str], int | None]:
    """Keys are no patterns: one may hold a star, and there may be thousands."""
    return dict(zip(reversed(texts), reversed(places), strict=True)).get


def _finder(places: list[int], patterns: list[str]):  # type: ignore[no-untyped-def]  # a cached function has no type to name
    compiled = Patterns(patterns)

    @cache
    def find(text: str) -> int | None:
        found = compiled.first(text)
        return None if found is None else places[found]

    return find


def _looked_at(matches: str, asset: Describable) -> Sequence[str]:
    if matches == Matches.TAG:
        return asset.tags
    if matches == Matches.TERM:
        return asset.terms
    if matches == Matches.KEY:
        return (asset.key,)
    if matches == Matches.COLUMN:
        return (asset.field,) if asset.kind == Asset.Kind.COLUMN else ()
    if asset.kind != Asset.Kind.DATASET:
        return ()
    return (asset.name,) if matches == Matches.DATASET else (asset.namespace,)


def labels(rules: Sequence[ClassificationRule], assets: Iterable[Describable]) -> list[tuple[str, str, int]]:
    """For each asset that some rule matches its key, the category, and the rule's primary key."""
    book = Rulebook(rules)
    found = ((asset.key, book.first(asset)) for asset in assets)
    return [(key, rules[place].category, rules[place].pk) for key, place in found if place is not None]


def describable(keys: Sequence[str] | None = None) -> Iterator[Describable]:
    """Every dataset and column, or those of ``keys``, once, in the order of their keys.

    Each with the tags and terms of all the sources that know it.
    """
    return _described(sql.SQL("" if keys is None else " AND key = ANY({})").format(list(keys or ())))


def describable_by(matches: str, pattern: str) -> Iterator[Describable]:
    """Like ``describable``, but only what a rule of that kind with that pattern could match, and perhaps a few more.

    PostgreSQL looks through them in less time than it takes to bring all of them here.
    """
    text = pattern if matches == Matches.KEY else like(pattern)
    could = sql.SQL(COULD_MATCH[Matches(matches)]).format(text.replace("\0", "_"))  # PostgreSQL knows no text with it
    return _described(sql.SQL(" AND key IN (SELECT key FROM catalog_asset WHERE {})").format(could))


def _described(only: sql.Composed) -> Iterator[Describable]:
    texts = cache(_texts)
    with connection.chunked_cursor() as cursor:
        cursor.execute(sql.SQL(DESCRIBED).format(only=only))
        told = (Describable._make((*row[:5], texts(row[5]), texts(row[6]))) for row in _rows(cursor))
        for _, same in groupby(told, key=itemgetter(0)):
            yield reduce(_together, same)


def _rows(cursor: Any) -> Iterator[tuple[Any, ...]]:
    while some := cursor.fetchmany(AT_ONCE):
        yield from some


def _texts(value: str) -> tuple[str, ...]:
    return tuple(map(str, json.loads(value)))


def _together(one: Describable, other: Describable) -> Describable:
    tags, terms = (tuple(sorted({*a, *b})) for a, b in ((one.tags, other.tags), (one.terms, other.terms)))
    return one._replace(tags=tags, terms=terms)
