"""Which statements that a choice rests on are known to have been wrong when it was made. Pure.

A choice rests on what the edition that the member read said of the uses it covers, of their features and kinds of data,
and in the clauses that they cite. A correction that this very edition made already misled nobody.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from transparency.register import coverage, diff, phrases
from transparency.register.schema import Correction, Register, Use


def behind(at: datetime, uses: Sequence[Use], register: Register, known: Iterable[Correction]) -> list[Correction]:
    """The corrections ``known`` today that concern a choice of ``uses`` at ``at``, as ``register`` said them."""
    day, resting = at.astimezone(UTC).date().isoformat(), _named(uses, register)
    late = (one for one in known if one not in register.corrections)
    return [one for one in late if one.since <= day <= one.until and f"{one.about}:{one.subject}" in resting]


def _named(uses: Sequence[Use], register: Register) -> set[str]:
    policies = coverage.by_slug(register)
    found = {f"clause:{cover.name}" for use in uses for cover in coverage.covers(use, policies)}
    for use in uses:
        found |= {f"use:{use.id}", f"feature:{use.feature}", f"category:{use.category}"}
    return found


def told(one: Correction, register: Register) -> dict[str, str]:
    """A correction as JSON values: in one sentence by the names of ``register``, and in its parts."""
    return {
        "sentence": diff.corrected(register, [one])[0],
        "about": one.about.value,
        "subject": one.subject,
        "field": one.field,
        "statement": phrases.words(one.field),
        "since": one.since,
        "until": one.until,
        "said": one.said,
        "was_true": one.truth,
        "explanation": one.explanation,
    }
