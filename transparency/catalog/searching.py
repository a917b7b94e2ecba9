"""Assets by a part of their name, whichever sources know them, and where data flows from one."""

from dataclasses import dataclass
from functools import reduce
from operator import or_

from django.db.models import Q

from transparency.catalog.keys import dataset_of
from transparency.catalog.models import Asset, Flow
from transparency.catalog.names import all_names


@dataclass(frozen=True)
class FoundAsset:
    """One asset, whichever sources know it; ``kind`` in words."""

    key: str
    kind: str
    told_by: list[str]


def assets(search: str, most: int) -> list[FoundAsset]:
    """The first ``most`` assets whose key contains ``search``, any case: tables and the like first, then columns."""
    keys = keys_with(search, most, columns=False)
    if len(keys) < most:
        found = Asset.objects.filter(kind=Asset.Kind.COLUMN, key__icontains=search).order_by("key")
        keys += found.values_list("key", flat=True).distinct()[: most - len(keys)]
    told: dict[str, FoundAsset] = {}
    for one in Asset.objects.filter(key__in=keys).select_related("source").order_by("source__name"):
        told.setdefault(one.key, FoundAsset(one.key, one.get_kind_display(), [])).told_by.append(one.source.name)
    return [told[key] for key in keys if key in told]


def keys_with(search: str, most: int, *, columns: bool = True) -> list[str]:
    """The first ``most`` keys that contain ``search``, any case, each once whichever sources know it: a list."""
    found = Asset.objects.filter(key__icontains=search).order_by("key")
    found = found if columns else found.exclude(kind=Asset.Kind.COLUMN)
    return list(found.values_list("key", flat=True).distinct()[:most])


def is_known(key: str) -> bool:
    """Whether a source knows an asset by this key, or by another name of the same."""
    return bool(key) and Asset.objects.filter(key__in=all_names([key])).exists()


def leads_to(key: str, most: int) -> list[str]:
    """Keys of the assets to which data was seen to flow from that one, at most ``most``: a list.

    From a dataset, also the datasets to which data flows from its columns: a barrier between the two holds for these.
    """
    there = Asset.objects.filter(key__in=all_names([key])) if key else Asset.objects.none()
    if key.startswith("dataset:"):
        places = [Q(namespace=space, name=name) for space, name in there.values_list("namespace", "name")]
        there = Asset.objects.filter(reduce(or_, places)) if places else there
    ends = Flow.objects.filter(upstream__in=there).order_by("downstream__key").values_list("downstream__key", flat=True)
    named = dataset_of if key.startswith("dataset:") else str
    return list(dict.fromkeys(named(end) for end in ends.distinct()[: 10 * most]))[:most]
