"""Labelling assets by rules: which hold which data category.

Rules are tried in order and the first that matches an asset labels it. A label on a dataset is a statement about all of
its columns, so it reaches them too (see ``lineage``): better to ask about too much than to hide something.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from transparency.catalog.globs import compiled
from transparency.catalog.models import Asset, ClassificationRule, Label

Matches = ClassificationRule.Matches


@dataclass(frozen=True)
class Describable:
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


def fits(rule: Rule, asset: Describable) -> bool:
    """Whether the rule's pattern matches the part of the asset that the rule is about."""
    return any(compiled(rule.pattern).fullmatch(text) for text in _looked_at(rule.matches, asset))


def _looked_at(matches: str, asset: Describable) -> Sequence[str]:
    if matches == Matches.TAG:
        return asset.tags
    if matches == Matches.TERM:
        return asset.terms
    if matches == Matches.COLUMN:
        return (asset.field,) if asset.kind == Asset.Kind.COLUMN else ()
    if asset.kind != Asset.Kind.DATASET:
        return ()
    return (asset.name,) if matches == Matches.DATASET else (asset.namespace,)


def labels(rules: Sequence[ClassificationRule], assets: Iterable[Describable]) -> list[Label]:
    """The label of each asset that some rule matches."""
    found = ((asset, next((rule for rule in rules if fits(rule, asset)), None)) for asset in assets)
    return [Label(key=asset.key, category=rule.category, rule=rule) for asset, rule in found if rule]


def describable() -> list[Describable]:
    """Every dataset and column, once, with the tags and terms of all the sources that know it."""
    rows = Asset.objects.filter(kind__in=("dataset", "column")).values_list(
        "key", "kind", "namespace", "name", "field", "tags", "terms"
    )
    tags: dict[str, set[str]] = defaultdict(set)
    terms: dict[str, set[str]] = defaultdict(set)
    names: dict[str, tuple[str, str, str, str]] = {}
    for key, kind, namespace, name, field, row_tags, row_terms in rows.iterator(chunk_size=10_000):
        names[key] = (kind, namespace, name, field)
        tags[key].update(map(str, row_tags))
        terms[key].update(map(str, row_terms))
    return [Describable(key, *names[key], tuple(sorted(tags[key])), tuple(sorted(terms[key]))) for key in names]
