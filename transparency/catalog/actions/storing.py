"""Storing labels, observations and what they follow from: only what differs from what stands is written."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime

import msgspec
from django.db import connection
from django.db.models import Q

from transparency.catalog.arrived import AtPlace
from transparency.catalog.checking import last_checked
from transparency.catalog.models import Label, Observation
from transparency.catalog.observe import Seen

Names = set[tuple[str, str, str, bool]]
ONLY_LOOKED_AT = "It is only looked at now: to filter, join or sort."
ARRIVED = "SELECT place, keys::text, carried, looked FROM catalog_arrived"


def standing(features: Collection[tuple[str, str]] | None) -> list[Observation]:
    """What is seen so far of ``features``, each with its stage; of all where there are none given."""
    found = Observation.objects.filter(seen=True)
    if features is None:
        return list(found)
    slugs = Q(feature__in={feature for feature, _ in features})
    return [one for one in found.filter(slugs) if (one.feature, one.stage) in features]


def relabel(found: list[tuple[str, str, int]], keys: Sequence[str] | None = None) -> bool:
    """Bring the labels, or those of ``keys``, to what was found, touching only those that differ. Whether any did."""
    there = Label.objects.all() if keys is None else Label.objects.filter(key__in=keys)
    standing = {row[1:]: row[0] for row in there.values_list("pk", "key", "category", "rule_id")}
    wanted = set(found)
    if wanted == standing.keys():
        return False
    gone = [pk for row, pk in standing.items() if row not in wanted]
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM catalog_label WHERE id = ANY(%s)", [gone])
        with cursor.copy("COPY catalog_label (key, category, rule_id) FROM STDIN") as copy:
            for row in sorted(wanted - standing.keys()):
                copy.write_row(row)
    return True


def store(seen: list[Seen], standing: list[Observation], at: datetime) -> None:
    stored = {_name(one): one for one in standing}
    rows = [_row(one, at) for one in seen]
    changed = [row for row in rows if not _same(row, stored.get(_name(row)))]
    Observation.objects.bulk_create(
        changed,
        batch_size=2_000,
        update_conflicts=True,
        unique_fields=("category", "feature", "stage", "direct"),
        update_fields=("seen", "by_column", "last_seen", "checked_at", "ended_because", "sources", "path", "places"),
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
        places=one.places,
    )


def _same(row: Observation, stored: Observation | None) -> bool:
    names = ("by_column", "last_seen", "sources", "path", "places")
    return stored is not None and all(getattr(row, name) == getattr(stored, name) for name in names)


def end_the_rest(
    seen: list[Seen], standing: list[Observation], unforgotten: Callable[[], Names], unstopped: Callable[[], Names]
) -> None:
    """Mark what is no longer seen, with the reason: asked only when something ended."""
    now = {one.id for one in seen}
    ended = [one for one in standing if _name(one) not in now]
    if not ended:
        return
    if_remembered, if_open, checked = unforgotten(), unstopped(), last_checked()
    for observation in ended:
        *use, direct = name = _name(observation)
        observation.seen, observation.checked_at = False, checked(observation)
        why = _why(name in if_remembered, name in if_open)
        if (*use, not direct) in now:
            why = f"{why} {ONLY_LOOKED_AT}" if direct else "It is copied now."
        observation.ended_because = why
    Observation.objects.bulk_update(ended, ("seen", "checked_at", "ended_because"), batch_size=2_000)


def _why(unforgotten: bool, unstopped: bool) -> str:
    if unforgotten:
        return "A flow on the way was not seen for longer than the source's horizon."
    if unstopped:
        return "A barrier stops it on the way."
    return "The catalog no longer shows a way from this data to the feature."


def arrived(places: Collection[str] | None = None) -> dict[str, AtPlace]:
    """What was kept of those places, or of all."""
    with connection.cursor() as cursor:
        if places is None:
            cursor.execute(ARRIVED)
        else:
            cursor.execute(f"{ARRIVED} WHERE place = ANY(%s)", [sorted(places)])
        return {place: AtPlace(tuple(msgspec.json.decode(keys)), *rows) for place, keys, *rows in cursor.fetchall()}


def keep(now: Mapping[str, AtPlace], before: Mapping[str, AtPlace]) -> None:
    """Keep what arrives now where so far ``before`` was kept."""
    changed = sorted(place for place, one in now.items() if before.get(place) != one)
    gone = [place for place in before if before[place] != now.get(place)]
    if not changed and not gone:
        return
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM catalog_arrived WHERE place = ANY(%s)", [gone])
        with cursor.copy("COPY catalog_arrived (place, keys, carried, looked) FROM STDIN") as copy:
            for place in changed:
                keys, carried, looked = now[place]
                copy.write_row((place, msgspec.json.encode(keys).decode(), carried, looked))
