"""What a correction can be about: the statements there are, to be chosen from, so that nobody has to type keys.

Statements are those of the edition that the proposal stands on: in its draft they may be mended already. What was said
in earlier editions alone can still be typed.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from transparency.register import queries as said
from transparency.register.phrases import text, words
from transparency.register.rules import FIELDS
from transparency.register.schema import Record, Register
from transparency.review import queries
from transparency.staff.forms import Repeated, Shown

KNOWN_BY = ("key", "slug", "number", "category", "feature", "stage")
"""Fields that say which one it is: these are never wrong of it, but of another one."""
AT_ONCE = 50
"""So many are shown; who looks for another says more of its words."""


@dataclass(frozen=True)
class Subject:
    """Something that an edition speaks of: a use, a feature, a kind of data or a clause."""

    about: str
    subject: str
    name: str
    record: Record


@dataclass(frozen=True)
class Offered:
    """What to choose from: subjects that contain the words ``asked``, or the statements of the ``chosen`` one."""

    asked: str = ""
    found: list[Subject] = field(default_factory=list)
    more: int = 0
    chosen: Subject | None = None
    statements: list[tuple[str, str, str]] = field(default_factory=list)


def offered(base: int, given: Mapping[str, str]) -> Offered:
    """``given`` may name what to choose from (``q``), or what was chosen (``about`` and ``of``)."""
    edition, asked = said.edition(base), given.get("q", "").casefold()[:100]
    subjects = list(_subjects(said.document(edition).register)) if edition else []
    wanted = (given.get("about", ""), given.get("of", ""))
    chosen = next((one for one in subjects if (one.about, one.subject) == wanted), None)
    if chosen:
        return Offered(chosen=chosen, statements=list(_statements(chosen)))
    found = [one for one in subjects if asked in f"{one.name} {one.subject}".casefold()]
    return Offered(asked, found[:AT_ONCE], max(0, len(found) - AT_ONCE))


def prefilled(found: Offered, given: Mapping[str, str]) -> dict[str, Any]:
    """What the form holds from the start, of what was chosen."""
    if not found.chosen:
        return {}
    stated = {name: told for name, _, told in found.statements}
    name = given.get("field", "") if given.get("field", "") in stated else ""
    return {"about": found.chosen.about, "subject": found.chosen.subject, "field": name, "said": stated.get(name, "")}


def with_choices(fields: list[Shown | Repeated], about: str) -> list[Shown | Repeated]:
    """The form, with the fields there are to choose from: those of what it is ``about``, or of everything."""
    known = FIELDS[about] if about in FIELDS else [name for names in FIELDS.values() for name in names]
    choices = tuple((name, words(name)) for name in dict.fromkeys(known))
    return [_chosen_from(one, choices) if one.name == "field" and isinstance(one, Shown) else one for one in fields]


def _chosen_from(one: Shown, choices: tuple[tuple[str, str], ...]) -> Shown:
    return replace(one, kind="choice", help="Which statement was wrong.", example="", choices=choices)


def _subjects(register: Register) -> Iterator[Subject]:
    categories = {one.key: one.name for one in register.categories}
    features = {one.slug: one.name for one in register.features}
    for use in register.uses:
        yield Subject("use", use.id, queries.use_called(use.id, categories, features), use)
    yield from (Subject("feature", one.slug, one.name, one) for one in register.features)
    yield from (Subject("category", one.key, one.name, one) for one in register.categories)
    for policy in register.policies:
        for clause in policy.clauses:
            name = " ".join(f"{policy.title} {clause.number} {clause.heading}".split())
            yield Subject("clause", f"{policy.slug}/{clause.number}", name, clause)


def _statements(one: Subject) -> Iterator[tuple[str, str, str]]:
    """Each field that says anything: its name, what it is called, and what it says."""
    for name in FIELDS[one.about]:
        if (told := text(name, getattr(one.record, name))) and name not in KNOWN_BY:
            yield name, words(name), told[:2000]
