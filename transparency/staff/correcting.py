"""What a correction can be about: the statements there are, to be chosen from, so that nobody has to type keys.

Statements are those of the edition that the proposal stands on: in its draft they may be mended already. What was said
in earlier editions alone can still be typed.
"""

import re
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import chain, count
from typing import Any

from django.core.paginator import Page, Paginator

from transparency.register import queries as said
from transparency.register.phrases import text, words
from transparency.register.rules import FIELDS
from transparency.register.schema import Record, Register
from transparency.review import queries
from transparency.staff.forms import Repeated, Shown

KNOWN_BY = ("key", "slug", "number", "category", "feature", "stage")
"""Fields that say which one it is: these are never wrong of it, but of another one."""
AT_ONCE = 50
"""So many stand on one page of the list."""
SHORT = 50
"""Letters of a short name that nobody chose: ten fewer than there may be, for a number behind it."""
TODAY = "If the correction holds at once, that is the day on which it is published: check it when you submit."
EMPTY = "Leave it empty, and it gets one from what it is about."


@dataclass(frozen=True)
class Subject:
    """Something that an edition speaks of: a use, a feature, a kind of data or a clause."""

    about: str
    subject: str
    name: str
    record: Record


@dataclass(frozen=True)
class Offered:
    """What to choose from: a page of subjects that contain the words ``asked``, or the statements of the ``chosen``."""

    asked: str = ""
    found: "Page[Subject] | None" = None
    chosen: Subject | None = None
    statements: list[tuple[str, str, str]] = field(default_factory=list)


def offered(base: int, given: Mapping[str, str]) -> Offered:
    """``given`` may name what to choose from (``q``, ``page``), or what was chosen (``about`` and ``of``)."""
    edition, asked = said.edition(base), given.get("q", "").casefold()[:100]
    subjects = list(_subjects(said.document(edition).register)) if edition else []
    wanted = (given.get("about", ""), given.get("of", ""))
    chosen = next((one for one in subjects if (one.about, one.subject) == wanted), None)
    if chosen:
        return Offered(chosen=chosen, statements=list(_statements(chosen)))
    found = [one for one in subjects if asked in f"{one.name} {one.subject}".casefold()]
    return Offered(asked, Paginator(found, AT_ONCE).get_page(given.get("page", "")[:6]))


def prefilled(found: Offered, given: Mapping[str, str], base: int, holds_from: datetime) -> dict[str, Any]:
    """What the form holds from the start, of what was chosen: which statement, what it said, and from when to when.

    The last day on which we said it is the last one before the correction holds; today, where it holds at once.
    """
    if not found.chosen:
        return {}
    stated = {name: told for name, _, told in found.statements}
    name = given.get("field", "")
    chosen = {"about": found.chosen.about, "subject": found.chosen.subject}
    edition = said.edition(base)
    if name not in stated or edition is None:
        return chosen
    since = said.said_since(edition, found.chosen.about, found.chosen.subject, name).date().isoformat()
    until = (holds_from.astimezone(UTC) - timedelta(microseconds=1)).date().isoformat()
    return chosen | {"field": name, "said": stated[name], "since": since, "until": until}


def with_name(values: dict[str, Any], taken: Container[str]) -> dict[str, Any]:
    """The values with a short name for the correction where they give none, unlike those ``taken``.

    Nobody but machines and one address meets it, so nobody has to think of one.
    """
    if values.get("slug") or not values.get("subject"):
        return values
    told = f"{values['subject']} {values.get('field', '')} {str(values.get('until', ''))[:4]}".casefold()
    words = re.findall("[a-z0-9]{1,20}", told) or ["correction"]
    while len(stem := "-".join(words)) > SHORT:
        words.pop(0)
    names = chain([stem], (f"{stem}-{number}" for number in count(2)))
    return values | {"slug": next(name for name in names if name not in taken)}


def with_choices(fields: list[Shown | Repeated], about: str) -> list[Shown | Repeated]:
    """The form, with the fields there are to choose from: those of what it is ``about``, or of everything."""
    known = FIELDS[about] if about in FIELDS else [name for names in FIELDS.values() for name in names]
    choices = tuple((name, words(name)) for name in dict.fromkeys(known))
    instead: dict[str, dict[str, Any]] = {
        "field": {"kind": "choice", "help": "Which statement was wrong.", "example": "", "choices": choices},
        "until": {"help": f"The last day on which we said it. {TODAY}"},
        "slug": {"label": "Short name", "help": f"Stands in its address, for ever. {EMPTY}"},
    }
    return [_with(one, instead.get(one.name, {})) for one in fields]


def _with(one: Shown | Repeated, other: Mapping[str, Any]) -> Shown | Repeated:
    return replace(one, **other)


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
