"""What each pipeline is for, with how far it has come there: the choices it was given, and its latest run."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from django.db.models import OuterRef, Subquery

from transparency.consent import queries as consent
from transparency.enforcement.models import Acknowledgement, Assignment, Delivery, Pipeline
from transparency.enforcement.obedience import Verdict
from transparency.enforcement.wording import age

ORDER = ("undeclared", "unread", "declared", "verified")


@dataclass(frozen=True)
class Duty:
    """One pipeline at one feature and stage. ``delivery`` and ``latest`` are ``None`` before the first."""

    pipeline: Pipeline
    feature: str
    stage: str
    delivery: Delivery | None
    latest: Acknowledgement | None

    @property
    def disobeyed(self) -> bool:
        """Whether its latest run did not honour what it had to honour."""
        return self.latest is not None and self.latest.verdict != Verdict.FINE

    @property
    def age_allowed(self) -> str:
        """How old choices may be for it, in words."""
        return age(self.pipeline.max_age)


def duties(pipeline: Pipeline | None = None) -> list[Duty]:
    """Those of one pipeline, or of all that train for others and are not retired; in three queries, however many."""
    rows = Assignment.objects.select_related("pipeline").order_by("pipeline__name", "feature", "stage")
    rows = (
        rows.filter(pipeline=pipeline) if pipeline else rows.filter(pipeline__retired_at=None, pipeline__is_probe=False)
    )
    same = {name: OuterRef(name) for name in ("pipeline", "feature", "stage")}
    newest = Subquery(Acknowledgement.objects.filter(**same).values("pk")[:1])
    runs = dict(rows.annotate(newest=newest).values_list("pk", "newest"))
    latest = Acknowledgement.objects.in_bulk([pk for pk in runs.values() if pk])
    given = {
        (one.pipeline_id, one.feature, one.stage): one
        for one in Delivery.objects.filter(pipeline__in={row.pipeline_id for row in rows})
    }
    return [
        Duty(
            pipeline=row.pipeline,
            feature=row.feature,
            stage=row.stage,
            delivery=given.get((row.pipeline_id, row.feature, row.stage)),
            latest=latest.get(runs.get(row.pk) or 0),
        )
        for row in rows
    ]


def needing_a_yes(feature: str, stage: str, at: datetime) -> tuple[str, ...]:
    """The kinds of data that are used there only after a yes: asked for with others, they let only who gave it pass."""
    uses = consent.offers(at).by_use.values()
    here = (one for one in uses if (one.use.feature, one.use.stage) == (feature, stage) and one.terms.refusable)
    return tuple(one.use.category for one in here if not one.outcome({}).allowed)


@dataclass(frozen=True)
class Standing:
    """How a pipeline stands, in words, with its duties; ``kind`` is a badge's."""

    pipeline: Pipeline
    kind: str
    words: str
    duties: list[Duty]

    @property
    def last_run(self) -> Acknowledgement | None:
        runs = [duty.latest for duty in self.duties if duty.latest]
        return max(runs, key=lambda run: run.started_at, default=None)


def standings() -> list[Standing]:
    """Every pipeline, those that need somebody first, those that are retired last."""
    by_pipeline: dict[int, list[Duty]] = defaultdict(list)
    for duty in duties():
        by_pipeline[duty.pipeline.pk].append(duty)
    found = [standing_of(one, by_pipeline[one.pk]) for one in Pipeline.objects.filter(is_probe=False)]
    return sorted(found, key=lambda one: (bool(one.pipeline.retired_at), ORDER.index(one.kind), one.pipeline.name))


def standing_of(pipeline: Pipeline, its: list[Duty]) -> Standing:
    """The worst that is to be said of it."""
    said = {duty.latest.verdict for duty in its if duty.latest}
    asked = any(duty.delivery for duty in its)
    words = (
        (pipeline.retired_at is not None, "declared", "Retired"),
        (not pipeline.active, "unread", "Paused"),
        (Verdict.IMPOSSIBLE in said, "undeclared", "Says what can’t be"),
        (Verdict.IGNORED in said, "undeclared", "Did not honour refusals"),
        (Verdict.LATE in said, "unread", "Applied old choices"),
        (bool(said), "verified", "Honours choices"),
        (asked, "declared", "Asked, acknowledged no run yet"),
        (True, "declared", "Never asked yet"),
    )
    kind, sentence = next((kind, sentence) for holds, kind, sentence in words if holds)
    return Standing(pipeline, kind, sentence, its)
