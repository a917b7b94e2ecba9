"""What became of a refusal, in words: recorded, delivered, in effect; and what had happened before. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from transparency.consent.scopes import TRAINS
from transparency.enforcement.effects import AtPipeline, Effect

LATE = "It is late with that; the people in charge have been told."


@dataclass(frozen=True)
class Step:
    """Where a refusal stands at one pipeline."""

    name: str
    words: str


def day(moment: datetime) -> str:
    return f"{moment.day} {moment:%B %Y}"


def in_words(effect: Effect, stage: str) -> tuple[str, ...]:
    """How far the refusal of one use has come, then what was done with the data before it got there."""
    return (_state(effect), *_before(effect, stage))


def steps(effects: Iterable[Effect]) -> list[Step]:
    """How far one choice has come at each pipeline that it concerns, by name; the slowest of its uses counts."""
    found: dict[str, list[AtPipeline]] = {}
    for effect in effects:
        for one in effect.pipelines:
            found.setdefault(one.slug, []).append(one)
    return [
        Step(ones[0].name, " ".join(_at(ones))) for _, ones in sorted(found.items(), key=lambda item: item[1][0].name)
    ]


def _state(effect: Effect) -> str:
    recorded = f"Recorded on {day(effect.at)}."
    if not effect.assigned:
        return f"{recorded} No pipeline has been named that uses this data."
    if effect.since:
        return f"In effect since the run of {day(effect.since)}."
    if effect.delivered < effect.assigned:
        return f"{recorded} Delivered to {effect.delivered} of {effect.assigned} pipelines."
    every = "the pipeline" if effect.assigned == 1 else f"all {effect.assigned} pipelines"
    some = f" In effect in {effect.in_effect} of them." if effect.in_effect else " In effect from its next run on."
    return f"{recorded} Delivered to {every}.{some}"


def _before(effect: Effect, stage: str) -> Iterator[str]:
    if effect.last_use and effect.last_use < effect.at:
        word = "Trained" if stage in TRAINS else "Used"
        yield f"{word} before you refused: runs up to {day(effect.last_use)} used your data."
    elif effect.last_use:
        yield f"The run of {day(effect.last_use)} still used your data: it did not know of your refusal."
    if effect.last_use and stage in TRAINS:
        yield "What a model has learned stays in it until it is trained again, without you."
    if effect.is_late:
        yield "A pipeline did not do what it had to. The people in charge have been told."


def _at(ones: list[AtPipeline]) -> Iterator[str]:
    moments = [one.since for one in ones]
    honoured = max((at for at in moments if at), default=None)
    if honoured and None not in moments:
        yield f"In effect since the run of {day(honoured)}."
    elif all(one.delivered for one in ones):
        yield "Delivered. It takes effect with the next run."
    else:
        yield "Not delivered yet."
    used = max((one.last_use for one in ones if one.last_use), default=None)
    if used:
        yield f"Runs up to {day(used)} used your data."
    if any(one.is_late for one in ones):
        yield LATE
