"""Several names for one thing, and the one that counts. Pure."""

from collections.abc import Callable, Iterable

from transparency.catalog.folding import Folding
from transparency.catalog.keys import dataset_of

Pair = tuple[str, str]
NO_RULES = Folding()


def resolver(aliases: Iterable[Pair], rules: Folding = NO_RULES, apart: Iterable[Pair] = ()) -> Callable[[str], str]:
    """A function from any key to the one that counts. ``aliases`` are pairs of key and canonical key, oldest first.

    A key with several canonical keys takes the newest. A column follows its dataset. Renamed there and back, a thing
    is called by the first of its names in the alphabet, so that all of them mean the same. ``rules`` join names that
    nobody told to be one; the two of each pair in ``apart`` are not one, whoever tells or rules that they are.
    """
    named = _named(rules, apart := list(apart))
    parted = {frozenset((named(key), named(other))) for key, other in apart}
    told = ((named(key), named(other)) for key, other in aliases)
    known = {key: other for key, other in told if not parted or frozenset((key, other)) not in parted}

    def resolve(key: str) -> str:
        key = _follow(known, named(key))
        if not known or not key.startswith("column:"):
            return key
        dataset = _follow(known, dataset_of(key))
        return named(f"column:{dataset.removeprefix('dataset:')}#{key.rpartition('#')[2]}")

    return resolve


def _named(rules: Folding, apart: list[Pair]) -> Callable[[str], str]:
    """What rules make of a key: nothing of one that is kept apart from what they would make of it."""
    if not rules:
        return str
    alone = {key for key, other in apart if rules.key(key) == rules.key(other)}
    return lambda key: key if alone and dataset_of(key) in alone else rules.key(key)


def _follow(known: dict[str, str], key: str) -> str:
    passed = [key]
    while (following := known.get(key)) and following != key:
        if following in passed:
            return min(passed[passed.index(following) :])
        passed.append(following)
        key = following
    return key
