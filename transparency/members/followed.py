"""What became of a refusal, in words: recorded, delivered, in effect; and what had happened before. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from transparency.consent.scopes import TRAINS
from transparency.enforcement.effects import AtPipeline, Effect

LATE = "It is late with that; the people in charge have been told."
OTHERWISE_LATE = (
    "You are left out. But the pipeline’s last run was not as it should be; the people in charge have been told."
)
# What is owed, not what will be: a pipeline that was given a refusal may go on as before.
MUST = "Its next run must leave you out."
STILL_USED = "still used your data, as if you had not refused."


@dataclass(frozen=True)
class Step:
    """Where a refusal stands at one pipeline."""

    name: str
    words: str


def day(moment: datetime) -> str:
    return f"{moment.day} {moment:%B %Y}"


def _when(moment: datetime, *others: datetime | None) -> str:
    """The day; and the time, as exact as it takes, where something else that is told beside it was on the same day."""
    near = [other for other in others if other and other != moment and other.date() == moment.date()]
    if not near:
        return day(moment)
    same_minute = any(f"{other:%H:%M}" == f"{moment:%H:%M}" for other in near)
    return f"{day(moment)} at {moment:{'%H:%M:%S' if same_minute else '%H:%M'}} UTC"


def in_words(effect: Effect, stage: str) -> tuple[str, ...]:
    """How far the refusal of one use has come, then what was done with the data before it got there."""
    return (_state(effect), *_before(effect, stage))


def steps(effects: Iterable[Effect]) -> list[Step]:
    """How far one choice has come at each pipeline that it concerns, by name; the slowest of its uses counts."""
    found: dict[str, list[AtPipeline]] = {}
    refused: datetime | None = None
    for effect in effects:
        refused = min(refused or effect.at, effect.at)
        for one in effect.pipelines:
            found.setdefault(one.slug, []).append(one)
    by_name = sorted(found.values(), key=lambda ones: ones[0].name)
    return [Step(ones[0].name, " ".join(_at(ones, refused))) for ones in by_name if refused]


def _state(effect: Effect) -> str:
    recorded = f"Recorded on {_when(effect.at, effect.since, effect.last_use)}."
    if not effect.assigned:
        return f"{recorded} No pipeline has been named that uses this data."
    if effect.since:
        return f"In effect since the run of {_when(effect.since, effect.at, effect.last_use)}."
    if effect.delivered < effect.assigned:
        pipelines = "pipeline" if effect.assigned == 1 else "pipelines"
        return f"{recorded} Delivered to {effect.delivered} of {effect.assigned} {pipelines}."
    every = "the pipeline" if effect.assigned == 1 else f"all {effect.assigned} pipelines"
    some = f"In effect in {effect.in_effect} of them." if effect.in_effect else MUST
    return f"{recorded} Delivered to {every}. {some}"


def _before(effect: Effect, stage: str) -> Iterator[str]:
    if effect.last_use:
        used = _when(effect.last_use, effect.at, effect.since)
        word = "Trained" if stage in TRAINS else "Used"
        before = f"{word} before you refused: runs up to {used} used your data."
        yield before if effect.last_use < effect.at else f"The run of {used} {STILL_USED}"
    if effect.last_use and stage in TRAINS:
        yield "What a model has learned stays in it until it is trained again, without you."
    if effect.is_late and effect.since:
        yield OTHERWISE_LATE
    elif effect.is_late:
        yield "A pipeline did not do what it had to. The people in charge have been told."


def _at(ones: list[AtPipeline], refused: datetime) -> Iterator[str]:
    moments = [one.since for one in ones]
    honoured = None if None in moments else max((at for at in moments if at), default=None)
    used = max((one.last_use for one in ones if one.last_use), default=None)
    if honoured:
        yield f"In effect since the run of {_when(honoured, used, refused)}."
    else:
        yield f"Delivered. {MUST}" if all(one.delivered for one in ones) else "Not delivered yet."
    if used:
        when = _when(used, honoured, refused)
        yield f"Runs up to {when} used your data." if used < refused else f"The run of {when} {STILL_USED}"
    if any(one.is_late for one in ones):
        yield OTHERWISE_LATE if honoured else LATE
