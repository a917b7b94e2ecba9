"""What must hold before a register may be submitted: completeness, references, plain text. Pure.

``Meta`` in ``schema`` bounds each field by itself; here is what takes two fields, or two records, to see.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

import msgspec

from transparency.register import coverage
from transparency.register.clauses import LONGEST, in_order, written
from transparency.register.schema import (
    AIFeature,
    Clause,
    Correction,
    DataCategory,
    Default,
    Policy,
    Record,
    Refusal,
    Register,
    Scope,
    Status,
    Use,
)
from transparency.register.vocabulary import LEGAL_BASES, PURPOSES
from transparency.register.vocabulary.dpv import is_kind_of_data
from transparency.register.vocabulary.fides import DATA_CATEGORIES

EXAMPLES = 3
KNOWN_PURPOSES = "; ".join(f"{known.label[0].lower()}{known.label[1:]}" for known in PURPOSES.values())
MARKS = 4
GENERIC = re.compile(
    r"^(to )?(improve|better|enhance|develop) (our|the) (services?|products?|platform)\.?$", re.IGNORECASE
)
FIELDS = {
    "use": Use.__struct_fields__,
    "feature": AIFeature.__struct_fields__,
    "category": DataCategory.__struct_fields__,
    "clause": Clause.__struct_fields__,
}
BIDI = set("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


@dataclass(frozen=True)
class Fault:
    """What is wrong: which record, which field of it, and a sentence that says what to do."""

    subject: str
    field: str
    message: str


def faults(register: Register) -> list[Fault]:
    """Everything that keeps this register from being published; empty where nothing does."""
    return [
        *_twice("category", [c.key for c in register.categories]),
        *_twice("feature", [f.slug for f in register.features]),
        *_twice("use", [u.id for u in register.uses]),
        *_twice("policy", [p.slug for p in register.policies]),
        *_twice("correction", [c.slug for c in register.corrections]),
        *_called_alike(register.policies),
        *(fault for c in register.categories for fault in _category(c, register)),
        *(fault for f in register.features for fault in _feature(f)),
        *(fault for u in register.uses for fault in _use(u, register)),
        *(fault for p in register.policies for fault in _policy(p)),
        *(fault for c in register.corrections for fault in _correction(c)),
        *(fault for record in _records(register) for fault in text_faults(record)),
    ]


def _records(register: Register) -> list[Record]:
    return [*register.categories, *register.features, *register.uses, *register.policies, *register.corrections]


def _twice(kind: str, names: list[str]) -> Iterator[Fault]:
    for name in sorted({name for name in names if names.count(name) > 1} if len(set(names)) < len(names) else ()):
        yield Fault(name, "", f"There are two records of the {kind} “{name[:80]}”. Remove one.")


def _called_alike(policies: tuple[Policy, ...]) -> Iterator[Fault]:
    """Members know a document by its title alone."""
    titles = {policy.slug: " ".join(policy.title.casefold().split()) for policy in policies}
    for policy in policies:
        others = [slug for slug, title in titles.items() if title == titles[policy.slug] and slug != policy.slug]
        if others:
            words = f"“{others[0]}” is called “{policy.title}” too. Give one of them a title of its own."
            yield Fault(policy.slug, "title", words)


def _missing(subject: str, record: Record, **fields: str) -> Iterator[Fault]:
    for name, what in fields.items():
        if not getattr(record, name):
            yield Fault(subject, name, f"Say {what}.")


def _category(category: DataCategory, register: Register) -> Iterator[Fault]:
    yield from _missing(category.key, category, what_it_is="in one sentence what it is")
    keys = {one.key: one for one in register.categories}
    if category.parent and category.parent not in keys:
        yield Fault(category.key, "parent", f"There is no category “{category.parent[:80]}”. Choose one that exists.")
    if _in_a_ring(category, keys):
        yield Fault(category.key, "parent", "It would belong to itself. Choose another parent.")
    if category.parent and len(category.examples) < EXAMPLES:
        yield Fault(category.key, "examples", f"Give {EXAMPLES} or more; there are {len(category.examples)}.")
    yield from _terms(category)


def _terms(category: DataCategory) -> Iterator[Fault]:
    """A term that does not exist would lead whoever reads our documents by machine nowhere."""
    if category.dpv and not is_kind_of_data(category.dpv):
        message = f"“{category.dpv[:80]}” is no kind of personal data of DPV 2.3. Choose one, or leave it empty."
        yield Fault(category.key, "dpv", message)
    if category.fides and category.fides not in DATA_CATEGORIES:
        message = f"“{category.fides[:80]}” is no data category of Fideslang 3. Choose one, or leave it empty."
        yield Fault(category.key, "fides", message)


def _in_a_ring(category: DataCategory, keys: dict[str, DataCategory]) -> bool:
    seen, parent = {category.key}, category.parent
    while parent in keys and parent not in seen:
        seen.add(parent)
        parent = keys[parent].parent
    return parent in seen


def _feature(feature: AIFeature) -> Iterator[Fault]:
    yield from _missing(
        feature.slug,
        feature,
        what_it_does="in one sentence what it does for members",
        controller="which company answers for it",
        team="which team runs it",
        contact="where members can ask",
    )
    yield from _days(feature.slug, since=feature.since)
    if feature.decides == "significant" and not (feature.human_review and feature.contest):
        yield Fault(
            feature.slug, "human_review", "It decides something important: say who looks at it and how to object."
        )


def _use(use: Use, register: Register) -> Iterator[Fault]:
    features = {feature.slug: feature for feature in register.features}
    yield from _days(use.id, effective_from=use.effective_from)
    if use.category not in {category.key for category in register.categories}:
        yield Fault(use.id, "category", f"There is no category “{use.category[:80]}”. Add it, or choose another.")
    if use.feature not in features:
        yield Fault(use.id, "feature", f"There is no AI feature “{use.feature[:80]}”. Add it, or choose another.")
    elif features[use.feature].status == Status.RETIRED:
        yield Fault(use.id, "feature", "This AI feature is retired. Remove the use, or put the feature in use again.")
    if use.purpose not in PURPOSES:
        known = f"“{use.purpose[:80]}” is not in the vocabulary of purposes." if use.purpose else "Say what it is for."
        yield Fault(use.id, "purpose", f"{known} Choose a purpose from the list.")
    if not use.purpose_text or GENERIC.match(use.purpose_text.strip()):
        yield Fault(use.id, "purpose_text", "Say what exactly it is for; “to improve our services” says nothing.")
    yield from _missing(use.id, use, why_needed="why this data is needed", retention="how long it is kept")
    yield from _missing(use.id, use, refusing_does_not="what refusing does not do")
    yield from (fault for scope in use.scopes for fault in _scope(use, scope))
    for citation in coverage.astray(use, coverage.by_slug(register)):
        yield Fault(use.id, "clauses", f"There is no clause “{citation}”. Name one that the document has.")
    places = [place for scope in use.scopes for place in scope.jurisdictions]
    if len(places) != len(set(places)):
        yield Fault(
            use.id, "scopes", "A place stands in two scopes, so nobody can tell which holds. Remove it from one."
        )


def coverage_faults(register: Register) -> list[Fault]:
    """Uses that no clause covers, where publication takes that each is covered."""
    words = "No clause of a policy covers it. Name the clause that does, such as “Privacy policy 3.2”."
    kept_here = coverage.by_slug(register)
    return [Fault(use.id, "clauses", words) for use in register.uses if not coverage.covers(use, kept_here)]


def _policy(policy: Policy) -> Iterator[Fault]:
    numbers = [in_order(clause.number) for clause in policy.clauses]
    if not numbers:
        yield Fault(policy.slug, "clauses", "It has no numbered clause. Bring the document anew, with numbers.")
    if any(later <= earlier for earlier, later in pairwise(numbers)):
        yield Fault(policy.slug, "clauses", "Its clauses are out of order, or one stands twice. Number them anew.")
    if len(written(policy)) > LONGEST:
        yield Fault(policy.slug, "clauses", f"It is longer than {LONGEST:,} characters. Make two documents of it.")
    for clause in policy.clauses:
        for purpose in clause.purposes:
            if purpose not in PURPOSES:
                words = f"Clause {clause.number} names the purpose “{purpose}”, which is not in the vocabulary."
                yield Fault(policy.slug, "clauses", f"{words} Choose from: {KNOWN_PURPOSES}.")


def _correction(one: Correction) -> Iterator[Fault]:
    yield from _days(one.slug, since=one.since, until=one.until)
    if one.since > one.until:
        yield Fault(one.slug, "until", "It ends before it begins. Choose a later last day, or an earlier first one.")
    if one.field not in FIELDS[one.about]:
        known = ", ".join(FIELDS[one.about])
        yield Fault(one.slug, "field", f"A {one.about} says nothing under “{one.field}”. It says: {known}.")


def _days(subject: str, **days: str) -> Iterator[Fault]:
    for name, day in days.items():
        if day and not _is_day(day):
            yield Fault(subject, name, f"No calendar has the day “{day}”. Write it as 2026-03-01.")


def _is_day(written: str) -> bool:
    try:
        return bool(date.fromisoformat(written))
    except ValueError:
        return False


def _scope(use: Use, scope: Scope) -> Iterator[Fault]:
    where = ", ".join(scope.jurisdictions)
    if scope.legal_basis not in LEGAL_BASES:
        known = (
            f"“{scope.legal_basis[:80]}” is no legal basis we know." if scope.legal_basis else "It has no legal basis."
        )
        yield Fault(use.id, "scopes", f"{where}: {known} Choose one from the list.")
    if scope.legal_basis == "legitimate_interest" and not scope.interest:
        yield Fault(use.id, "scopes", f"{where}: spell out the legitimate interest.")
    if scope.legal_basis == "consent" and (scope.refusal != Refusal.CONSENT_FIRST or scope.default != Default.OFF):
        yield Fault(use.id, "scopes", f"{where}: with consent it must be off until the member says yes.")
    if scope.refusal == Refusal.CONSENT_FIRST and scope.default != Default.OFF:
        yield Fault(use.id, "scopes", f"{where}: what needs a yes first can't be on by default.")
    if scope.refusal == Refusal.NO and not scope.why_not:
        yield Fault(use.id, "scopes", f"{where}: say why members can't refuse it.")


def text_faults(record: Record) -> Iterator[Fault]:
    """Every text of a record that holds characters nobody can see, or that turn text round."""
    subject = str(getattr(record, "key", "") or getattr(record, "slug", "") or getattr(record, "id", ""))
    yield from words_faults(subject, msgspec.to_builtins(record))


def words_faults(subject: str, words: object) -> Iterator[Fault]:
    """The same for any texts by name."""
    for field, text in _strings(words):
        if unhealthy(text):
            yield Fault(
                subject, field, "It contains characters that can't be seen or that turn text round. Type it anew."
            )


def _strings(value: object, field: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _strings(inner, field or name)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _strings(inner, field)
    elif isinstance(value, str):
        yield field, value


def unhealthy(text: str) -> bool:
    """Whether text has control or direction characters, or more than four marks on one letter."""
    if text.isascii() and text.isprintable():
        return False
    if any(c in BIDI or (unicodedata.category(c) in ("Cc", "Cs", "Co", "Cn") and c not in "\n\r\t") for c in text):
        return True
    run = 0
    for character in unicodedata.normalize("NFD", text):
        run = run + 1 if unicodedata.combining(character) else 0
        if run > MARKS:
            return True
    return False
