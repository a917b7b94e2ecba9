"""Working out labels and observations anew, from the graph and from what people said of it."""

import hashlib
import json
from collections.abc import Callable, Sequence
from datetime import datetime

from django.db import connection, transaction
from django.forms.models import model_to_dict

from transparency.catalog import turns
from transparency.catalog.classify import describable, labels
from transparency.catalog.lineage import load
from transparency.catalog.models import Barrier, Binding, ClassificationRule, Label, Observation, Recomputation, Source
from transparency.catalog.observe import Seen, observe

Names = set[tuple[str, str, str]]


@transaction.atomic
def recompute(*, at: datetime) -> int:
    """Bring labels and observations to what graph, rules, bindings and barriers give at ``at``.

    Returns how many stand. Where nothing that they follow from has changed, nothing is worked out; what is as it was is
    not written again.
    """
    turns.recomputing()
    rules, bindings = list(ClassificationRule.objects.all()), list(Binding.objects.order_by("pk"))
    barriers = list(Barrier.objects.filter(approved_at__lte=at, expires_at__gt=at).order_by("pk"))
    inputs = _digest(at, rules, bindings, barriers)
    if Recomputation.objects.filter(pk=1, inputs=inputs).exists():
        return Observation.objects.filter(seen=True).count()
    count = _work_out(at, rules, bindings, barriers)
    Recomputation.objects.update_or_create(pk=1, defaults={"inputs": inputs})
    return count


def _digest(
    at: datetime, rules: Sequence[ClassificationRule], bindings: Sequence[Binding], barriers: Sequence[Barrier]
) -> str:
    """Of everything that labels and observations follow from: time counts only as far as it changes what counts."""
    sources = Source.objects.order_by("pk").values_list("pk", "version", "last_good_at", "horizon_days")
    read = [(pk, version, min(good or at, at), days) for pk, version, good, days in sources]
    said = [model_to_dict(one) for one in (*rules, *bindings, *barriers)]
    return hashlib.sha256(json.dumps([read, said], default=str).encode()).hexdigest()


def _work_out(
    at: datetime, rules: Sequence[ClassificationRule], bindings: Sequence[Binding], barriers: Sequence[Barrier]
) -> int:
    found = labels(rules, describable())
    _relabel(found)
    lineage = load()
    holding = [(key, category) for key, category, _ in found]
    seen = observe(at, lineage, holding, bindings, barriers)
    _store(seen, at)

    def again(held: Sequence[Barrier], forgetful: bool) -> Names:
        return {one.id for one in observe(at, lineage, holding, bindings, held, forgetful=forgetful)}

    _end_the_rest(seen, lambda: again(barriers, forgetful=False), lambda: again([], forgetful=True))
    return len(seen)


def _relabel(found: list[tuple[str, str, int]]) -> None:
    """Bring the labels to what was found, touching only those that differ."""
    standing = {row[1:]: row[0] for row in Label.objects.values_list("pk", "key", "category", "rule_id")}
    wanted = set(found)
    gone = [pk for row, pk in standing.items() if row not in wanted]
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM catalog_label WHERE id = ANY(%s)", [gone])
        with cursor.copy("COPY catalog_label (key, category, rule_id) FROM STDIN") as copy:
            for row in sorted(wanted - standing.keys()):
                copy.write_row(row)


def _store(seen: list[Seen], at: datetime) -> None:
    stored = {(o.category, o.feature, o.stage): o for o in Observation.objects.filter(seen=True)}
    rows = [_row(one, at) for one in seen]
    changed = [row for row in rows if not _same(row, stored.get((row.category, row.feature, row.stage)))]
    Observation.objects.bulk_create(
        changed,
        batch_size=2_000,
        update_conflicts=True,
        unique_fields=("category", "feature", "stage"),
        update_fields=("seen", "by_column", "last_seen", "checked_at", "ended_because", "path"),
    )


def _row(one: Seen, at: datetime) -> Observation:
    return Observation(
        category=one.category,
        feature=one.feature,
        stage=one.stage,
        by_column=one.by_column,
        first_seen=at,
        last_seen=one.last_seen,
        checked_at=one.checked_at or at,
        path=one.path,
    )


def _same(row: Observation, stored: Observation | None) -> bool:
    names = ("by_column", "last_seen", "checked_at", "path")
    return stored is not None and all(getattr(row, name) == getattr(stored, name) for name in names)


def _end_the_rest(seen: list[Seen], unforgotten: Callable[[], Names], unstopped: Callable[[], Names]) -> None:
    """Mark what is no longer seen, with the reason: asked only when something ended."""
    now = {one.id for one in seen}
    ended = [o for o in Observation.objects.filter(seen=True) if (o.category, o.feature, o.stage) not in now]
    if not ended:
        return
    if_remembered, if_open = unforgotten(), unstopped()
    for observation in ended:
        name = (observation.category, observation.feature, observation.stage)
        observation.seen = False
        observation.ended_because = _why(name in if_remembered, name in if_open)
    Observation.objects.bulk_update(ended, ("seen", "ended_because"), batch_size=2_000)


def _why(unforgotten: bool, unstopped: bool) -> str:
    if unforgotten:
        return "A flow on the way was not seen for longer than the source's horizon."
    if unstopped:
        return "A barrier stops it on the way."
    return "The catalog no longer shows a way from this data to the feature."
