"""Tags and terms that rules rest on and that a source no longer knows at all: more often renamed than given up."""

from collections.abc import Iterable, Iterator

from django.db import connection

from transparency.catalog.connectors.base import SeenFault, Snapshot
from transparency.catalog.globs import matches
from transparency.catalog.models import ClassificationRule, Source

FROM = "FROM catalog_asset WHERE source_id = %s AND"
KNOWN = {
    "tag": f"SELECT DISTINCT jsonb_array_elements_text(tags) {FROM} tags <> '[]'",
    "term": f"SELECT DISTINCT jsonb_array_elements_text(terms) {FROM} terms <> '[]'",
}
WORDS = {"tag": "tag", "term": "glossary term"}


def vanished(source: Source, snapshot: Snapshot) -> Iterator[SeenFault]:
    """For each rule that something of this source matched until now, and nothing does any more: a doubt.

    What may have been cut short, or tells of changes only, proves nothing by what it does not name.
    """
    if not snapshot.complete or snapshot.leaves_known:
        return
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
