"""What unlabelled columns may hold: worked out from names, neighbours and descriptions, with the reasons. Pure.

Nothing here is learnt elsewhere: what labelled columns are called, what their neighbours hold, and the categories' own
words are all there is. Each kind of evidence has a weight from 0 to 100; several say more together than one alone, but
never all.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from transparency.catalog.speaking import COMMON, Category, Ears, Spoken, head
from transparency.catalog.untrusted import shortened
from transparency.catalog.words import Words, name_words

__all__ = ["Category", "Column", "Labelled", "Suggested", "suggest"]

LEAST = 40
"""The weight from which something is suggested."""
MOST = 3
"""Suggestions for one column."""
FAR_BEHIND = 35
"""What is that much weaker than the best for its column is left out."""
SAME_NAME = (55, 65, 72, 76, 79, 81, 83, 84, 85)
"""By how many labelled columns have the name."""
LIKE_NAME, MADE_OF, MADE_INTO, BESIDE = 58, 85, 60, 20
COMMON_NAME, MOSTLY, ENOUGH_BESIDE, CERTAIN = 0.5, 0.6, 2, 99
MODIFIER = 0.7  # of a word that names are alike in, where it is not the one that says what the thing is
TELLING = 3
"""Letters that a name must have to be compared: ``c17`` and ``c18`` have none in common that tells."""


@dataclass(frozen=True)
class Column:
    """A column that nobody has labelled, and what its neighbours hold.

    ``made_of`` has an entry for each column that it is computed from: the category's key, empty where nobody said.
    ``made_into`` has one for each labelled column computed from it, ``beside`` one for each in the same dataset.
    """

    key: str
    name: str
    dataset: str
    description: str = ""
    about_dataset: str = ""
    made_of: tuple[str, ...] = ()
    made_into: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()


@dataclass(frozen=True)
class Labelled:
    """A column that somebody's rule labels."""

    key: str
    name: str
    category: str


@dataclass(frozen=True)
class Suggested:
    """``weight`` is a whole number from 0 to 100; ``reasons`` are sentences, what weighs most first."""

    key: str
    category: str
    weight: int
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class _Reason:
    category: str
    weight: float
    words: str


def suggest(
    columns: Iterable[Column],
    labelled: Iterable[Labelled],
    categories: Iterable[Category],
    rejected: Collection[tuple[str, str]] = (),
) -> list[Suggested]:
    """At most a few suggestions for each column, in the order of keys, the weightiest first.

    ``rejected`` holds pairs of key and category that are not to be suggested. The order of what is given is of no
    matter.
    """
    known = sorted(set(labelled), key=lambda one: (one.key, one.category))
    taken, mind = {one.key for one in known}, _Mind(known, list(categories))
    asked = sorted((one for one in columns if one.key not in taken), key=lambda one: one.key)
    refused: dict[str, set[str]] = defaultdict(set)
    for key, category in rejected:
        refused[key].add(category)
    return [found for one in asked for found in mind.of(one, refused.get(one.key, set()))]


