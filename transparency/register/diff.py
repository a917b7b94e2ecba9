"""What changed between two registers, in sentences that a member understands. Pure."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from transparency.register.phrases import day, plain, words
from transparency.register.schema import (
    About,
    AIFeature,
    Clause,
    Correction,
    DataCategory,
    Policy,
    Record,
    Register,
    Scope,
    Use,
)
from transparency.register.vocabulary import label

T = TypeVar("T", bound=Record)

STAGE_PHRASE = {
    "training": "to train its model",
    "fine_tuning": "to fine-tune its model",
    "inference": "while you are on the site",
    "evaluation": "to test its model",
}


@dataclass(frozen=True)
class Change:
    """One difference. ``subject`` is a key, slug or use id; ``material`` where more is done with data.

    ``about`` is what it concerns: a correction concerns another record than itself. ``told_by`` names the correction
    whose sentence tells this change as well: what was wrong, and what we say instead, are one piece of news.
    """

    kind: str
    subject: str
    verb: str
    sentence: str
    fields: tuple[str, ...] = ()
    material: bool = False
    about: str = ""
    told_by: str = ""


def sentences(found: Iterable[Change]) -> tuple[str, ...]:
    """The sentences of changes, without those that a correction among them tells already."""
    return tuple(one.sentence for one in _told(list(found)))


def in_words(found: list[Change], said: Sequence[str]) -> list[Change]:
    """The same changes, told by these sentences where there are as many: those of a release that chose other words."""
    told = _told(found)
    words = {id(one): sentence for one, sentence in zip(told, said, strict=False)} if len(told) == len(said) else {}
    return [replace(one, sentence=words.get(id(one), one.sentence)) for one in found]


def _told(found: list[Change]) -> list[Change]:
    corrections = {one.subject for one in found if one.kind == "correction"}
    return [one for one in found if one.told_by not in corrections]


def changes(before: Register, after: Register) -> list[Change]:
    """All differences: corrections first, then uses, which matter most. Empty exactly where both say the same."""
    names = _Names(before, after)
    records = [
        *_compare("use", _by(before.uses, "id"), _by(after.uses, "id"), names.use),
        *_compare("feature", _by(before.features, "slug"), _by(after.features, "slug"), names.feature),
        *_compare("category", _by(before.categories, "key"), _by(after.categories, "key"), names.category),
        *_compare("policy", _by(before.policies, "slug"), _by(after.policies, "slug"), names.policy),
    ]
    made = list(
        _compare("correction", _by(before.corrections, "slug"), _by(after.corrections, "slug"), names.correction)
    )
    mended = dict(_mended(made, records, after))
    return [*(_with(one, mended, after) for one in made), *(_told_by(one, mended) for one in records)]


Mended = dict[tuple[str, str], Correction]
"""By kind and subject: the correction that came with a change of nothing but the field which it says was wrong."""


def _mended(made: list[Change], records: list[Change], after: Register) -> Iterator[tuple[tuple[str, str], Correction]]:
    new = {one.subject for one in made if one.verb == "added"}
    wrong: dict[tuple[str, str, tuple[str, ...]], Correction] = {
        (str(one.about), one.subject, (one.field,)): one for one in after.corrections if one.slug in new
    }
    for one in records:
        found = wrong.get((one.kind, one.subject, one.fields))
        if found and isinstance(_now(found, after), str):
            yield (one.kind, one.subject), found


def _now(one: Correction, after: Register) -> object:
    """What is said now where something was wrong."""
    known: dict[str, dict[str, Record]] = {
        "use": {use.id: use for use in after.uses},
        "feature": {feature.slug: feature for feature in after.features},
        "category": {category.key: category for category in after.categories},
    }
    return getattr(known[str(one.about)][one.subject], one.field)


def _with(change: Change, mended: Mended, after: Register) -> Change:
    """The change, where it is a correction, with what is said now."""
    one = next((one for one in mended.values() if one.slug == change.subject), None)
    now = _now(one, after) if one else ""
    return (
        replace(change, sentence=f"{change.sentence} We now say: {_quoted(one.field, now)}.") if one and now else change
    )


def _told_by(change: Change, mended: Mended) -> Change:
    one = mended.get((change.kind, change.subject))
    return replace(change, told_by=one.slug) if one else change


class _Names:
    """Names of categories, features and policy documents, the newer ones first."""

    def __init__(self, before: Register, after: Register) -> None:
        self.categories = {c.key: c.name for register in (before, after) for c in register.categories}
        self.features = {f.slug: f.name for register in (before, after) for f in register.features}
        self.policies = {p.slug: p.title for register in (before, after) for p in register.policies}

    def use(self, use: Use, verb: str) -> str:
        feature = self.features.get(use.feature, use.feature)
        category = self.categories.get(use.category, use.category)
        stage = STAGE_PHRASE[use.stage]
        if verb == "changed":
            return f"{category} in {feature}, used {stage}"
        return f"{feature} {'now uses' if verb == 'added' else 'no longer uses'} {category} {stage}."

    def feature(self, feature: AIFeature, verb: str) -> str:
        return feature.name if verb == "changed" else f"{feature.name} is {_listed(verb)} as an AI feature."

    def category(self, category: DataCategory, verb: str) -> str:
        return category.name if verb == "changed" else f"{category.name} is {_listed(verb)} as a kind of data."

    def policy(self, policy: Policy, verb: str) -> str:
        if verb == "changed":
            return policy.title
        return f"{policy.title} {'can now be read here' if verb == 'added' else 'is no longer kept here'}."

    def correction(self, one: Correction, verb: str) -> str:
        """Corrections only come; what they are about may have gone since, and is then called by its key."""
        told = f"From {day(one.since)} to {day(one.until)} we said of {self.concerned(one)}, about {words(one.field)}"
        return f"Correction. {told}: “{one.said}” That was wrong. What was true: “{one.truth}”"

    def concerned(self, one: Correction) -> str:
        category, _, rest = one.subject.partition("/")
        feature, _, stage = rest.partition("/")
        if one.about == About.CLAUSE:
            return f"{self.policies.get(category, category)}, clause {rest}"
        if one.about == About.USE:
            phrase = STAGE_PHRASE.get(stage, stage)
            return f"{self.categories.get(category, category)} in {self.features.get(feature, feature)}, used {phrase}"
        return (self.features if one.about == About.FEATURE else self.categories).get(one.subject, one.subject)


def concerned(register: Register, one: Correction) -> str:
    """What a correction is about, by the names of ``register``."""
    return _Names(register, register).concerned(one)


def corrected(register: Register, found: Iterable[Correction]) -> list[str]:
    """What each of these corrections says, by the names of ``register``: of what, from when to when, and the truth."""
    names = _Names(register, register)
    return [names.correction(one, "added") for one in found]


def _listed(verb: str) -> str:
    return "now listed" if verb == "added" else "no longer listed"


def _by(records: tuple[T, ...], name: str) -> dict[str, T]:
    return {getattr(record, name): record for record in records}


def _compare(kind: str, before: dict[str, T], after: dict[str, T], say: Callable[[T, str], str]) -> Iterator[Change]:
    for subject in sorted(after.keys() - before.keys()):
        one, about = after[subject], str(getattr(after[subject], "subject", subject))
        yield Change(kind, subject, "added", say(one, "added"), material=kind == "use", about=about)
    for subject in sorted(before.keys() - after.keys()):
        yield Change(kind, subject, "removed", say(before[subject], "removed"), about=subject)
    for subject in sorted(before.keys() & after.keys()):
        if before[subject] != after[subject]:
            yield _changed(kind, subject, before[subject], after[subject], say(after[subject], "changed"))


def _changed(kind: str, subject: str, before: Record, after: Record, name: str) -> Change:
    fields = tuple(f for f in after.__struct_fields__ if getattr(before, f) != getattr(after, f))
    said = "; ".join(_field(f, getattr(before, f), getattr(after, f)) for f in fields)
    material = kind == "use" and any(_is_more(f, getattr(before, f), getattr(after, f)) for f in fields)
    return Change(kind, subject, "changed", f"{name}: {said}.", fields, material, subject)


def more(before: Use | None, after: Use) -> set[str]:
    """The fields by which more is done with data than ``before`` says; all of them where it speaks of no such use."""
    fields = after.__struct_fields__
    return {name for name in fields if not before or _differs_for_more(name, before, after)}


def _differs_for_more(name: str, before: Use, after: Use) -> bool:
    was, becomes = getattr(before, name), getattr(after, name)
    return was != becomes and _is_more(name, was, becomes)


def _is_more(field: str, before: object, after: object) -> bool:
    """Whether the change of one field of a use may mean that more is done with data; in doubt it does."""
    if field == "retention":
        was, becomes = _days(str(before)), _days(str(after))
        return was is None or becomes is None or becomes > was
    if isinstance(before, tuple) and isinstance(after, tuple) and field in ("recipients", "safeguards"):
        return any(one not in before for one in after) if field == "recipients" else any(x not in after for x in before)
    return field in {"purpose", "purpose_text", "scopes"}


def _days(text: str) -> int | None:
    """How long “13 months” is; ``None`` for what isn't as plain as that."""
    found = re.fullmatch(r"([0-9]{1,5}) (day|week|month|year)s?", text.strip(), re.IGNORECASE)
    return int(found[1]) * {"day": 1, "week": 7, "month": 30, "year": 365}[found[2].casefold()] if found else None


