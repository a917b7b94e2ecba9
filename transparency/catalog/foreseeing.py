"""What would follow if people said something else of the catalog: which labels, and what would be seen then."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from transparency.catalog import queries, region
from transparency.catalog.classify import Describable, Rulebook, describable, describable_by
from transparency.catalog.lineage import load
from transparency.catalog.models import Asset, Barrier, Binding, ClassificationRule
from transparency.catalog.observe import observe

WIDEST = 60_000  # assets beyond which nobody waits for the page
EXAMPLES = 3
FEW = 8  # rules, each of which PostgreSQL is quicker to look for than to hand on all there is
Use = tuple[str, str, str]
"""Category, feature and stage."""


@dataclass(frozen=True)
class Said:
    """What people say of the catalog at a moment; ``counting`` is each use that counts and is seen as it stands."""

    rules: list[ClassificationRule]
    bindings: list[Binding]
    barriers: list[Barrier]
    counting: frozenset[str]


@dataclass(frozen=True)
class Relabelled:
    """So many assets that hold one category now, and would hold another; an empty text is none."""

    before: str
    after: str
    how_many: int
    examples: list[str]


@dataclass(frozen=True)
class Foreseen:
    """What would follow. ``come`` and ``go`` are uses; ``None`` where too much would have to be looked at."""

    labels: list[Relabelled]
    come: list[Use] | None
    go: list[Use] | None


def said(at: datetime) -> Said:
    """What people say as it stands; inside of a rehearsal, as it would."""
    barriers = Barrier.objects.filter(approved_at__lte=at, expires_at__gt=at)
    rules, bindings = ClassificationRule.objects.all(), Binding.objects.order_by("pk")
    return Said(list(rules), list(bindings), list(barriers.order_by("pk")), queries.uses_that_count())


def foresee(before: Said, after: Said, at: datetime) -> Foreseen:
    """What would follow at ``at``. Nothing is stored."""
    relabelled = [(key, was, now) for key, was, now in _relabelled(before.rules, after.rules) if was != now]
    labels = _counted(relabelled)
    try:
        was, now = _seen(before, after, [key for key, _, _ in relabelled], at)
    except region.TooWide:
        return Foreseen(labels, None, None)
    if before.counting != after.counting:
        was, now = was | _uses(before.counting - after.counting), now | _uses(after.counting - before.counting)
    return Foreseen(labels, sorted(now - was), sorted(was - now))


def _uses(ids: Collection[str]) -> set[Use]:
    return {(parts[0], parts[1], parts[2]) for one in ids if (parts := one.rsplit("/", 2))}


def _relabelled(before: Sequence[ClassificationRule], after: Sequence[ClassificationRule]) -> Iterator[tuple[str, ...]]:
    """Every asset that a rule labels otherwise which came, went or moved: its key, what it holds before and after."""
    same, concerned = _changed(before, after)
    which, was, now = Rulebook(concerned), Rulebook(before), Rulebook(after)
    for asset in _matched_perhaps(concerned) if concerned else ():
        by, place = which.first(asset), was.first(asset)
        if by is None or (place is not None and place < same):
            continue
        if place is None:  # then what matches it now is a rule that came
            yield asset.key, "", concerned[by].category
        else:
            yield asset.key, before[place].category, _category(after, now, asset)


def _matched_perhaps(rules: Sequence[ClassificationRule]) -> Iterable[Describable]:
    """Every asset that one of the rules matches, and perhaps others, each once, in the order of their keys."""
    if len(rules) > FEW:
        return describable()
    found = {asset.key: asset for rule in rules for asset in describable_by(rule.matches, rule.pattern)}
    return [found[key] for key in sorted(found)]


def _changed(
    before: Sequence[ClassificationRule], after: Sequence[ClassificationRule]
) -> tuple[int, list[ClassificationRule]]:
    """How many stand alike at the beginning, and the rules between these and those that stand alike at the end.

    Every other keeps its place among the rest.
    """
    short = min(len(before), len(after))
    first = next((i for i in range(short) if before[i] != after[i]), short)
    last = next((i for i in range(short - first) if before[-1 - i] != after[-1 - i]), short - first)
    return first, [*before[first : len(before) - last], *after[first : len(after) - last]]


def _category(rules: Sequence[ClassificationRule], book: Rulebook, asset: Describable) -> str:
    place = book.first(asset)
    return "" if place is None else rules[place].category


def _counted(relabelled: Sequence[tuple[str, ...]]) -> list[Relabelled]:
    many = Counter((was, now) for _, was, now in relabelled)
    examples: dict[tuple[str, str], list[str]] = {change: [] for change in many}
    for key, was, now in relabelled:
        if len(some := examples[was, now]) < EXAMPLES:
            some.append(key)
    return [Relabelled(*change, number, examples[change]) for change, number in sorted(many.items())]


def _reached(keys: Sequence[str], bound: Sequence[str]) -> set[str]:
    """Those of ``bound`` that something of ``keys`` may reach; one that is known by another name only may be."""
    there = Asset.objects.filter(key__in=bound)
    places = set(Asset.objects.filter(pk__in=region.downstream(keys, WIDEST)).values_list("namespace", "name"))
    known = {key: (space, name) in places for key, space, name in there.values_list("key", "namespace", "name")}
    return {key for key in bound if known.get(key, True)}


def _seen(before: Said, after: Said, relabelled: Sequence[str], at: datetime) -> tuple[set[Use], set[Use]]:
    """What is copied to every feature that may be concerned, before and after. Raises ``region.TooWide``."""
    was, now = set(before.bindings), set(after.bindings)
    bindings = [*before.bindings, *(one for one in after.bindings if one not in was)]
    features = {(one.feature, one.stage) for one in was ^ now}
    barriers = [one for one in before.barriers if one not in after.barriers]
    keys = [*relabelled, *(key for one in barriers for key in (one.key, one.downstream_key) if key)]
    reached = _reached(keys, [one.key for one in bindings]) if keys else set()
    features |= {(one.feature, one.stage) for one in bindings if one.key in reached}
    bound = [one for one in bindings if (one.feature, one.stage) in features]
    if not bound:
        return set(), set()
    lineage = load(region.upstream([one.key for one in bound], WIDEST))
    assets = list(describable(sorted(lineage.names)))

    def seen(said: Said, held: Sequence[tuple[str, str]], there: set[Binding]) -> set[Use]:
        found = observe(at, lineage, held, [one for one in bound if one in there], said.barriers)
        return {one.id[:3] for one in found if one.direct}

    held = _labels(before.rules, assets)
    held_then = held if before.rules == after.rules else _labels(after.rules, assets)
    return seen(before, held, was), seen(after, held_then, now)


def _labels(rules: Sequence[ClassificationRule], assets: Iterable[Describable]) -> list[tuple[str, str]]:
    """What holds what by those rules: keys and categories."""
    book = Rulebook(rules)
    return [(asset.key, held) for asset in assets if (held := _category(rules, book, asset))]
