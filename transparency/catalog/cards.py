"""Everything about one asset, by whichever of its names it is asked for, and why these names are one."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from transparency.catalog.keys import dataset_of
from transparency.catalog.models import Alias, Apart, Asset, Barrier, Binding, Flow, Label, NameRule
from transparency.catalog.names import all_names, folding

NEIGHBOURS = 100
NAMES = 50


@dataclass(frozen=True)
class JoinedName:
    """A statement, of a source or of a rule, by which one name is another; and what keeps the two apart, if anything.

    The two are keys of datasets, jobs, models or features.
    """

    key: str
    canonical_key: str
    why: str
    told_by: str
    at: datetime
    apart: Apart | None


@dataclass(frozen=True)
class AssetCard:
    """What is known of one asset: by each source, by rules and people, and which flows lead there and away.

    What people said counts whichever of its names they said it of. Of flows and columns there is one more than
    ``NEIGHBOURS`` where there are more than a page shows.
    """

    key: str
    known: list[Asset]
    labels: list[Label]
    bindings: list[Binding]
    barriers: list[Barrier]
    into: list[Flow]
    out: list[Flow]
    columns: list[Asset]
    names: list[JoinedName]


def asset_card(key: str) -> AssetCard | None:
    """Everything about one asset, at most one flow a side more than ``NEIGHBOURS``; ``None`` where no source knows it.

    Asked for by a name that only a rule makes, it is told by one that a source knows.
    """
    names = all_names([key])
    known = list(Asset.objects.filter(key=key).select_related("source"))
    if not known:
        known = list(Asset.objects.filter(key__in=names).select_related("source").order_by("key"))
        known = [one for one in known if one.key == known[0].key]
    if not known:
        return None
    flows = Flow.objects.select_related("upstream", "downstream", "job", "source").order_by("-last_seen", "pk")
    one = known[0]
    columns = Asset.objects.filter(kind="column", source=one.source_id, namespace=one.namespace, name=one.name)
    return AssetCard(
        key=one.key,
        known=known,
        labels=list(Label.objects.filter(key__in=names).select_related("rule")),
        bindings=list(Binding.objects.filter(key__in=names)),
        barriers=list(Barrier.objects.filter(key__in=names).select_related("approver")),
        into=list(flows.filter(downstream__key=one.key)[: NEIGHBOURS + 1]),
        out=list(flows.filter(upstream__key=one.key)[: NEIGHBOURS + 1]),
        names=joined_names(one.key),
        columns=list(columns.order_by("field")[: NEIGHBOURS + 1]) if one.kind == Asset.Kind.DATASET else [],
    )


def joined_names(key: str) -> list[JoinedName]:
    """Each statement by which the thing of that key has another name, oldest first; of a column those of its table.

    Those as well that people keep apart: they say so.
    """
    apart = {frozenset((one.key, one.other)): one for one in Apart.objects.select_related("author", "agreed_by")}
    told, names = _told(dataset_of(key))
    ruled = _ruled(names)
    found = [
        JoinedName(one.key, one.canonical_key, one.get_reason_display(), one.source.name, one.as_of, None)
        for one in told
    ]
    both = sorted([*found, *ruled], key=lambda one: (one.at, one.key))[:NAMES]
    return [_with(one, apart.get(frozenset((one.key, one.canonical_key)))) for one in both]


def _with(one: JoinedName, apart: Apart | None) -> JoinedName:
    return JoinedName(one.key, one.canonical_key, one.why, one.told_by, one.at, apart)


def _told(key: str) -> tuple[list[Alias], set[str]]:
    """What sources told of that name and of all names that it leads to, and these names."""
    found: dict[int, Alias] = {}
    names, asked = all_names([key], apart=False), set[str]()
    while (new := names - asked) and len(found) < NAMES:
        asked |= new
        told = Alias.objects.filter(Q(key__in=new) | Q(canonical_key__in=new)).select_related("source")[:NAMES]
        found |= {one.pk: one for one in told}
        names |= {name for one in found.values() for name in (one.key, one.canonical_key)}
    return sorted(found.values(), key=lambda one: (one.as_of, one.pk)), names


def _ruled(names: set[str]) -> Iterator[JoinedName]:
    """What rules make of those names, where that joins them to another."""
    rules = list(NameRule.objects.select_related("author"))
    fold = folding(rules).key
    for name in sorted(names):
        if (folded := fold(name)) != name and any(fold(one) == folded for one in names - {name}):
            by = next((rule for rule in rules if folding([rule]).key(name) != name), rules[0])
            yield JoinedName(name, folded, str(by), by.author.name, by.created_at, None)
