"""What a source no longer knows, though as a whole it knows about as much as before: doubts, for a person to settle.

Tags and terms that rules rest on are more often renamed than given up. A place that has lost a fifth of what it held is
more often one that the catalog could not read.
"""

from collections import Counter
from collections.abc import Iterable, Iterator

from django.db import connection

from transparency.catalog.connectors.base import SeenFault, Snapshot
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
    yield from _places(source, snapshot)
    yield from _tags(source, snapshot)


def _places(source: Source, snapshot: Snapshot) -> Iterator[SeenFault]:
    now = Counter(asset.namespace for asset in snapshot.assets)
    with connection.cursor() as cursor:
        cursor.execute(PLACES, [source.pk, CLIFF_FROM])
        before = sorted(cursor.fetchall())
    for namespace, count in before:
        if now[namespace] < count * (1 - CLIFF):
            message = f"Of {shortened(namespace, 80)}, {now[namespace]:,} assets were found where there were {count:,}."
            yield SeenFault(SHRUNK, namespace, message)


def _tags(source: Source, snapshot: Snapshot) -> Iterator[SeenFault]:
    rules = ClassificationRule.objects.filter(matches__in=KNOWN).values_list("matches", "pattern").distinct()
    now = {
        "tag": {tag for asset in snapshot.assets for tag in asset.tags},
        "term": {term for asset in snapshot.assets for term in asset.terms},
    }
    for kind, pattern in [rule for rule in rules if not _any(rule[1], now[rule[0]])]:
        gone = sorted(text for text in _known(kind, source) if matches(pattern, text))
        if gone:
            message = f"The {WORDS[kind]} “{gone[0]}”, which a rule rests on, is on nothing any more. Was it renamed?"
            yield SeenFault(f"{kind}.gone", pattern, message)


def _known(kind: str, source: Source) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(KNOWN[kind], [source.pk])
        return [text for (text,) in cursor.fetchall()]


def _any(pattern: str, texts: Iterable[str]) -> bool:
    return any(matches(pattern, text) for text in texts)
