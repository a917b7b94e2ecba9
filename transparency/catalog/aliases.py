"""Several names for one thing, and the one that counts. Pure."""

from collections.abc import Callable, Iterable

from transparency.catalog.keys import dataset_of


def resolver(aliases: Iterable[tuple[str, str]]) -> Callable[[str], str]:
    """A function from any key to the one that counts. ``aliases`` are pairs of key and canonical key, oldest first.

    A key with several canonical keys takes the newest. A column follows its dataset. Renamed there and back, a thing
    is called by the first of its names in the alphabet, so that all of them mean the same.
    """
    known = dict(aliases)

    def resolve(key: str) -> str:
        key = _follow(known, key)
        if not known or not key.startswith("column:"):
            return key
        dataset = _follow(known, dataset_of(key))
        return f"column:{dataset.removeprefix('dataset:')}#{key.rpartition('#')[2]}"

    return resolve


def _follow(known: dict[str, str], key: str) -> str:
    passed = [key]
    while (following := known.get(key)) and following != key:
        if following in passed:
            return min(passed[passed.index(following) :])
        passed.append(following)
        key = following
    return key
