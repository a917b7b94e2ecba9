"""Reads of this room. Each takes the moment it speaks of where the answer depends on it."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from heapq import nsmallest

from django.db.models import Exists, F, Max, OuterRef, Q, QuerySet

from transparency.accounts.models import User
from transparency.accounts.prepared import rows
from transparency.catalog.checking import last_checked
from transparency.catalog.classify import Describable, Rulebook, describable_by
from transparency.catalog.keys import dataset_of
from transparency.catalog.models import (
    Asset,
    Barrier,
    Binding,
    Counted,
    Flow,
    Label,
    LineageEvent,
    Observation,
    Refresh,
    Source,
    Tryout,
)
from transparency.catalog.names import all_names, left_out, what_counts

WITHOUT_PATH = [
    one.attname for one in Observation._meta.concrete_fields if one.name not in ("path", "places", "sources")
]
OBSERVATION = f"SELECT {', '.join(WITHOUT_PATH)} FROM catalog_observation WHERE"  # noqa: S608 - our own columns
ONE = f"{OBSERVATION} category = %s AND feature = %s AND stage = %s AND direct = %s"
BESIDE = f"{OBSERVATION} feature = %s AND category != %s AND seen ORDER BY category, feature, stage, direct DESC"
SPOKEN_OF = """
SELECT 'category', category FROM catalog_classificationrule UNION SELECT 'feature', feature FROM catalog_binding
"""
SOON = timedelta(days=14)
FAILURES = 3


def observations() -> QuerySet[Observation]:
    """All that was ever observed, copied or only looked at; ``seen`` tells what still is."""
    return Observation.objects.order_by("category", "feature", "stage", "-direct")


def counting() -> list[Observation]:
    """What counts of all that was ever observed, one for each use: a list.

    What is copied counts; what is only looked at, where staff count it. Of both, what is still seen goes first.
    """
    counts, checked = _counted(), last_checked()
    found: dict[str, Observation] = {}
    for one in observations():
        standing = found.get(one.use)
        if (one.direct or counts(one)) and (standing is None or (one.seen and not standing.seen)):
            found[one.use] = one
    for one in found.values():
        one.checked_at = checked(one)
    return list(found.values())


def uses_that_count() -> frozenset[str]:
    """The ids of those that count and are seen now."""
    counts = _counted()
    seen = observations().filter(seen=True).only("category", "feature", "stage", "direct")
    return frozenset(one.use for one in seen if one.direct or counts(one))


def told_by(those: Sequence[Observation]) -> list[tuple[Observation, list[str]]]:
    """Each with the short names of the sources that told of it: a list.

    Where no flow was needed, since what is bound holds the data itself, they are those that know the thing.
    """
    slugs = dict(Source.objects.values_list("pk", "slug"))
    held = {one.pk: str(one.path[0]["key"]) for one in those if one.path and not one.sources}
    know = _who_knows(set(held.values()))
    rows = [(one, one.sources or know.get(held.get(one.pk, ""), ())) for one in those]
    return [(one, sorted(slugs[pk] for pk in sources if pk in slugs)) for one, sources in rows]


def _who_knows(keys: set[str]) -> dict[str, set[int]]:
    """By key, the rows of the sources that know the thing, by whichever of its names."""
    found: dict[str, set[int]] = defaultdict(set)
    if keys:
        counts = what_counts()
        for key, source in Asset.objects.filter(key__in=all_names(keys)).values_list("key", "source_id"):
            found[counts(key)].add(source)
    return found


@dataclass(frozen=True)
class LookedAt:
    """An observation of the weaker kind, and what makes it count, if anything does."""

    observation: Observation
    counted: Counted | None


def looked_at(category: str = "", feature: str = "", stage: str = "") -> list[LookedAt]:
    """What a feature is seen now only to look at: a list. Empty texts don't narrow."""
    asked = {"category": category, "feature": feature, "stage": stage}
    seen = observations().filter(seen=True, direct=False, **{name: text for name, text in asked.items() if text})
    counts = _counted()
    return [LookedAt(one, counts(one)) for one in seen]


def what_counts_it(category: str, feature: str, stage: str) -> Counted | None:
    """The decision by which it counts if the feature is seen only to look at that data; ``None`` where it does not."""
    return _counted()(Observation(category=category, feature=feature, stage=stage))


def _counted() -> Callable[[Observation], Counted | None]:
    """What makes an observation of the weaker kind count: the decision that says most exactly what it is about."""
    said = {(one.category, one.feature, one.stage): one for one in Counted.objects.select_related("author")}

    def find(one: Observation) -> Counted | None:
        about = ((feature, stage) for feature in (one.feature, "") for stage in (one.stage, ""))
        return next((said[name] for place in about if (name := (one.category, *place)) in said), None)

    return find


def observations_of(*, category: str = "", feature: str = "", stage: str = "") -> QuerySet[Observation]:
    """What is seen now, without its path, narrowed by whatever of the three is named."""
    named = {"category": category, "feature": feature, "stage": stage}
    wanted = {name: value for name, value in named.items() if value}
    return observations().filter(seen=True, **wanted).defer("path")


