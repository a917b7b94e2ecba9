"""What a page is made from: one edition, what was seen of it, and quick ways to find things in both.

A plain value, so that staff can render the page of a draft, and a past day its own, with the very same code.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from transparency.register import coverage, queries
from transparency.register.models import Edition, Evidence, Freshness
from transparency.register.schema import AIFeature, Correction, DataCategory, Policy, Register, Use

TRAINING = ("training", "fine_tuning")


@dataclass(frozen=True)
class ShownUse:
    """A use with the names around it and the badge that says how we know; none on a past day, which has no evidence."""

    use: Use
    category: DataCategory
    feature: AIFeature
    badge: queries.Badge | None
    evidence: Evidence | None

    @property
    def trains(self) -> bool:
        return self.use.stage in TRAINING

    @property
    def tests(self) -> bool:
        return self.use.stage == "evaluation"

    @property
    def refusal(self) -> str:
        """``yes``, ``consent_first``, ``no``, or ``varies`` where places differ."""
        found = {scope.refusal.value if hasattr(scope.refusal, "value") else scope.refusal for scope in self.use.scopes}
        return str(found.pop()) if len(found) == 1 else "varies"


def by_stage(uses: list[ShownUse]) -> dict[str, list[ShownUse]]:
    """Uses apart by what members mind most: learning from data, using it, testing with it."""
    return {
        "training": [shown for shown in uses if shown.trains],
        "serving": [shown for shown in uses if not (shown.trains or shown.tests)],
        "testing": [shown for shown in uses if shown.tests],
    }


@dataclass(frozen=True)
class Reading:
    """Everything that the pages of one moment say. ``day`` is set where one looks at the past."""

    register: Register
    number: int = 0
    evidence: queries.EvidenceBook = field(default_factory=dict)
    freshness: list[Freshness] = field(default_factory=list)
    day: str = ""
    effective_at: datetime | None = None
    digest: str = ""
    corrections: tuple[Correction, ...] = ()
    """All that are known today, wherever one looks from."""
    coming: queries.Coming = ()
    """Told on printed pages alone: none beside the past or a draft."""

    @cached_property
    def categories(self) -> dict[str, DataCategory]:
        return {category.key: category for category in self.register.categories}

    @cached_property
    def features(self) -> dict[str, AIFeature]:
        return {feature.slug: feature for feature in self.register.features}

    @cached_property
    def policies(self) -> dict[str, Policy]:
        return coverage.by_slug(self.register)

    @cached_property
    def resting(self) -> dict[str, list[Use]]:
        """By clause (``slug/number``), the uses that cite it."""
        return coverage.resting(self.register)

    def covers(self, use: Use) -> list[coverage.Cover]:
        return coverage.covers(use, self.policies)

    @cached_property
    def wrong(self) -> list[Correction]:
        """What is known to have been wrong; in the past, of what was said on that day."""
        return [one for one in self.corrections if not self.day or one.since <= self.day <= one.until]

    def corrected(self, *about: str) -> list[Correction]:
        """Corrections of these records, each named as “use:…”, “feature:…”, “category:…” or “clause:…”."""
        return [one for one in self.wrong if f"{one.about}:{one.subject}" in about]

    @cached_property
    def aliases(self) -> dict[str, str]:
        """Earlier keys of categories, and where they lead now."""
        return {old: category.key for category in self.register.categories for old in category.aliases}

    @cached_property
    def uses(self) -> list[ShownUse]:
        return [self._shown(use) for use in self.register.uses]

    def _shown(self, use: Use) -> ShownUse:
        seen = self.evidence.get(use.id)
        badge = None if self.day else queries.badge(seen, self.freshness)
        return ShownUse(use, self.categories[use.category], self.features[use.feature], badge, seen)

    @cached_property
    def uses_by_id(self) -> dict[str, ShownUse]:
        return {shown.use.id: shown for shown in self.uses}

    @cached_property
    def uses_by_category(self) -> dict[str, list[ShownUse]]:
        return self._grouped("category")

    @cached_property
    def uses_by_feature(self) -> dict[str, list[ShownUse]]:
        return self._grouped("feature")

    def _grouped(self, by: str) -> dict[str, list[ShownUse]]:
        found: dict[str, list[ShownUse]] = defaultdict(list)
        for shown in self.uses:
            found[getattr(shown.use, by)].append(shown)
        return found

    @cached_property
    def category_groups(self) -> list[tuple[DataCategory, list[DataCategory]]]:
        """Each group with the kinds of data in it, however deep; a group that is used as a whole is one of them."""
        below: dict[str, list[DataCategory]] = defaultdict(list)
        for category in self.register.categories:
            root = self._root(category)
            if category.key != root or category.key in self.uses_by_category:
                below[root].append(category)
        return [(top, below[top.key] or [top]) for top in self.register.categories if not top.parent]

    @cached_property
    def children(self) -> dict[str, list[DataCategory]]:
        found: dict[str, list[DataCategory]] = defaultdict(list)
        for category in self.register.categories:
            found[category.parent].append(category)
        return found

    def family(self, top: DataCategory) -> list[DataCategory]:
        """The kind of data itself, and all that belongs to it; a draft may hold a ring, which is walked once."""
        found = {top.key: top}
        waiting = [top]
        while waiting:
            new = [child for child in self.children.get(waiting.pop().key, []) if child.key not in found]
            found |= {child.key: child for child in new}
            waiting += new
        return list(found.values())

    def uses_of_family(self, top: DataCategory) -> list[ShownUse]:
        return [shown for one in self.family(top) for shown in self.uses_by_category.get(one.key, [])]

    def _root(self, category: DataCategory) -> str:
        while category.parent:
            category = self.categories[category.parent]
        return category.key

    @cached_property
    def feature_groups(self) -> list[tuple[str, list[AIFeature]]]:
        groups: dict[str, list[AIFeature]] = defaultdict(list)
        for feature in self.register.features:
            groups[feature.group].append(feature)
        return sorted(groups.items())

    @cached_property
    def undeclared(self) -> list[Evidence]:
        """Seen, but said nowhere: members are told, even before staff has decided."""
        return [row for row in queries.undeclared(self.register, self.evidence) if not self.day]

    @property
    def kinds(self) -> list[DataCategory]:
        """The kinds of data, without the groups that only hold others."""
        return [one for _, members in self.category_groups for one in members]

    @property
    def used_categories(self) -> int:
        return len(self.uses_by_category)

    @property
    def training_categories(self) -> int:
        return len({shown.use.category for shown in self.uses if shown.trains})

    @property
    def refusable_uses(self) -> int:
        """Those that members may refuse, or that need their yes, wherever they live."""
        return sum(shown.refusal != "no" for shown in self.uses)


def now(at: datetime, corrections: tuple[Correction, ...] = (), coming: queries.Coming = ()) -> Reading:
    """The reading in force at ``at``, with what was seen of it."""
    edition = queries.edition_in_force(at)
    if edition is None:
        return Reading(Register())
    seen = {"evidence": queries.evidence(), "freshness": queries.freshness()}
    return _of(edition, corrections=corrections, coming=coming, **seen)


def on(day: str, at: datetime, corrections: tuple[Correction, ...] = ()) -> Reading | None:
    """The reading as it stood at the end of ``day``; ``None`` before the first edition. Evidence is of today only."""
    edition = queries.edition_in_force(at)
    if edition is None:
        return None
    return _of(edition, day=day, corrections=corrections)


def _of(edition: Edition, **more: Any) -> Reading:
    return Reading(
        queries.document(edition).register,
        edition.number,
        effective_at=edition.effective_at,
        digest=edition.digest,
        **more,
    )
