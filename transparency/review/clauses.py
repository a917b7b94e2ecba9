"""Where what we do with data and what our policies say come apart. Pure: plain values in, findings out."""

from collections.abc import Iterator, Mapping

from transparency.register import coverage
from transparency.register.schema import Register, Use
from transparency.register.vocabulary import purpose_label
from transparency.review.drift import SOME_TIME, THIS_WEEK, Finding, in_words

NAMED = 8  # uses; the rest are counted


def findings(register: Register, pins: coverage.Pins, names: Mapping[str, str]) -> list[Finding]:
    """Of one edition: uses that no clause covers, clauses that changed under uses, purposes that nobody pursues.

    ``pins`` say how each clause read when the use that cites it was last written; ``names`` map keys to words.
    """
    return [
        *(_uncovered(use, names) for use in coverage.uncovered(register)),
        *(_moved(cover, uses, names) for cover, uses in coverage.moved(register, pins)),
        *_idle(register),
    ]


def _uncovered(use: Use, names: Mapping[str, str]) -> Finding:
    cited = [("It cites", ", ".join(use.clauses) or "nothing"), ("What for", use.purpose_text)]
    sentence = f"{in_words(use.id, names)}: no clause of our policies covers it."
    return Finding("uncovered_use", use.id, THIS_WEEK, sentence, {"facts": cited})


def _moved(cover: coverage.Cover, uses: list[Use], names: Mapping[str, str]) -> Finding:
    """A finding that was set aside comes back when the clause changes once more: ``run`` is its wording's digest."""
    count = f"{len(uses)} use{'s' * (len(uses) != 1)}"
    sentence = f"{cover.policy.title} {cover.clause.number} changed under {count} that nobody has written anew since."
    told = [in_words(use.id, names) for use in uses[:NAMED]] + [f"and {len(uses) - NAMED} more"] * (len(uses) > NAMED)
    facts = [("The clause", cover.clause.heading or cover.clause.text[:200]), ("These rest on it", "; ".join(told))]
    return Finding("clause_changed", cover.name, THIS_WEEK, sentence, {"facts": facts, "run": cover.digest})


def _idle(register: Register) -> Iterator[Finding]:
    for one in coverage.idle(register):
        where = f"{one.policy.title} {one.clause.number}"
        sentence = f"{where} names a purpose that no use has: “{purpose_label(one.purpose)}”."
        facts = [("The clause", one.clause.heading or one.clause.text[:200])]
        subject = f"{one.policy.slug}/{one.clause.number} {one.purpose}"
        yield Finding("idle_purpose", subject, SOME_TIME, sentence, {"facts": facts})
