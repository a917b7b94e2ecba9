"""Working out labels and observations anew, from the graph and from what people said of it.

Everything, or only what merges have touched since: then what lies downstream of it is looked for, and every feature
that is met there is worked out from all that is upstream of it. Nothing else can have changed.
"""

import hashlib
import json
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import Q
from django.forms.models import model_to_dict

from transparency.catalog import region, turns
from transparency.catalog.classify import describable, labels
from transparency.catalog.lineage import Lineage, load
from transparency.catalog.models import (
    Apart,
    Barrier,
    Binding,
    ClassificationRule,
    Label,
    NameRule,
    Observation,
    Recomputation,
    Source,
)
from transparency.catalog.names import folding
from transparency.catalog.observe import Seen, checked, observe

Names = set[tuple[str, str, str, bool]]
TOUCHED, CONCERNED = 500, 60_000  # keys and assets beyond which working out everything is as quick
TAKE = "DELETE FROM catalog_touched RETURNING key"
# A flow that no longer counts, or counts again, because the horizon moved over the day on which it was last seen.
AGED = """
SELECT DISTINCT a.key FROM catalog_flow f JOIN catalog_asset a ON a.id = f.downstream_id
WHERE f.source_id = %s AND f.last_seen >= %s AND f.last_seen < %s LIMIT %s
"""
HELD = """
SELECT key, category FROM catalog_label WHERE key IN (SELECT key FROM catalog_asset WHERE id = ANY(%s))
ORDER BY key COLLATE "C"
"""
ONLY_LOOKED_AT = "It is only looked at now: to filter, join or sort."


@dataclass(frozen=True)
class Said:
    """What people say of the graph, as far as it counts at ``at``."""

    at: datetime
    rules: list[ClassificationRule]
    bindings: list[Binding]
    barriers: list[Barrier]
    sources: list[Source]
    names: list[NameRule]
    apart: list[Apart]

    @property
    def digest(self) -> str:
        said = [model_to_dict(one) for one in (*self.rules, *self.bindings, *self.barriers, *self.names, *self.apart)]
        return _digest([said, [(source.pk, source.horizon_days) for source in self.sources]])

    @property
    def inputs(self) -> str:
        """Of everything that follows from it: time counts only as far as it changes what counts."""
        return _digest(
            [self.digest, [(s.pk, s.version, min(s.last_good_at or self.at, self.at)) for s in self.sources]]
        )

    @property
    def horizons(self) -> dict[str, str]:
        """For each source the moment before which a flow was last seen too long ago."""
        oldest = {s: min(s.last_good_at or self.at, self.at) - timedelta(days=s.horizon_days) for s in self.sources}
        return {str(source.pk): moment.isoformat() for source, moment in oldest.items()}


@transaction.atomic
def recompute(*, at: datetime, whole: bool = False) -> int:
    """Bring labels and observations to what graph, rules, bindings and barriers give at ``at``.

    Returns how many stand. Where nothing that they follow from has changed, nothing is worked out; where little has, no
    more than what may follow from it, unless ``whole`` is asked for. What is as it was is not written again.
    """
    turns.recomputing()
    said = Said(
        at,
        list(ClassificationRule.objects.all()),
        list(Binding.objects.order_by("pk")),
        list(Barrier.objects.filter(approved_at__lte=at, expires_at__gt=at).order_by("pk")),
        list(Source.objects.order_by("pk")),
        list(NameRule.objects.order_by("pk")),
        list(Apart.objects.order_by("pk")),
    )
    before = Recomputation.objects.filter(pk=1).first()
    if whole or before is None or before.inputs != said.inputs:
        touched = _touched(said, before)
        if whole or touched is None or not _catch_up(said, touched):
            _work_out(said)
        told = {"inputs": said.inputs, "said": said.digest, "horizons": said.horizons}
        Recomputation.objects.update_or_create(pk=1, defaults=told)
    return Observation.objects.filter(seen=True).count()


def _digest(value: object) -> str:
    return hashlib.sha256(json.dumps(value, default=str).encode()).hexdigest()


def _touched(said: Said, before: Recomputation | None) -> list[str] | None:
    """Keys of the assets from which anything may have changed; ``None`` where that may be anywhere."""
    with connection.cursor() as cursor:
        cursor.execute(TAKE)
        keys = {key for (key,) in cursor.fetchall()}
        if before is None or before.said != said.digest or before.horizons.keys() != said.horizons.keys():
            return None
        for source, now in said.horizons.items():
            first, last = sorted((datetime.fromisoformat(before.horizons[source]), datetime.fromisoformat(now)))
            if first < last:
                cursor.execute(AGED, [int(source), first, last, TOUCHED + 1])
                keys |= {key for (key,) in cursor.fetchall()}
    return sorted(keys) if "" not in keys and len(keys) <= TOUCHED else None


def _catch_up(said: Said, touched: Sequence[str]) -> bool:
    """Work out no more than what may follow from the touched assets. Whether that was possible."""
    try:
        met = region.places_downstream(touched, CONCERNED) if touched else set()
        rules = folding(said.names)
        features = {(b.feature, b.stage) for b in said.bindings if rules.text(region.place_of(b.key)) in met}
        bindings = [one for one in said.bindings if (one.feature, one.stage) in features]
        rows = region.upstream([one.key for one in bindings], CONCERNED) if bindings else []
    except region.TooWide:
        return False
    _relabel(labels(said.rules, describable(touched)), touched)
    if bindings:
        with connection.cursor() as cursor:
            cursor.execute(HELD, [rows])
            held = cursor.fetchall()
        _observe(said, load(rows), held, bindings, features)
    _check_again(said)
    return True


