"""What staff must look at: pipelines whose latest run did not obey, runs that nobody acknowledged, dead webhooks."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from transparency.enforcement.duties import Duty, duties
from transparency.enforcement.models import Acknowledgement, Pipeline
from transparency.enforcement.obedience import is_unasked
from transparency.enforcement.wording import (
    SENTENCES,
    THIS_WEEK,
    TODAY,
    URGENCY,
    Fault,
    age,
    moment,
    refusals,
    short,
    stage_of,
)
from transparency.register.queries import register_in_force
from transparency.register.schema import Stage


@dataclass(frozen=True)
class Seen:
    """The last run of a feature at a stage that the catalog knows of: when, and the asset that it was seen at."""

    at: datetime
    asset: str


Pair = tuple[str, str]
"""Feature and stage."""


def faults(at: datetime, runs: Mapping[Pair, Seen], patience: timedelta) -> list[Fault]:
    """Everything that stands at ``at``; ``runs`` is what the catalog saw, acknowledged within ``patience`` or not."""
    standing = duties()
    names = {feature.slug: feature.name for feature in register_in_force(at).features}
    return [
        *(_of_run(duty.pipeline, duty.latest, names) for duty in standing if duty.latest and duty.disobeyed),
        *_unasked(standing, names, runs, at, patience),
        *(_untold(pipeline) for pipeline in Pipeline.objects.filter(active=True).exclude(webhook_off_at=None)),
    ]


def _of_run(pipeline: Pipeline, run: Acknowledgement, names: Mapping[str, str]) -> Fault:
    what = stage_of(names.get(run.feature, run.feature), run.stage)
    words = {"name": pipeline.name, "run": short(run.run), "began": run.started_at, "what": what}
    sentence = SENTENCES[run.verdict].format(**words, age=age(run.max_age), refusals=refusals(run.missed))
    return Fault(
        kind=f"run_{run.verdict}",
        subject=f"{pipeline.slug}/{run.feature}/{run.stage}",
        urgency=URGENCY[run.verdict],
        sentence=sentence,
        facts=tuple(_facts(run)),
        pipeline=pipeline.slug,
        run=run.run,
    )


def _facts(run: Acknowledgement) -> Iterator[tuple[str, str]]:
    yield "Run", run.run
    yield "Began", moment(run.started_at)
    yield "Applied the choices up to", f"{run.sequence:,}"
    yield "Had been given the choices up to", f"{run.delivered:,}"
    yield "Choices may be as old as", age(run.max_age)
    yield "The next choice was made", moment(run.overtaken_at)
    yield "The first refusal that it did not honour", moment(run.refused_at)
    yield "Refusals that it had to honour and did not", f"{run.missed:,}"
    yield "Members seen, and left out of them", f"{run.members_seen:,}, {run.members_left_out:,}"


def _unasked(
    standing: Sequence[Duty], names: Mapping[str, str], runs: Mapping[Pair, Seen], at: datetime, patience: timedelta
) -> Iterator[Fault]:
    by_pair: dict[Pair, list[Duty]] = defaultdict(list)
    for duty in standing:
        by_pair[(duty.feature, duty.stage)].append(duty)
    for pair, several in sorted(by_pair.items()):
        seen = runs.get(pair)
        if seen is not None and is_unasked(seen.at, max(map(_sign, several)), at, patience):
            yield _nobody_said(seen, several, names)


def _sign(duty: Duty) -> datetime:
    """Up to when nothing more is to be asked of a pipeline.

    Where people are served at once, asking is enough; elsewhere a run must be acknowledged.
    """
    moments = [duty.pipeline.created_at]
    moments += [duty.latest.ended_at] if duty.latest else []
    moments += [duty.delivery.asked_at] if duty.delivery and duty.stage == Stage.INFERENCE else []
    return max(moments)


def _nobody_said(seen: Seen, several: Sequence[Duty], names: Mapping[str, str]) -> Fault:
    feature, stage = several[0].feature, several[0].stage
    last = max((duty.latest.ended_at for duty in several if duty.latest), default=None)
    since = f"since {moment(last)}" if last else "ever"
    what = stage_of(names.get(feature, feature), stage)
    slugs = [duty.pipeline.slug for duty in several]
    return Fault(
        kind="run_unasked",
        subject=f"any/{feature}/{stage}",
        urgency=TODAY,
        sentence=f"{what}: the catalog saw a run on {moment(seen.at)}, and none was acknowledged {since}.",
        facts=(
            ("Seen at", seen.asset),
            ("Seen running", moment(seen.at)),
            ("Last run that was acknowledged ended", moment(last)),
            ("Pipelines that are meant to ask", ", ".join(slugs)),
        ),
        pipeline=slugs[0] if len(slugs) == 1 else "",
    )


def _untold(pipeline: Pipeline) -> Fault:
    sentence = f"{pipeline.name} can’t be told of new choices: we gave up on {moment(pipeline.webhook_off_at)}."
    facts = (("Why the last try failed", pipeline.webhook_off_because),)
    return Fault("webhook_off", pipeline.slug, THIS_WEEK, sentence, facts, pipeline.slug)
