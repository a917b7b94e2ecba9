"""The lists that can be read, each with what narrows it."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import msgspec
from django.conf import settings

from transparency.api import answers
from transparency.api.endpoints.reading import (
    AT,
    CATEGORY,
    EDITION,
    FEATURE,
    PAGED,
    STAGE,
    OfEdition,
    Reading,
    moment_of,
    numbered,
    paged,
)
from transparency.api.parameters import number, one_of, text
from transparency.register import order, queries
from transparency.register.models import Edition, Evidence
from transparency.register.patch import patch
from transparency.register.schema import (
    About,
    AIFeature,
    Correction,
    DataCategory,
    FeatureKind,
    Policy,
    PolicyKind,
    Refusal,
    Register,
    Sensitivity,
    Status,
    Use,
)


class UsesReading(OfEdition):
    """Uses: which category of data feeds which AI feature, at which stage, why, and on what basis."""

    part, filters, shape = "uses", ("category", "feature", "stage", "purpose"), Use
    parameters = (
        *(AT, EDITION, *PAGED, CATEGORY, FEATURE, STAGE),
        text("purpose", "Only those with this purpose."),
        text("legal_basis", "Only those that rest on this legal basis somewhere."),
        one_of("refusal", "Only those that members may refuse in this way somewhere.", [one.value for one in Refusal]),
    )

    @classmethod
    def understood(cls, register: Register, given: dict[str, Any]) -> dict[str, Any]:
        """A category is known by its earlier keys too, as on the pages."""
        asked = given.get("category")
        now = [one.key for one in register.categories if asked in one.aliases]
        return given | {"category": now[0]} if now else given

    @classmethod
    def matches(cls, record: Any, given: dict[str, Any]) -> bool:
        somewhere = [name for name in ("legal_basis", "refusal") if name in given]
        return super().matches(record, given) and all(
            any(getattr(scope, name) == given[name] for scope in record.scopes) for name in somewhere
        )


class CategoriesReading(OfEdition):
    """Categories of personal data, in a member's words."""

    part, filters, shape = "categories", ("parent", "sensitivity"), DataCategory
    parameters = (
        *(AT, EDITION, *PAGED),
        text("parent", "Only those in the group with this key."),
        one_of("sensitivity", "Only those that are this sensitive.", [one.value for one in Sensitivity]),
    )


class FeaturesReading(OfEdition):
    """AI features: what members meet that a model drives."""

    part, filters, shape = "features", ("kind", "status"), AIFeature
    parameters = (
        *(AT, EDITION, *PAGED),
        one_of("kind", "Only those of this kind.", [one.value for one in FeatureKind]),
        one_of("status", "Only those that are planned, in use or retired.", [one.value for one in Status]),
    )


_TO = number("to", "The edition to which one looks; without it, the newest that is published.", 1, 1, 999_999_999)
NEWEST = replace(_TO, schema={name: value for name, value in _TO.schema.items() if name != "default"})


class PoliciesReading(OfEdition):
    """Policy documents, word for word, in numbered clauses that uses cite."""

    part, filters, shape = "policies", ("kind",), Policy
    parameters = (
        *(AT, EDITION, *PAGED),
        one_of("kind", "Only terms, privacy policies or others.", [one.value for one in PolicyKind]),
    )


class CorrectionsReading(OfEdition):
    """Corrections: what was said and was wrong, from when to when, and what was true."""

    part, filters, shape = "corrections", ("about", "subject"), Correction
    parameters = (
        *(AT, EDITION, *PAGED),
        one_of("about", "Only those about such a thing.", [one.value for one in About]),
        text("subject", "Only those about the record with this key, slug or id."),
    )


class DifferencesReading(Reading):
    """What differs between two editions: in sentences, and as a JSON Patch (RFC 6902) of their documents."""

    shape, listed = answers.Difference, False
    parameters = (
        number("from", "The edition from which one looks; without it, the first.", 1, 1, 999_999_999),
        NEWEST,
    )

    @classmethod
    def read(cls, given: dict[str, Any], **parts: str) -> Any:
        one = numbered(given.get("from", 1))
        other = numbered(given.get("to", queries.newest_register()[0] or 1))
        before, after = (msgspec.json.decode(edition.document) for edition in (one, other))
        names = ("kind", "subject", "verb", "sentence", "material")
        found = queries.changes_between(one, other)
        changes = [answers.Changed(**{name: getattr(change, name) for name in names}) for change in found]
        return {"from": one.number, "to": other.number, "changes": changes, "patch": patch(before, after)}


class EditionsReading(Reading):
    """Every edition published by now, or by a moment, newest first; those still to take effect then included."""

    parameters, shape = (AT, *PAGED), answers.Edition

    @classmethod
    def read(cls, given: dict[str, Any], **parts: str) -> Any:
        known = list(queries.editions().filter(published_at__lte=moment_of(given)))
        instead = order.overtaken({one.number: one.effective_at for one in known})
        return paged([_edition(one, instead) for one in known], given, "editions")


class EditionReading(Reading):
    """One edition, by its number."""

    shape, listed = answers.Edition, False

    @classmethod
    def read(cls, given: dict[str, Any], **parts: str) -> Any:
        return _edition(numbered(int(parts["number"])), queries.overtaken())


def _edition(one: Edition, instead: Mapping[int, int]) -> answers.Edition:
    names = ("number", "digest", "published_at", "effective_at", "authors", "approver", "summary")
    url = f"{settings.PUBLIC_URL}/editions/{one.number}.json"
    told = {name: getattr(one, name) for name in names} | {"overtaken_by": instead.get(one.number)}
    return answers.Edition(**told, document_url=url)


class ObservationsReading(Reading):
    """What the lineage catalog showed of each use, in the words that members read."""

    shape = answers.Observation
    parameters = (
        *(*PAGED, CATEGORY, FEATURE, STAGE),
        one_of("seen", "Only what is still seen, or only what is not.", ["true", "false"]),
    )

    @classmethod
    def read(cls, given: dict[str, Any], **parts: str) -> Any:
        wanted: dict[str, Any] = {name: given[name] for name in ("category", "feature", "stage") if name in given}
        wanted |= {"seen": given["seen"] == "true"} if "seen" in given else {}
        rows = [row for _, row in sorted(queries.evidence().items())]
        found = [row for row in rows if all(getattr(row, name) == value for name, value in wanted.items())]
        return paged([_observation(row) for row in found], given, "observations")


def _observation(row: Evidence) -> answers.Observation:
    names = (
        "category", "feature", "stage", "seen", "direct", "by_column", "first_seen", "last_seen", "checked_at",
        "sources",
    )  # fmt: skip
    steps = [answers.Step(**{name: str(value) for name, value in step.items()}) for step in row.steps]
    return answers.Observation(**{name: getattr(row, name) for name in names}, steps=steps)


class SourcesReading(Reading):
    """Where lineage is read from, and how fresh it is."""

    parameters, shape = PAGED, answers.SourceFreshness

    @classmethod
    def read(cls, given: dict[str, Any], **parts: str) -> Any:
        names = ("source", "name", "last_good_at", "stale_since")
        rows = [answers.SourceFreshness(*(getattr(row, name) for name in names)) for row in queries.freshness()]
        return paged(rows, given, "sources")