def observation(category: str, feature: str, stage: str, *, direct: bool) -> Observation | None:
    """One that was ever made, without its path."""
    found = rows(ONE, (category, feature, stage, direct))
    return Observation.from_db("default", WITHOUT_PATH, found[0]) if found else None


def seen_beside(category: str, feature: str) -> list[Observation]:
    """What else is seen now to reach the feature, without its path: a list."""
    return [Observation.from_db("default", WITHOUT_PATH, found) for found in rows(BESIDE, (feature, category))]


def spoken_of() -> tuple[list[str], list[str]]:
    """The categories that rules find, and the features that something is bound to: nothing else can be seen."""
    told = rows(SPOKEN_OF, ())
    return [name for kind, name in told if kind == "category"], [name for kind, name in told if kind == "feature"]


@dataclass(frozen=True)
class SourceHealth:
    """How far a source can be trusted at a moment. Dates are ``None`` where the thing never happened.

    It is ``held`` while its last reading waits for a person, whether or not it is being read again.
    """

    source: Source
    last_good_at: datetime | None
    stale_since: datetime | None
    next_at: datetime | None
    latest: Refresh | None
    failing: bool
    held: bool

    @property
    def running(self) -> bool:
        return bool(self.latest and self.latest.state in (Refresh.State.QUEUED, Refresh.State.RUNNING))


def sources(at: datetime) -> list[SourceHealth]:
    """Every source that is not retired, with its health at ``at``: a list, in two queries."""
    latest: dict[int, list[Refresh]] = {}
    for refresh in Refresh.objects.filter(queued_at__gte=at - timedelta(days=30)).order_by("-id")[:2_000]:
        latest.setdefault(refresh.source_id, []).append(refresh)
    return [_health(source, latest.get(source.pk, []), at) for source in Source.objects.filter(retired_at=None)]


def health_of(source: Source, at: datetime) -> SourceHealth:
    """The same of one source, retired or not."""
    return _health(source, list(source.refreshes.filter(queued_at__gte=at - timedelta(days=30))[:100]), at)


def tryouts_of(source: Source, *, retiring: bool = False) -> QuerySet[Tryout]:
    """What came of trying it; or of looking what would stop counting if it were retired."""
    found, kind = source.tryouts.order_by("kind"), Tryout.Kind.RETIREMENT
    return found.filter(kind=kind) if retiring else found.exclude(kind=kind)


def retired_sources() -> QuerySet[Source]:
    """Those that are read no more, the latest first."""
    return Source.objects.exclude(retired_at=None).order_by("-retired_at")


def _health(source: Source, refreshes: list[Refresh], at: datetime) -> SourceHealth:
    patience = timedelta(hours=source.stale_after_hours)
    known_since = source.last_good_at or source.created_at
    finished = [r.state for r in refreshes if r.finished_at][:FAILURES]
    timed = source.enabled and source.connector != Source.Connector.OPENLINEAGE_HTTP
    next_at = known_since + timedelta(minutes=source.every_minutes) if timed else None
    return SourceHealth(
        source=source,
        last_good_at=source.last_good_at,
        stale_since=known_since + patience if source.enabled and known_since + patience < at else None,
        next_at=max(next_at, at) if next_at else None,
        latest=refreshes[0] if refreshes else None,
        failing=len(finished) == FAILURES and Refresh.State.SUCCEEDED not in finished,
        held=finished[:1] == [Refresh.State.HELD],
    )


def due(at: datetime) -> list[Source]:
    """Sources whose next refresh should have started by ``at``. One that posts events has no timetable.

    One that is retired is read once more, as if it were empty.
    """
    waiting = Refresh.objects.filter(source=OuterRef("pk"), state__in=(Refresh.State.QUEUED, Refresh.State.RUNNING))
    asked = Q(enabled=True) & ~Q(connector=Source.Connector.OPENLINEAGE_HTTP)
    full = Q(retired_at__isnull=False) & (Q(last_good_at=None) | Q(last_good_at__lt=F("retired_at")))
    return [one for one in Source.objects.filter(asked | full).filter(~Exists(waiting)) if _is_due(one, at)]


def _is_due(source: Source, at: datetime) -> bool:
    """One that was asked for in the future, before the clock was set back, is due now."""
    latest = source.refreshes.first()
    return latest is None or not at - timedelta(minutes=source.every_minutes) < latest.queued_at <= at


def with_unapplied_events() -> list[Source]:
    """Sources to which events were posted that no refresh has read yet."""
    waiting = LineageEvent.objects.filter(source=OuterRef("pk"), applied_at=None)
    reading = Refresh.objects.filter(source=OuterRef("pk"), state__in=(Refresh.State.QUEUED, Refresh.State.RUNNING))
    return list(Source.objects.filter(Exists(waiting), ~Exists(reading), enabled=True))


