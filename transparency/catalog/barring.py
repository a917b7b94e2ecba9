"""Steps that mask or aggregate, at which somebody may want a barrier; and what would stop if one stood there."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise, product
from typing import Any

from transparency.catalog import foreseeing, region
from transparency.catalog.foreseeing import Use
from transparency.catalog.keys import dataset_of
from transparency.catalog.lineage import load
from transparency.catalog.models import Barrier, Binding, Label, Observation
from transparency.catalog.observe import observe

WIDEST = 60_000  # assets upstream beyond which nobody waits for the page
KINDS = ("masked", "aggregated")


@dataclass(frozen=True)
class Barring:
    """A step on the way of something observed; ``kind`` says what it does. ``uses`` are ids of those it is seen in.

    ``key`` is what the flow stands at: the table, where that alone is known to flow on, though a column of it was
    reached. A barrier that named the column would stop nothing.
    """

    key: str
    downstream_key: str
    kind: str
    job: str
    uses: tuple[str, ...]


def proposals() -> list[Barring]:
    """Every such step at which no barrier stands or waits. It is copied data alone that a barrier need stop."""
    known = set(Barrier.objects.values_list("key", "downstream_key"))
    found: dict[tuple[str, str, str], tuple[str, list[str]]] = {}
    for one in Observation.objects.filter(seen=True, direct=True).order_by("category", "feature", "stage"):
        for start, end, kind in _steps(one.path):
            if not known & _standing_at(start, end):
                found.setdefault((start, end, kind["kind"]), (kind["job"], []))[1].append(one.use)
    return [Barring(*name, job, tuple(dict.fromkeys(uses))) for name, (job, uses) in sorted(found.items())]


def _steps(path: list[Mapping[str, Any]]) -> Iterator[tuple[str, str, dict[str, str]]]:
    for start, end in pairwise(path):
        kind = next((name for name in KINDS if end.get(name)), "")
        if kind:
            yield _upstream(start["key"], end), end["key"], {"kind": kind, "job": end.get("job_name", "")}


def _upstream(before: str, step: Mapping[str, Any]) -> str:
    """What a barrier on the flow to ``step`` is named by, where ``before`` is the step before: that or its table.

    Of what came to a table as a whole any column may flow on, so there it stays the table.
    """
    flows_from: str = step.get("upstream", before)
    return flows_from if flows_from == dataset_of(before) else before


def _standing_at(start: str, end: str) -> set[tuple[str, str]]:
    """How a barrier may be named that stops this step; one for a table holds for its columns."""
    starts, ends = {start, dataset_of(start)}, {end, dataset_of(end)}
    return {*product(starts, ends), *((one, "") for one in starts | ends)}


def would_stop(key: str, downstream_key: str, kind: str, at: datetime) -> list[str] | None:
    """Ids of the uses that would be seen no more if such a barrier counted; ``None`` where that is too much to ask."""
    concerned = [
        one
        for one in Observation.objects.filter(seen=True, direct=True)
        if any((start, end) == (key, downstream_key) for start, end, _ in _steps(one.path))
    ]
    features = {(one.feature, one.stage) for one in concerned}
    bindings = [one for one in Binding.objects.all() if (one.feature, one.stage) in features]
    try:
        rows = region.upstream([one.key for one in bindings], WIDEST)
    except region.TooWide:
        return None
    lineage = load(rows)
    held = list(Label.objects.filter(key__in=lineage.names).order_by("key").values_list("key", "category"))
    standing = list(Barrier.objects.filter(approved_at__lte=at, expires_at__gt=at))
    only = {"only_masked": kind == "masked", "only_aggregated": kind == "aggregated"}
    more = [*standing, Barrier(key=key, downstream_key=downstream_key, **only)]
    before, after = (
        {"/".join(one.id[:3]) for one in observe(at, lineage, held, bindings, barriers) if one.direct}
        for barriers in (standing, more)
    )
    return sorted(before - after)


def stopped_by(barrier: Barrier, at: datetime) -> list[Use] | None:
    """The uses that would be seen at ``at`` without this barrier, and not with it, whether it counts yet or not.

    ``None`` where so much lies around it that nobody would wait for the answer.
    """
    stands = foreseeing.said(at)
    others = [one for one in stands.barriers if one.pk != barrier.pk]
    without, held = replace(stands, barriers=others), replace(stands, barriers=[*others, barrier])
    return foreseeing.foresee(held, without, at).come
