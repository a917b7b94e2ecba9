"""What every document is made from: one edition, or a part of it, and where it was published. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property

from transparency.register import coverage, diff
from transparency.register.documents import EditionDocument
from transparency.register.schema import AIFeature, DataCategory, Policy, Register, Use
from transparency.register.vocabulary.purposes import PURPOSES

LANGUAGE = "en"
"""The language of the register's words, as ISO 639-1."""
TRAINING_STAGES = ("training", "fine_tuning")


@dataclass(frozen=True)
class Instead:
    """The edition that takes the place of one that never holds, and since when that is so, as ISO 8601."""

    number: int
    since: str


@dataclass(frozen=True)
class Source:
    """An edition, the part of its register to write, and who published it.

    ``exact`` are the bytes that ``digest`` is made from; ``site`` is an address without a slash at its end. ``officer``
    and ``representative`` are name and contact of whom GDPR Article 30 wants named, empty where nobody told. ``before``
    is the edition that this one follows, 0 for none; ``instead`` is there where this one never holds.
    """

    document: EditionDocument
    exact: bytes
    digest: str
    register: Register
    site: str
    organisation: str
    officer: str = ""
    representative: str = ""
    before: int = 0
    instead: Instead | None = None

    @cached_property
    def categories(self) -> dict[str, DataCategory]:
        return {one.key: one for one in self.register.categories}

    @cached_property
    def features(self) -> dict[str, AIFeature]:
        return {one.slug: one for one in self.register.features}

    @cached_property
    def corrections(self) -> dict[str, list[str]]:
        """By what they are about (“use:…”, “feature:…”, “category:…”, “clause:…”), what corrections say."""
        found: dict[str, list[str]] = {}
        made = self.register.corrections
        for one, sentence in zip(made, diff.corrected(self.register, made), strict=True):
            found.setdefault(f"{one.about}:{one.subject}", []).append(sentence)
        return found

    @cached_property
    def _policies(self) -> dict[str, Policy]:
        return coverage.by_slug(self.register)

    def corrections_of(self, use: Use) -> list[str]:
        """What was wrong in what was said of a use, of its feature and its kind of data, and in clauses it cites."""
        about = [f"use:{use.id}", f"feature:{use.feature}", f"category:{use.category}"]
        about += [f"clause:{cover.name}" for cover in coverage.covers(use, self._policies)]
        return [sentence for name in about for sentence in self.corrections.get(name, ())]

    def corrections_within(self, slug: str) -> list[str]:
        """What was wrong in what was said of a feature and of its uses, of those too that it no longer has."""
        of_uses = (name for name in self.corrections if name.startswith("use:") and name.split("/")[1] == slug)
        return [sentence for name in (f"feature:{slug}", *of_uses) for sentence in self.corrections.get(name, ())]

    def uses_of(self, slug: str) -> list[Use]:
        return [use for use in self.register.uses if use.feature == slug]

    def category_name(self, key: str) -> str:
        return self.categories[key].name if key in self.categories else key

    @property
    def edition_url(self) -> str:
        return f"{self.site}/editions/{self.document.number}/"

    @property
    def edition_before_url(self) -> str:
        return f"{self.site}/editions/{self.before}/"

    @property
    def instead_url(self) -> str:
        """Where the edition stands that takes the place of this one; empty where this one holds, or will."""
        return f"{self.site}/editions/{self.instead.number}/" if self.instead else ""

    @property
    def never(self) -> str:
        """That this edition never holds, and which one does, in a sentence; empty where it does, or will."""
        return never(self.document.number, self.instead.number) if self.instead else ""

    @property
    def canonical_url(self) -> str:
        """Where the exact text stands that the digest is of."""
        return f"{self.site}/editions/{self.document.number}.json"

    def feature_url(self, slug: str) -> str:
        return f"{self.site}/features/{slug}/"

    def use_url(self, use: Use) -> str:
        return f"{self.site}/uses/{use.id}/"

    def category_url(self, key: str) -> str:
        return f"{self.site}/categories/{key}/"

    def of_feature(self, slug: str) -> "Source | None":
        """The part that is about one feature; ``None`` where the edition has no such feature."""
        if slug not in self.features:
            return None
        return self._part(self.uses_of(slug), features=(slug,))

    def of_category(self, key: str) -> "Source | None":
        """The part that is about one kind of data and all that belongs to it."""
        if key not in self.categories:
            return None
        family = self._family(key)
        return self._part([use for use in self.register.uses if use.category in family], categories=family)

    def of_use(self, name: str) -> "Source | None":
        found = [use for use in self.register.uses if use.id == name]
        return self._part(found) if found else None

    def _family(self, key: str) -> set[str]:
        family, size = {key}, 0
        while size != len(family):
            size = len(family)
            family |= {one.key for one in self.register.categories if one.parent in family}
        return family

    def _part(self, uses: list[Use], categories: Iterable[str] = (), features: Iterable[str] = ()) -> "Source":
        keys = {*categories, *(use.category for use in uses)}
        slugs = {*features, *(use.feature for use in uses)}
        named = {"category": keys, "feature": slugs, "use": {use.id for use in uses}}
        part = Register(
            categories=tuple(one for one in self.register.categories if one.key in keys),
            features=tuple(one for one in self.register.features if one.slug in slugs),
            uses=tuple(uses),
            corrections=tuple(one for one in self.register.corrections if one.subject in named.get(one.about, ())),
        )
        return replace(self, register=part)


def never(number: int, instead: int) -> str:
    """That an edition never holds, in a sentence that stays true as time goes by."""
    return f"Edition {number} was overtaken before it came into force, and never holds: edition {instead} does instead."


def trains(use: Use) -> bool:
    """Whether a model learns from the data."""
    return use.stage in TRAINING_STAGES


def purposes_of(uses: Iterable[Use]) -> list[str]:
    """The purposes in plain words, each once, in the order in which they come."""
    return list(dict.fromkeys(use.purpose_text or PURPOSES[use.purpose].label for use in uses))