def _field(name: str, before: object, after: object) -> str:
    if isinstance(before, tuple) and isinstance(after, tuple):
        if name == "scopes":
            return _scopes(before, after)
        both = (*before, *after)
        return _clauses(before, after) if isinstance(both[0], Clause) else _list(name, before, after)
    if isinstance(after, bool):
        return "it can no longer work without this data" if after else "it can now work without this data"
    return f"{words(name)} {_was(name, before)} and {_is_now(name, after)}"


def _was(name: str, value: object) -> str:
    return f"was {_quoted(name, value)}" if value else "was not said"


def _is_now(name: str, value: object) -> str:
    return f"is now {_quoted(name, value)}" if value else "is no longer said"


def _quoted(name: str, value: object) -> str:
    """Without its full stop: the sentence goes on after it."""
    return f"“{plain(name, value).removesuffix('.')}”"


def _list(name: str, before: tuple[object, ...], after: tuple[object, ...]) -> str:
    gone, new = [x for x in before if x not in after], [x for x in after if x not in before]
    parts = [f"now also {', '.join(_quoted(name, one) for one in new)}"] if new else []
    parts += [f"no longer {', '.join(_quoted(name, one) for one in gone)}"] if gone else []
    return f"{words(name)}: {' and '.join(parts) or 'the same in another order'}"


