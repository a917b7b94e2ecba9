"""The lists that can be read, each with what narrows it."""

from typing import Any

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
    numbered,
    paged,
)
from transparency.api.parameters import one_of, text
from transparency.register import queries
from transparency.register.models import Edition, Evidence
from transparency.register.schema import AIFeature, DataCategory, FeatureKind, Refusal, Sensitivity, Status, Use


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


class EditionsReading(Reading):
    """Every edition ever published, newest first, those still to take effect included."""

    parameters, shape = PAGED, answers.Edition

    @classmethod
    def read(cls, given: dict[str, Any], **parts: str) -> Any:
        return paged([_edition(one) for one in queries.editions()], given, "editions")


class EditionReading(Reading):
    """One edition, by its number."""

    shape, listed = answers.Edition, False

    @classmethod
    def read(cls, given: dict[str, Any], **parts: str) -> Any:
        return _edition(numbered(int(parts["number"])))


def _edition(one: Edition) -> answers.Edition:
    names = ("number", "digest", "published_at", "effective_at", "authors", "approver", "summary")
    url = f"{settings.PUBLIC_URL}/editions/{one.number}.json"
    return answers.Edition(**{name: getattr(one, name) for name in names}, document_url=url)


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
    names = ("category", "feature", "stage", "seen", "by_column", "first_seen", "last_seen", "checked_at")
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
