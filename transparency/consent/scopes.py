"""What a choice can speak of: from everything AI down to one use; and which of them cover a given use. Pure.

A scope is known by its name:

===================================  ==================================================  ====
name                                 covers                                              rank
===================================  ==================================================  ====
``all``                              every use                                           0
``stage:training``                   every use at this stage                             1
``feature:job-ranking``              every use by this feature                           2
``category:profile.skills``          every use of this kind of data, or of one below it  3
``feature:job-ranking@training``     every use by this feature at this stage             4
``use:profile.skills/jobs/training`` this one                                            5
``gpc:sharing``                      what a browser's signal refuses; see ``signals``    -1
===================================  ==================================================  ====

The higher the rank, the more specific. Fine-tuning is a kind of training: what is said of ``training`` covers it too.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from transparency.register.schema import AIFeature, DataCategory, FeatureKind, RecipientRole, Register, Stage, Use

EVERYTHING = "all"
RANK = {"gpc": -1, "all": 0, "stage": 1, "feature": 2, "category": 3, "feature@stage": 4, "use": 5}
WELL_FORMED = re.compile(
    r"all|stage:[a-z_]{1,12}|feature:[a-z0-9-]{1,60}(@[a-z_]{1,12})?|category:[a-z0-9_.]{1,120}"
    r"|use:[a-z0-9_.]{1,120}/[a-z0-9-]{1,60}/[a-z_]{1,12}|gpc:(sharing|training|everything)"
)
TRAINS = (Stage.TRAINING, Stage.FINE_TUNING)
MONEY = ("advertising", "sale", "sell", "marketing")


class Signal(StrEnum):
    """What a browser's Global Privacy Control signal refuses here; the company states which."""

    SHARING = "sharing"
    TRAINING = "training"
    EVERYTHING = "everything"

    @property
    def scope(self) -> str:
        return f"gpc:{self.value}"


@dataclass(frozen=True)
class Covering:
    """A scope that covers a use, and how specific it is."""

    name: str
    rank: int


def of_stage(stage: str) -> str:
    return f"stage:{stage}"


def of_feature(feature: str, stage: str = "") -> str:
    return f"feature:{feature}@{stage}" if stage else f"feature:{feature}"


def of_category(key: str) -> str:
    return f"category:{key}"


def of_use(category: str, feature: str, stage: str) -> str:
    return f"use:{category}/{feature}/{stage}"


def kind_of(name: str) -> str:
    """The row of the table above that a scope belongs to: a key of ``RANK``."""
    head, _, tail = name.partition(":")
    return "feature@stage" if head == "feature" and "@" in tail else head


def covering(use: Use, register: Register) -> tuple[Covering, ...]:
    """Every scope that covers ``use``, the most specific first. Earlier keys of a category count as itself."""
    names = {EVERYTHING, of_feature(use.feature), *_signals(use, register)}
    names |= {of_stage(stage) for stage in _stages(use.stage)}
    names |= {of_feature(use.feature, stage) for stage in _stages(use.stage)}
    names |= {of_category(key) for key in _keys(use.category, register, upwards=True)}
    names |= {of_use(key, use.feature, use.stage) for key in _keys(use.category, register, upwards=False)}
    found = (Covering(name, RANK[kind_of(name)]) for name in names)
    return tuple(sorted(found, key=lambda one: (-one.rank, one.name)))


def covered(name: str, register: Register) -> Iterator[Use]:
    """The uses that a scope covers."""
    return (use for use in register.uses if any(one.name == name for one in covering(use, register)))


def shares(use: Use, feature: AIFeature | None) -> bool:
    """Whether a use involves sale, sharing, or advertising across sites (CCPA 1798.140; what GPC is about)."""
    outside = any(one.role != RecipientRole.PROCESSOR for one in use.recipients)
    advertises = feature is not None and feature.kind == FeatureKind.ADVERTISING
    return outside or advertises or any(word in use.purpose for word in MONEY)


def _signals(use: Use, register: Register) -> Iterator[str]:
    yield Signal.EVERYTHING.scope
    shared = shares(use, next((one for one in register.features if one.slug == use.feature), None))
    if shared:
        yield Signal.SHARING.scope
    if shared or use.stage in TRAINS:
        yield Signal.TRAINING.scope


def _stages(stage: str) -> tuple[str, ...]:
    return (Stage.TRAINING.value, str(stage)) if stage == Stage.FINE_TUNING else (str(stage),)


def _keys(key: str, register: Register, *, upwards: bool) -> set[str]:
    """The category's key and its earlier ones; with ``upwards`` also those of the kinds that it belongs to."""
    by_key = {category.key: category for category in register.categories}
    found: set[str] = set()
    category: DataCategory | None = by_key.get(key)
    while category is not None and category.key not in found:
        found |= {category.key, *category.aliases}
        category = by_key.get(category.parent) if upwards else None
    return found | {key}