def _clauses(before: tuple[Clause, ...], after: tuple[Clause, ...]) -> str:
    old, new = _by(before, "number"), _by(after, "number")
    parts = [f"clause {new[number].number} is new" for number in new if number not in old]
    parts += [f"clause {number} is gone" for number in old if number not in new]
    parts += [f"clause {number} has new words" for number in new if number in old and new[number] != old[number]]
    return "; ".join(parts) or "its clauses stand in another order"


def _scopes(before: tuple[Scope, ...], after: tuple[Scope, ...]) -> str:
    """Places where the same changed are named together: who reads of one change should not have to compare three."""
    old = {place: scope for scope in before for place in scope.jurisdictions}
    new = {place: scope for scope in after for place in scope.jurisdictions}
    told: dict[str, list[str]] = {}
    for place in (*new, *(place for place in old if place not in new)):
        told.setdefault(_scope(old.get(place), new.get(place)), []).append(place)
    several = len(old.keys() | new.keys()) > 1
    parts = [f"{_in(places, several)}{said}" for said, places in told.items() if said]
    return "; ".join(parts) or "the places are written in another order"


def _in(places: list[str], several: bool) -> str:
    if places == ["*"] and not several:
        return "everywhere, "
    *first, last = [label("jurisdiction", place) for place in places]
    return f"in {', '.join(first)} and {last}, " if first else f"in {last}, "


def _scope(before: Scope | None, after: Scope | None) -> str:
    if before is None or after is None:
        return "it now has rules of its own" if after else "it no longer has rules of its own"
    fields = [f for f in Scope.__struct_fields__ if f != "jurisdictions" and getattr(before, f) != getattr(after, f)]
    return "; ".join(_field(f, getattr(before, f), getattr(after, f)) for f in fields)
