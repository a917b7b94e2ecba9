"""What a source no longer knows, though as a whole it knows about as much as before: doubts, for a person to settle.

Tags and terms that rules rest on are more often renamed than given up. A place that has lost a fifth of what it held is
more often one that the catalog could not read.
"""

from collections import Counter
from collections.abc import Iterable, Iterator

from django.db import connection

from transparency.catalog.connectors.base import SeenAsset, SeenFault, Snapshot
from transparency.catalog.globs import matches
from transparency.catalog.merge import CLIFF, CLIFF_FROM
from transparency.catalog.models import ClassificationRule, Source
from transparency.catalog.untrusted import shortened

FROM = "FROM catalog_asset WHERE source_id = %s AND"
KNOWN = {
    "tag": f"SELECT DISTINCT jsonb_array_elements_text(tags) {FROM} tags <> '[]'",
    "term": f"SELECT DISTINCT jsonb_array_elements_text(terms) {FROM} terms <> '[]'",
}
PLACES = "SELECT namespace, count(*) FROM catalog_asset WHERE source_id = %s GROUP BY namespace HAVING count(*) >= %s"
SHRUNK = "place.less"
WORDS = {"tag": "tag", "term": "glossary term"}


def vanished(source: Source, snapshot: Snapshot) -> Iterator[SeenFault]:
    """A doubt for each rule that something of this source matched until now and nothing does any more, and for each
    place that lost much.

    What may have been cut short, or tells of changes only, proves nothing by what it does not name.
    """
    if not snapshot.complete or snapshot.leaves_known:
        return
    before, rules = _before(source), _rules(source)
    # To go through all assets takes a while: not where there is nothing to compare them with.
    if before or rules:
        shown = _Shown(snapshot.assets)
        yield from _places(before, shown)
        yield from _tags(rules, shown)


class _Shown:
    """What the source still knows: how many assets of each namespace, and which tags and terms."""

    def __init__(self, assets: Iterable[SeenAsset]) -> None:
        self.places = Counter[str]()
        self.words: dict[str, set[str]] = {"tag": set(), "term": set()}
        for asset in assets:
            self.places[asset.namespace] += 1
            self.words["tag"].update(asset.tags)
            self.words["term"].update(asset.terms)


def _before(source: Source) -> list[tuple[str, int]]:
    """The places that held so much that a fifth of it means something."""
    with connection.cursor() as cursor:
        cursor.execute(PLACES, [source.pk, CLIFF_FROM])
        return sorted(cursor.fetchall())


def _places(before: Iterable[tuple[str, int]], shown: _Shown) -> Iterator[SeenFault]:
    for namespace, count in before:
        now = shown.places[namespace]
        if now < count * (1 - CLIFF):
            message = f"Of {shortened(namespace, 80)}, {now:,} assets were found where there were {count:,}."
            yield SeenFault(SHRUNK, namespace, message)


def _rules(source: Source) -> list[tuple[str, str, list[str]]]:
    """Each kind and pattern that a rule rests on, with what it matched until now: those that matched something."""
    resting = ClassificationRule.objects.filter(matches__in=KNOWN)
    rules = list(resting.values_list("matches", "pattern").distinct())
    known = {kind: _known(kind, source) for kind in {kind for kind, _ in rules}}
    matched = [
        (kind, pattern, sorted(text for text in known[kind] if matches(pattern, text))) for kind, pattern in rules
    ]
    return [rule for rule in matched if rule[2]]


def _tags(rules: Iterable[tuple[str, str, list[str]]], shown: _Shown) -> Iterator[SeenFault]:
    for kind, pattern, before in rules:
        if not _any(pattern, shown.words[kind]):
            message = f"The {WORDS[kind]} “{before[0]}”, which a rule rests on, is on nothing any more. Was it renamed?"
            yield SeenFault(f"{kind}.gone", pattern, message)


def _known(kind: str, source: Source) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(KNOWN[kind], [source.pk])
        return [text for (text,) in cursor.fetchall()]


def _any(pattern: str, texts: Iterable[str]) -> bool:
    return any(matches(pattern, text) for text in texts)