@dataclass(frozen=True)
class RulePreview:
    """What a rule would label, had it the first say."""

    columns: int
    datasets: int
    examples: list[str]


@dataclass(frozen=True)
class _Draft:
    matches: str
    pattern: str


def rule_preview(matches: str, pattern: str) -> RulePreview:
    """Try a rule against the catalog as it is, without saving it."""
    return preview_of(matched(matches, pattern))


def matched(matches: str, pattern: str) -> list[Describable]:
    """Every asset that such a rule would match."""
    if not pattern.strip():
        return []
    book = Rulebook([_Draft(matches, pattern)])
    return [asset for asset in describable_by(matches, pattern) if book.first(asset) is not None]


def preview_of(hits: Sequence[Describable]) -> RulePreview:
    datasets = {dataset_of(asset.key) for asset in hits}
    columns = sum(asset.kind == Asset.Kind.COLUMN for asset in hits)
    return RulePreview(columns, len(datasets), nsmallest(5, (asset.key for asset in hits)))


def barriers_to_decide(user: User, at: datetime) -> int:
    """How many barriers somebody else proposed that nobody approved yet."""
    return Barrier.objects.filter(approver=None, expires_at__gt=at).exclude(author=user).count()


@dataclass(frozen=True)
class LooseEnds:
    """What in the catalog needs somebody's attention, apart from the observations."""

    unclassified: list[tuple[str, str]]
    """Keys of datasets without any label that flow straight into a bound asset, with the feature's slug."""
    unbound: list[str]
    """Keys of models that are part of no feature."""
    expired: list[Barrier]
    expiring: list[Barrier]
    health: list[SourceHealth]


def loose_ends(at: datetime) -> LooseEnds:
    barriers = Barrier.objects.exclude(approver=None).select_related("author")
    return LooseEnds(
        unclassified=_unclassified(),
        unbound=_unbound(),
        expired=list(barriers.filter(expires_at__lte=at)),
        expiring=list(barriers.filter(expires_at__gt=at, expires_at__lte=at + SOON)),
        health=sources(at),
    )


def _unbound() -> list[str]:
    """One that leads straight into something bound, as a version does into its group, is part of that feature."""
    bound = all_names(Binding.objects.values_list("key", flat=True))
    models = Asset.objects.filter(kind=Asset.Kind.MODEL).exclude(key__in=bound).exclude(pk__in=left_out())
    models = models.exclude(pk__in=Flow.objects.filter(downstream__key__in=bound, direct=True).values("upstream"))
    return sorted(set(models.values_list("key", flat=True)))


def _unclassified() -> list[tuple[str, str]]:
    """Only the last hop is asked about: that is where somebody can say what the data is."""
    counts, outside = what_counts(), left_out()
    features: dict[str, set[str]] = defaultdict(set)
    for key, feature in Binding.objects.values_list("key", "feature"):
        features[counts(key)].add(feature)
    bound = all_names(features)
    into = Flow.objects.filter(direct=True).filter(Q(downstream__key__in=bound) | Q(job__key__in=bound))
    into = into.exclude(Q(upstream__in=outside) | Q(downstream__in=outside)) if outside else into
    pairs = {
        (counts(dataset_of(upstream)), feature)
        for upstream, downstream, job in into.values_list("upstream__key", "downstream__key", "job__key")
        for feature in features.get(counts(downstream), set()) | features.get(counts(job or ""), set())
    }
    labelled = {counts(dataset_of(key)) for key in Label.objects.values_list("key", flat=True)}
    carrying = _carrying()
    return sorted(pair for pair in pairs if pair[0] not in labelled | carrying and pair[0].startswith("dataset:"))


def _carrying() -> set[str]:
    """Datasets that lie on the path of some observation: what they hold is known."""
    paths = Observation.objects.filter(seen=True, direct=True).values_list("path", flat=True)
    return {dataset_of(str(step["key"])) for path in paths for step in path}


@dataclass(frozen=True)
class LastRun:
    """When a bound asset was last seen running, as the source of data or as the program that moves it; its key."""

    at: datetime
    key: str


def last_runs() -> dict[tuple[str, str], LastRun]:
    """For each feature and stage: the last run that was seen of anything bound to it, however it is called."""
    bindings = list(Binding.objects.values_list("key", "feature", "stage"))
    counts, keys = what_counts(), all_names(key for key, _, _ in bindings)
    seen: dict[str, datetime] = {}
    for end in ("downstream__key", "job__key"):
        rows = Flow.objects.filter(**{f"{end}__in": keys}).values_list(end).annotate(last=Max("last_seen"))
        for key, last in rows:
            seen[counts(key)] = max(last, seen.get(counts(key), last))
    found: dict[tuple[str, str], LastRun] = {}
    for key, feature, stage in bindings:
        known, last = found.get((feature, stage)), seen.get(counts(key))
        if last and (known is None or last > known.at):
            found[(feature, stage)] = LastRun(last, key)
    return found
