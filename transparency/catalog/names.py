"""What is one, as the database holds it: by what sources told, by rules, and less what people keep apart."""

from collections.abc import Callable, Collection, Iterable

from django.db import connection

from transparency.catalog.aliases import Pair, resolver
from transparency.catalog.folding import Folding, small
from transparency.catalog.globs import matches
from transparency.catalog.keys import dataset_of
from transparency.catalog.models import Alias, Apart, NameRule

Place = tuple[str, str]
"""Namespace and name."""
NAMESPACES = "SELECT DISTINCT namespace FROM catalog_asset"
# Index names_in_capitals; it holds those only that are not written in small letters, which is what it is asked for.
ANY_CASE = """
SELECT DISTINCT namespace, name FROM catalog_asset
WHERE lower((namespace || '/' || name) COLLATE "C") = ANY(%s)
    AND lower((namespace || '/' || name) COLLATE "C") <> namespace || '/' || name
"""
EXACTLY = """
SELECT DISTINCT namespace, name FROM catalog_asset
WHERE (namespace, name) IN (SELECT * FROM unnest(%s::text[], %s::text[]))
"""
KEYS = """
SELECT DISTINCT key FROM catalog_asset WHERE (namespace, name) IN (SELECT * FROM unnest(%s::text[], %s::text[]))
"""
LEFT_OUT = "SELECT id FROM catalog_asset WHERE namespace = ANY(%s) AND (%s::bigint IS NULL OR source_id = %s)"


def folding(rules: Iterable[NameRule] | None = None) -> Folding:
    """The rules at work that join names: those given, or those that stand."""
    rules = list(NameRule.objects.all() if rules is None else rules)
    blind = [rule.namespace for rule in rules if rule.kind == NameRule.Kind.CASE]
    places = [(rule.namespace, rule.same_as) for rule in rules if rule.kind == NameRule.Kind.PLACE]
    return Folding(blind, places)


def what_counts(rules: Iterable[NameRule] | None = None, apart: Iterable[Apart] | None = None) -> Callable[[str], str]:
    """A function from any key to the one that counts by those rules, less what is kept apart; or by what stands."""
    kept_apart = _kept_apart() if apart is None else [(one.key, one.other) for one in apart]
    return resolver(list(_told()), folding(rules), kept_apart)


def all_names(keys: Iterable[str], *, apart: bool = True) -> set[str]:
    """Those keys, and every other name of the same things that sources told or the catalog holds.

    Without ``apart``, also what people keep apart from them.
    """
    rules, told, keys = folding(), list(_told()), set(keys)
    if not told and not rules:
        return keys
    counts = _resolver(told, rules, apart=apart)
    wanted, datasets = {counts(key) for key in keys}, {counts(dataset_of(key)) for key in keys}
    found = keys | {name for pair in told for name in pair if counts(name) in wanted}
    places = datasets.union(found, (name for pair in told for name in pair if counts(name) in datasets))
    ways = {way for key in places for way in rules.ways_to_write(dataset_of(key).partition(":")[2])}
    return found | {key for key in _keys_at(written(ways, rules)) if counts(key) in wanted}


def _keys_at(places: Collection[Place]) -> list[str]:
    if not places:
        return []
    with connection.cursor() as cursor:
        cursor.execute(KEYS, list(map(list, zip(*places, strict=True))))
        return [key for (key,) in cursor.fetchall()]


def _told() -> Iterable[Pair]:
    return Alias.objects.order_by("as_of", "id").values_list("key", "canonical_key")


def _resolver(told: Iterable[Pair], rules: Folding, *, apart: bool) -> Callable[[str], str]:
    return resolver(told, rules, _kept_apart() if apart else ())


def _kept_apart() -> Iterable[Pair]:
    return Apart.objects.values_list("key", "other")


def written(texts: Collection[str], rules: Folding) -> set[Place]:
    """The places in the catalog that are written like one of ``texts``, in whatever case where that may not count."""
    places = [(text[:cut], text[cut + 1 :]) for text in texts for cut in _cuts(text)]
    if not places:
        return set()
    namespaces, names = zip(*places, strict=True)
    with connection.cursor() as cursor:
        cursor.execute(EXACTLY, [list(namespaces), list(names)])
        found = set(cursor.fetchall())
        if rules.ignores_case:
            cursor.execute(ANY_CASE, [[small(text) for text in texts]])
            found |= set(cursor.fetchall())
    return found


def _cuts(text: str) -> list[int]:
    """Where a namespace may end: it may hold “/” itself, and so may a name."""
    return [place for place, sign in enumerate(text) if sign == "/"]


def left_out(rules: Iterable[NameRule] | None = None) -> set[int]:
    """The rows of assets from and to which flows do not count."""
    rules = NameRule.objects.filter(kind=NameRule.Kind.LEFT_OUT) if rules is None else rules
    told = [(rule.namespace, rule.source_id) for rule in rules if rule.kind == NameRule.Kind.LEFT_OUT]
    found: set[int] = set()
    if told:
        with connection.cursor() as cursor:
            cursor.execute(NAMESPACES)
            namespaces = [namespace for (namespace,) in cursor.fetchall()]
            for pattern, source in told:
                cursor.execute(LEFT_OUT, [[one for one in namespaces if matches(pattern, one)], source, source])
                found.update(row for (row,) in cursor.fetchall())
    return found