def _work_out(said: Said) -> None:
    found = labels(said.rules, describable())
    _relabel(found)
    _observe(said, load(), [(key, category) for key, category, _ in found], said.bindings)


def _observe(
    said: Said,
    lineage: Lineage,
    held: Sequence[tuple[str, str]],
    bindings: Sequence[Binding],
    features: Collection[tuple[str, str]] | None = None,
) -> None:
    """Bring the observations of ``features``, or all, to what the graph shows."""

    def again(barriers: Sequence[Barrier], forgetful: bool) -> Names:
        return {one.id for one in observe(said.at, lineage, held, bindings, barriers, forgetful=forgetful)}

    seen = observe(said.at, lineage, held, bindings, said.barriers)
    standing = _standing(features)
    _store(seen, standing, said.at)
    _end_the_rest(seen, standing, lambda: again(said.barriers, forgetful=False), lambda: again([], forgetful=True))


def _standing(features: Collection[tuple[str, str]] | None) -> list[Observation]:
    """What is seen so far of ``features``, each with its stage; of all where there are none given."""
    found = Observation.objects.filter(seen=True)
    if features is None:
        return list(found)
    slugs = Q(feature__in={feature for feature, _ in features})
    return [one for one in found.filter(slugs) if (one.feature, one.stage) in features]


def _check_again(said: Said) -> None:
    """That a source was read again is news of everything that it told of, though nothing else has changed."""
    good = {source.pk: source.last_good_at for source in said.sources}
    seen = Observation.objects.filter(seen=True)
    # Few sets of sources tell of many observations, at the same moments.
    for sources, moment in seen.values_list("sources", "checked_at").distinct():
        now = checked(sources, good) or said.at
        if now != moment:
            seen.filter(sources=sources, checked_at=moment).update(checked_at=now)
    # What is bound itself holds the data: no flow is needed, so it is seen whenever somebody looks.
    seen.filter(sources=[]).exclude(last_seen=said.at).update(last_seen=said.at)


def _relabel(found: list[tuple[str, str, int]], keys: Sequence[str] | None = None) -> None:
    """Bring the labels, or those of ``keys``, to what was found, touching only those that differ."""
    there = Label.objects.all() if keys is None else Label.objects.filter(key__in=keys)
    standing = {row[1:]: row[0] for row in there.values_list("pk", "key", "category", "rule_id")}
    wanted = set(found)
    gone = [pk for row, pk in standing.items() if row not in wanted]
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM catalog_label WHERE id = ANY(%s)", [gone])
        with cursor.copy("COPY catalog_label (key, category, rule_id) FROM STDIN") as copy:
            for row in sorted(wanted - standing.keys()):
                copy.write_row(row)


def _store(seen: list[Seen], standing: list[Observation], at: datetime) -> None:
    stored = {_name(one): one for one in standing}
    rows = [_row(one, at) for one in seen]
    changed = [row for row in rows if not _same(row, stored.get(_name(row)))]
    Observation.objects.bulk_create(
        changed,
        batch_size=2_000,
        update_conflicts=True,
        unique_fields=("category", "feature", "stage", "direct"),
        update_fields=("seen", "by_column", "last_seen", "checked_at", "ended_because", "sources", "path"),
    )


def _name(one: Observation) -> tuple[str, str, str, bool]:
    return one.category, one.feature, one.stage, one.direct


def _row(one: Seen, at: datetime) -> Observation:
    return Observation(
        category=one.category,
        feature=one.feature,
        stage=one.stage,
        direct=one.direct,
        by_column=one.by_column,
        first_seen=at,
        last_seen=one.last_seen,
        checked_at=one.checked_at or at,
        sources=one.sources,
        path=one.path,
    )


def _same(row: Observation, stored: Observation | None) -> bool:
    names = ("by_column", "last_seen", "checked_at", "sources", "path")
    return stored is not None and all(getattr(row, name) == getattr(stored, name) for name in names)


def _end_the_rest(
    seen: list[Seen], standing: list[Observation], unforgotten: Callable[[], Names], unstopped: Callable[[], Names]
) -> None:
    """Mark what is no longer seen, with the reason: asked only when something ended."""
    now = {one.id for one in seen}
    ended = [one for one in standing if _name(one) not in now]
    if not ended:
        return
    if_remembered, if_open = unforgotten(), unstopped()
    for observation in ended:
        *use, direct = name = _name(observation)
        observation.seen = False
        why = _why(name in if_remembered, name in if_open)
        if (*use, not direct) in now:
            why = f"{why} {ONLY_LOOKED_AT}" if direct else "It is copied now."
        observation.ended_because = why
    Observation.objects.bulk_update(ended, ("seen", "ended_because"), batch_size=2_000)


def _why(unforgotten: bool, unstopped: bool) -> str:
    if unforgotten:
        return "A flow on the way was not seen for longer than the source's horizon."
    if unstopped:
        return "A barrier stops it on the way."
    return "The catalog no longer shows a way from this data to the feature."
