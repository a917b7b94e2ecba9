"""What is said of runs and pipelines, in words. Pure."""

from dataclasses import dataclass
from datetime import datetime

TODAY, THIS_WEEK = 1, 2
SHOWN = 60  # characters of a run's id that stand in a sentence
COUNTED = 1_000  # refusals that are counted; so many means: or more

JUDGED = {
    "fine": "It honoured every choice that it had to honour.",
    "late": "It applied choices that were older than agreed, and somebody had refused meanwhile.",
    "ignored": "It did not honour a refusal that it had to honour.",
    "impossible": "Its numbers can't be: more left out than seen, or a sequence that it was never given.",
}
BRIEFLY = {
    "fine": "As it should",
    "late": "Choices too old",
    "ignored": "Refusals not honoured",
    "impossible": "Numbers that can’t be",
}
SENTENCES = {
    "ignored": "{name} did not honour {refusals} in its run “{run}” of {began:%d %B %Y}: {what}.",
    "late": "{name} applied choices older than the agreed {age} in its run “{run}” of {began:%d %B %Y}: {what}.",
    "impossible": "{name} says what can't be of its run “{run}” of {began:%d %B %Y}: {what}.",
}
URGENCY = {"ignored": TODAY, "impossible": TODAY, "late": THIS_WEEK}
UNITS = ((86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second"))


@dataclass(frozen=True)
class Fault:
    """Something that staff must look at, as plain values; ``facts`` are lines of a label and a value."""

    kind: str
    subject: str
    urgency: int
    sentence: str
    facts: tuple[tuple[str, str], ...] = ()
    pipeline: str = ""
    run: str = ""


def age(seconds: int) -> str:
    """“1 day”, “90 minutes”: in the largest unit that fits."""
    size, unit = next((size, unit) for size, unit in UNITS if seconds % size == 0)
    count = seconds // size
    return f"{count} {unit}{'' if count == 1 else 's'}"


def refusals(count: int) -> str:
    if count == 1:
        return "a refusal"
    return f"{COUNTED:,} refusals or more" if count >= COUNTED else f"{count} refusals"


def stage_of(feature: str, stage: str) -> str:
    """“Job recommendations, training”."""
    return f"{feature}, {stage.replace('_', '-')}"


def moment(at: datetime | None) -> str:
    return f"{at:%d %B %Y, %H:%M} UTC" if at else "never"


def short(run: str) -> str:
    return run if len(run) <= SHOWN else f"{run[: SHOWN - 1]}…"
