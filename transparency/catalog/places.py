"""The places that the catalog names, and which rules are about them."""

from dataclasses import dataclass

from django.db import connection
from django.db.models import Q

from transparency.catalog.folding import Folding
from transparency.catalog.globs import matches
from transparency.catalog.models import NameRule, Source

ON_A_PAGE = 100
COUNTED = """
SELECT a.namespace, array_agg(DISTINCT s.id), array_agg(DISTINCT s.name), count(DISTINCT a.key)
FROM catalog_asset a JOIN catalog_source s ON s.id = a.source_id
WHERE a.kind <> 'column' AND position(lower(%s) IN lower(a.namespace)) > 0
GROUP BY a.namespace ORDER BY 4 DESC, 1 LIMIT %s
"""


@dataclass(frozen=True)
class Named:
    """A namespace: the sources that tell of it, how many datasets, jobs, models and features, the rules about it."""

    namespace: str
    sources: list[str]
    count: int
    rules: list[NameRule]


def places(search: str = "") -> list[Named]:
    """Those with most in them, whose name holds ``search``, in any case."""
    rules = list(NameRule.objects.select_related("source"))
    with connection.cursor() as cursor:
        cursor.execute(COUNTED, [search, ON_A_PAGE])
        found = cursor.fetchall()
    return [
        Named(namespace, names, count, [rule for rule in rules if _is_about(rule, namespace, sources)])
        for namespace, sources, names, count in found
    ]


def left_out_of(source: Source) -> list[NameRule]:
    """The rules by which something that this source tells of does not count."""
    told = Q(source=source) | Q(source=None)
    return list(NameRule.objects.filter(told, kind=NameRule.Kind.LEFT_OUT).select_related("author"))


def _is_about(rule: NameRule, namespace: str, sources: list[int]) -> bool:
    if rule.kind == NameRule.Kind.PLACE:
        return Folding((), [(rule.namespace, rule.same_as)]).text(f"{namespace}/") != f"{namespace}/"
    return matches(rule.namespace, namespace) and rule.source_id in (None, *sources)