class _Mind:
    """Everything that is known before a column is looked at."""

    def __init__(self, labelled: Sequence[Labelled], categories: Sequence[Category]) -> None:
        self._ears = Ears(sorted(categories, key=lambda one: one.key))
        self._called = {one.key: one.name for one in categories}
        self._names: dict[Words, Counter[str]] = defaultdict(Counter)
        self._words: dict[str, Counter[str]] = defaultdict(Counter)
        self._with: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
        for one in labelled:
            self._learn(one)

    def _learn(self, one: Labelled) -> None:
        words = name_words(one.name)
        self._names[words][one.category] += 1
        for word in set(words) - COMMON:
            self._words[word][one.category] += 1
            self._with[word, one.category][one.name] += 1

    def of(self, column: Column, rejected: Collection[str]) -> list[Suggested]:
        found: dict[str, list[_Reason]] = defaultdict(list)
        for reason in (*self._by_name(column), *self._spoken(column), *self._neighbours(column)):
            found[reason.category].append(reason)
        weighed = [_weighed(column.key, reasons) for category, reasons in found.items() if category not in rejected]
        best = sorted((one for one in weighed if one.weight >= LEAST), key=lambda one: (-one.weight, one.category))
        return [one for one in best[:MOST] if one.weight > best[0].weight - FAR_BEHIND]

    def _by_name(self, column: Column) -> Iterator[_Reason]:
        """Labelled columns of the same name; if there are none, those whose names share a word that tells."""
        words = name_words(column.name)
        same = self._names.get(words) if len("".join(words)) >= TELLING else None
        if not same:
            yield from self._like(words, self._ears.says(column.name, column.dataset))
            return
        share = COMMON_NAME if set(words) <= COMMON else self._ears.says(column.name, column.dataset)
        for category, count in same.items():
            part = count / same.total()
            if part >= 1 - MOSTLY:
                others = f", of {same.total():,} that are labelled" if part < 1 else ""
                told = f"{self._columns(count, category)} {_have(count)} the same name{others}."
                yield _Reason(category, SAME_NAME[min(count, len(SAME_NAME)) - 1] * part * share, told)

    def _like(self, words: Words, share: float) -> Iterator[_Reason]:
        best: dict[str, _Reason] = {}
        for word in sorted(one for one in set(words) - COMMON if len(one) >= TELLING):
            had = self._words.get(word, Counter())
            for category, count in had.items():
                part = count / had.total()
                if part < MOSTLY:
                    continue
                name, alike = min(self._with[word, category].items(), key=lambda one: (-one[1], one[0]))
                weight = LIKE_NAME * part * share * count / (count + 0.5) * (1 if word == head(words) else MODIFIER)
                known = self._columns(alike, category)
                told = f"Its name is like “{shortened(name)}”, which {known} {_have(alike)}."
                reason = _Reason(category, weight, told)
                best[category] = max(best.get(category, reason), reason, key=lambda one: (one.weight, one.words))
        yield from best.values()

    def _spoken(self, column: Column) -> Iterator[_Reason]:
        """By its name or its table, whichever says more, and by its description."""
        named = self._ears.name(column.name, column.dataset)
        about = self._ears.sentence(column.about_dataset, of_table=True)
        share = self._ears.says(column.name, column.dataset)
        for one in _strongest(named, about):
            yield _reason(one, share)
        for one in self._ears.sentence(column.description, of_table=False):
            yield _reason(one, 1)

    def _neighbours(self, column: Column) -> Iterator[_Reason]:
        yield from self._hold(column.made_of, MADE_OF, "column", "it is computed from")
        yield from self._hold(column.made_into, MADE_INTO, "labelled column", "computed from it")
        if len(column.beside) >= ENOUGH_BESIDE:
            weight = BESIDE * self._ears.says(column.name, column.dataset)
            yield from self._hold(column.beside, weight, "labelled column", "beside it")

    def _hold(self, neighbours: Sequence[str], weight: float, which: str, where: str) -> Iterator[_Reason]:
        """What most of the neighbours hold, as far as anybody has said so."""
        for category, count in Counter(neighbours).items():
            part = count / len(neighbours)
            if category and part >= MOSTLY:
                each = f"Every {which} {where} is" if part == 1 else f"Most {which}s {where} are"
                yield _Reason(category, weight * part, f"{each} “{self._call(category)}”.")

    def _columns(self, count: int, category: str) -> str:
        return f"{count:,} column{'' if count == 1 else 's'} labelled “{self._call(category)}”"

    def _call(self, category: str) -> str:
        return self._called.get(category, category)


def _strongest(*heard: Iterable[Spoken]) -> list[Spoken]:
    """For each category what weighs most."""
    best: dict[str, Spoken] = {}
    for one in (spoken for each in heard for spoken in each):
        if one.category not in best or one.weight > best[one.category].weight:
            best[one.category] = one
    return list(best.values())


def _reason(one: Spoken, share: float) -> _Reason:
    speaks = "speak" if " and " in one.where else "speaks"
    return _Reason(one.category, one.weight * share, f"Its {one.where} {speaks} of “{one.phrase}”.")


def _weighed(key: str, reasons: Sequence[_Reason]) -> Suggested:
    """Each reason takes its share of the doubt that the ones before it leave."""
    ordered = sorted((one for one in reasons if one.weight), key=lambda one: (-one.weight, one.words))
    doubt = 1.0
    for one in ordered:
        doubt *= 1 - one.weight / 100
    return Suggested(key, reasons[0].category, min(CERTAIN, round(100 * (1 - doubt))), tuple(o.words for o in ordered))


def _have(count: int) -> str:
    return "has" if count == 1 else "have"
