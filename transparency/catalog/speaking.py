"""Whether a name or a sentence speaks of a data category, by the category's own words. Pure.

A category says what it is by its name, by examples and by a sentence. Its name and its examples are *phrases*: all
words of one must be there, those apart that say nothing by themselves (the ``number`` of a phone number). What several
categories say counts less for each of them, and a longer phrase more than a shorter one within it.
"""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from transparency.catalog.words import SMALL, Words, alike, name_words, same, text_words

# What a phrase can do without, and what is too common in names to say anything alone.
NEEDLESS = alike("address number time date text file word data detail history info")
COMMON = NEEDLESS | alike("""
id name type status title value content body subject description note state code key level created updated deleted
timestamp year day month hour user member customer account count total size version is has flag source target url uri
link raw item record row object payload event action result answer rank reason why people topic thing model score number
first last new old start end at on in of to the from page site kind html markdown json processed cached serialized
category
""")
# A column named so holds what its table is about.
WHOLE = alike("text body content value data payload raw description subject title html markdown processed name")
# After these a name no longer means the thing itself, but when it was written down, or its number.
TIMES, NUMBERS = alike("at timestamp"), alike("id count total size length index position rate rating points")
# With these it means what somebody set, or whether something is so.
SETTINGS = alike("""
notification newsletter digest enabled permission consent template setting config flag eligible preference required
""")
WHETHER = alike("is has show allow receive enable display can should hide")
# A name of nothing else says how a table is kept, not what it holds.
BOOKKEEPING = (
    TIMES | NUMBERS | alike("date time day created updated deleted inserted modified loaded version row etl batch")
)
# The name of one of these is somebody's name.
PEOPLE = alike("""
user member customer person people profile candidate applicant employee contact author caller sender recipient owner
""")
# What stands in a table of these is said of them, and of nobody.
THINGS = alike("""
company job opportunity opening listing product plan badge tag podcast episode campaign currency vendor supplier store
branch department catalogue
""")
HOW_OFTEN = (1.0, 0.75, 0.6)
"""How much a phrase counts that one, two, or more categories have."""
# How much it counts where a phrase stands.
AS_HEAD, AS_MODIFIER, IN_BOTH, IN_TABLE, OF_WHOLE = 1.0, 0.7, 0.7, 0.3, 0.85
IN_SENTENCE, IN_TABLES_SENTENCE = 0.65, 0.3
OF_A_TIME, OF_SOMETHING_ELSE = 0.5, 0.35
LOOSE = 0.5  # of a phrase that was mostly small words, e.g. “when you sent it”
WITHIN_A_LONGER = 0.5
BY_NAME, BY_EXAMPLE, BY_SENTENCE = 70, 58, 25


def head(words: Words) -> str:
    """The word of a name that says what the thing is: the last that is not too common."""
    return next((word for word in reversed(words) if word not in COMMON), words[-1] if words else "")


@dataclass(frozen=True)
class Category:
    """A data category in a member's words. ``keywords`` are examples of what it holds, e.g. “Phone number”."""

    key: str
    name: str
    description: str = ""
    keywords: tuple[str, ...] = ()


@dataclass(frozen=True)
class Spoken:
    """That something speaks of a category: ``weight`` from 0 to 100, ``phrase`` as the category puts it."""

    category: str
    weight: float
    phrase: str
    where: str


@dataclass(frozen=True)
class _Phrase:
    category: str
    words: frozenset[str]
    said: str
    weight: float


