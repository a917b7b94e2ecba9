"""Working out labels and observations anew, from the graph and from what people said of it."""

from datetime import datetime

from django.db import connection, transaction

from transparency.catalog.classify import describable, labels
from transparency.catalog.models import Barrier, Binding, ClassificationRule, Label, Observation, Source
from transparency.catalog.observe import Seen, observe

# Any number, as long as it is always the same: two recomputations never run at once.
LOCK = 731_001


@transaction.atomic
def recompute(*, at: datetime) -> int:
    """Bring labels and observations to what graph, rules, bindings and barriers give at ``at``.

    Returns how many observations were found. Running it twice changes nothing but ``checked_at``, which is the end of
    the last good refresh of the sources: recomputing old knowledge does not make it younger.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
    assets = describable()
    found = labels(list(ClassificationRule.objects.all()), assets)
    Label.objects.all().delete()
    Label.objects.bulk_create(found, batch_size=5_000)
    known = [asset.key for asset in assets]
    bindings, barriers = list(Binding.objects.all()), list(_standing_barriers(at))
    seen = observe(at, known, found, bindings, barriers)
    _store(seen, at)
    _end_the_rest(seen, at, lambda **how: observe(at, known, found, bindings, **how), barriers)
    return len(seen)


def _standing_barriers(at: datetime):  # type: ignore[no-untyped-def]  # a queryset; its stub needs the model twice
    return Barrier.objects.filter(approved_at__lte=at, expires_at__gt=at)


def _store(seen: list[Seen], at: datetime) -> None:
    checked_at = Source.objects.filter(enabled=True).order_by("-last_good_at").values_list("last_good_at", flat=True)
    rows = [
        Observation(
            category=one.category,
            feature=one.feature,
            stage=one.stage,
            by_column=one.by_column,
            first_seen=at,
            last_seen=one.last_seen,
            checked_at=next((moment for moment in checked_at if moment), at),
            path=one.path,
        )
        for one in seen
    ]
    Observation.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=("category", "feature", "stage"),
        update_fields=("seen", "by_column", "last_seen", "checked_at", "ended_because", "path"),
    )


def _end_the_rest(seen: list[Seen], at: datetime, again, barriers: list[Barrier]) -> None:  # type: ignore[no-untyped-def]
    """Mark what is no longer seen, with the reason: asked only when something ended."""
    now = {one.id for one in seen}
    ended = [o for o in Observation.objects.filter(seen=True) if (o.category, o.feature, o.stage) not in now]
    if not ended:
        return
    unforgotten = {one.id for one in again(barriers=barriers, forgetful=False)}
    unstopped = {one.id for one in again(barriers=[])}
    for observation in ended:
        name = (observation.category, observation.feature, observation.stage)
        observation.seen = False
        observation.ended_because = _why(name in unforgotten, name in unstopped)
    Observation.objects.bulk_update(ended, ("seen", "ended_because"))


def _why(unforgotten: bool, unstopped: bool) -> str:
    if unforgotten:
        return "A flow on the way was not seen for longer than the source's horizon."
    if unstopped:
        return "A barrier stops it on the way."
    return "The catalog no longer shows a way from this data to the feature."
