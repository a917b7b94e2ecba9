"""What would change if names were compared otherwise: tried on the catalog as it is, and undone."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction

from transparency.catalog.lineage import load
from transparency.catalog.models import Asset, Barrier, Binding, Flow, Label, NameRule
from transparency.catalog.names import left_out, what_counts
from transparency.catalog.observe import observe

SHOWN = 5
FLOWS = 300_000  # beyond which nobody would wait for what would be seen
Name = tuple[str, str, str, bool]
SILENCED = "SELECT count(*) FROM catalog_flow WHERE upstream_id = ANY(%s) OR downstream_id = ANY(%s)"


@dataclass(frozen=True)
class Would:
    """The uses that would be seen newly, or no longer: category, feature, stage, and whether the data is copied there.

    ``known`` is false where the graph is too large to tell that at once.
    """

    new: list[Name]
    gone: list[Name]
    known: bool = True


@dataclass(frozen=True)
class Tried:
    """What a rule would do: how many names it makes how many; or how many flows of how many names it leaves out.

    ``examples`` are some of those names, together what would be one.
    """

    names: int
    into: int
    flows: int
    examples: list[list[str]]
    would: Would


def try_rule(rule: NameRule, at: datetime) -> Tried:
    """Try a rule that is not saved."""
    if rule.kind == NameRule.Kind.LEFT_OUT:
        return _silenced(rule, at)
    before = what_counts()
    keys = list(Asset.objects.exclude(kind=Asset.Kind.COLUMN).values_list("key", flat=True).distinct())
    with _undone(rule.save):
        after = what_counts()
    groups: dict[str, set[str]] = defaultdict(set)
    for key in keys:
        groups[after(key)].add(before(key))
    joined = sorted(sorted(group) for group in groups.values() if len(group) > 1)
    return Tried(sum(map(len, joined)), len(joined), 0, joined[:SHOWN], would(rule.save, at))


def _silenced(rule: NameRule, at: datetime) -> Tried:
    rows = list(left_out([rule]))
    with connection.cursor() as cursor:
        cursor.execute(SILENCED, [rows, rows])
        (flows,) = cursor.fetchone()
    there = Asset.objects.filter(pk__in=rows).exclude(kind=Asset.Kind.COLUMN).values_list("key", flat=True)
    keys = sorted(set(there))
    return Tried(len(keys), 0, flows, [[key] for key in keys[:SHOWN]], would(rule.save, at))


def would(change: Callable[[], object], at: datetime) -> Would:
    """What would be seen if somebody did this, and what no longer."""

    def done(look: Callable[[], set[Name]]) -> set[Name]:
        with _undone(change):
            return look()

    return would_if(done, at)


def would_if(done: Callable[[Callable[[], set[Name]]], set[Name] | None], at: datetime) -> Would:
    """The same of what ``done`` does: it looks in between, and undoes it; ``None`` where it could not be done."""
    if Flow.objects.count() > FLOWS:
        return Would([], [], known=False)
    before = _seen(at)
    after = done(lambda: _seen(at))
    return Would([], [], known=False) if after is None else Would(sorted(after - before), sorted(before - after))


def _seen(at: datetime) -> set[Name]:
    barriers = list(Barrier.objects.filter(approved_at__lte=at, expires_at__gt=at))
    labels = list(Label.objects.values_list("key", "category"))
    return {one.id for one in observe(at, load(), labels, list(Binding.objects.all()), barriers)}


@contextmanager
def _undone(change: Callable[[], object]) -> Iterator[None]:
    with transaction.atomic():
        change()
        yield
        transaction.set_rollback(True)