class Ears:
    """Hears of which categories something speaks."""

    def __init__(self, categories: Iterable[Category]) -> None:
        phrases = {(one.category, one.words): one for one in sorted(_all(categories), key=_least_first)}
        had = Counter(words for _, words in phrases)
        self._by_word: dict[str, list[_Phrase]] = {}
        for one in phrases.values():
            weight = one.weight * HOW_OFTEN[min(had[one.words], len(HOW_OFTEN)) - 1]
            if weight >= BY_SENTENCE or had[one.words] == 1:
                kept = _Phrase(one.category, one.words, one.said, weight)
                self._by_word.setdefault(min(one.words), []).append(kept)

    def name(self, name: str, table: str) -> list[Spoken]:
        """What a column's name speaks of, its table's name where its own says too little."""
        own, its = name_words(name), name_words(table)
        if "name" in own and PEOPLE & {*own, *its} and set(own) - {"name"} <= PEOPLE:
            own = ("personname",)
        return _longest(list(self._named(own, set(its))))

    def says(self, name: str, table: str) -> float:
        """How much a name says of what its column holds of people, from 0 to 1.

        Little where it is about a number or a time of it, or a setting, or where the table is about things.
        """
        own, its = name_words(name), name_words(table)
        if set(own) <= BOOKKEEPING:
            return 0.0
        about_it = own[-1] in NUMBERS or own[0] in WHETHER or bool(SETTINGS & set(own))
        share = OF_SOMETHING_ELSE if about_it else OF_A_TIME if own[-1] in TIMES else 1.0
        return share * (OF_SOMETHING_ELSE if self._is_of_things(own, its) else 1.0)

    def _is_of_things(self, own: Words, its: Words) -> bool:
        """Unless the name speaks of somebody, or the table of more than the things, e.g. saved jobs."""
        more = any(len(one.words) > 1 for one in self._heard(set(its)))
        return head(its) in THINGS and not PEOPLE & set(own) and not more

    def sentence(self, text: str, *, of_table: bool) -> list[Spoken]:
        """What a description speaks of."""
        share = IN_TABLES_SENTENCE if of_table else IN_SENTENCE
        where = "table’s description" if of_table else "description"
        found = self._heard(set(text_words(text)))
        return _longest([(one, one.weight * share, where) for one in found])

    def _named(self, own: Words, its: set[str]) -> Iterator[tuple[_Phrase, float, str]]:
        for one in self._heard({*own, *its}):
            if one.words <= set(own):
                yield one, one.weight * (AS_HEAD if head(own) in one.words else AS_MODIFIER), "name"
            elif one.words & set(own):
                yield one, one.weight * IN_BOTH, "name and its table’s"
            else:
                yield one, one.weight * (OF_WHOLE if set(own) <= WHOLE else IN_TABLE), "table’s name"

    def _heard(self, words: Collection[str]) -> Iterator[_Phrase]:
        for word in sorted(words):
            yield from (one for one in self._by_word.get(word, ()) if one.words <= set(words))


def _longest(found: Sequence[tuple[_Phrase, float, str]]) -> list[Spoken]:
    """The best for each category; less where another category's longer phrase says the same and more."""
    best: dict[str, Spoken] = {}
    for one, weight, where in found:
        within = any(one.words < other.words and other.category != one.category for other, _, _ in found)
        spoken = Spoken(one.category, weight * (WITHIN_A_LONGER if within else 1), one.said, where)
        known = best.get(one.category)
        if known is None or (-weight, one.said) < (-known.weight, known.phrase):
            best[one.category] = spoken
    return [best[category] for category in sorted(best)]


def _least_first(one: _Phrase) -> tuple[float, str]:
    return one.weight, one.said


def _all(categories: Iterable[Category]) -> Iterator[_Phrase]:
    for one in categories:
        last = one.key.rpartition(".")[2].replace("_", " ")
        for said in (last, *re.split(r" and |, |/", one.name)):
            yield from _phrase(one, said, BY_NAME)
        for said in one.keywords:
            yield from _phrase(one, said, BY_EXAMPLE)
        for word in set(re.findall(r"\w+", one.description.lower())):
            if len(word) > 3 and same(word) not in COMMON | SMALL and word not in SMALL:
                yield from _phrase(one, word, BY_SENTENCE)


def _phrase(category: Category, said: str, weight: float) -> Iterator[_Phrase]:
    words = frozenset(text_words(said))
    # A category that is called “Name” means people's names.
    words = frozenset({"personname"}) if words == {"name"} else words
    needed = words - NEEDLESS or words
    if needed and not needed <= COMMON:
        small = SMALL - {"your", "the", "a", "an", "of"}
        loose = sum(word in small for word in said.lower().split()) > len(needed)
        yield _Phrase(category.key, needed, said.strip().lower(), weight * (LOOSE if loose else 1))
