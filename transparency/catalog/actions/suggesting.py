"""Suggestions of what unlabelled columns hold: worked out by workers, decided on by people.

A worker only ever writes suggestions. A label follows from a rule, and a rule from a person who accepts one.
"""

import hashlib
import json
import time
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from datetime import datetime, timedelta

from django.db import transaction

from transparency.catalog import turns
from transparency.catalog.actions.deciding import LABELLED
from transparency.catalog.candidates import Candidates, Kept
from transparency.catalog.keys import field_of
from transparency.catalog.lineage import load
from transparency.catalog.models import (
    Barrier,
    Binding,
    Label,
    Observation,
    Recomputation,
    Suggesting,
    Suggestion,
)
from transparency.catalog.suggesting import Category, Labelled
from transparency.catalog.suggesting import suggest as weigh

COLUMNS, MOST = 20_000, 2_000  # columns that are looked at, and suggestions that are kept open
WEIGHING = 2  # to be raised when columns are weighed otherwise: then all is worked out anew
# After a refresh it is worked out anew once so many times as long has passed as it took: it presses nobody.
PATIENCE, AT_LEAST = 20, timedelta(minutes=1)
SHOWN = ("weight", "reasons", "features", "news")
UNDECIDED = {"decided_by": None, "decided_at": None, "reason": "", "rule": None}
NO_MORE = "Its data reaches no AI feature any more, comes from what is known, or less speaks for it than for others."
FORGOTTEN_AFTER = timedelta(days=90)  # of what is suggested no more, and what nobody decided on
State = Suggestion.State


@dataclass(frozen=True)
class _Told:
    """What suggestions follow from, as digests: everything, and what people said only."""

    inputs: str
    said: str


def suggest_labels(*, at: datetime, categories: Sequence[Category]) -> int:
    """Bring the suggestions to what catalog, rules and categories give at ``at``. Returns how many wait for a decision.

    Nothing is done where nothing has changed, or where only the catalog has and the last time is not long ago. Nothing
    is labelled, and nothing that a person decided is touched, unless the rule that came of it was removed.
    """
    told = _told(categories)
    if told and _claimed(told, at):
        began = time.monotonic()
        found, columns = _look(at, categories)
        _store(found, at)
        took = time.monotonic() - began
        left_out = max(0, columns - COLUMNS)
        Suggesting.objects.filter(pk=1).update(inputs=told.inputs, seconds=took, columns=columns, left_out=left_out)
    return Suggestion.objects.filter(state=State.OPEN).count()


def _told(categories: Sequence[Category]) -> _Told | None:
    """Nothing as long as nothing was ever observed."""
    standing = Recomputation.objects.filter(pk=1).first()
    if standing is None:
        return None
    # A rule that was removed before it was ever applied leaves what people say as it was.
    ruleless = Suggestion.objects.filter(state=State.ACCEPTED, rule=None).count()
    said = [standing.said, ruleless, [astuple(one) for one in categories], WEIGHING]
    return _Told(_digest([standing.inputs, said]), _digest(said))


def _digest(value: object) -> str:
    return hashlib.sha256(json.dumps(value).encode()).hexdigest()


def _claimed(told: _Told, at: datetime) -> bool:
    """Whether it is time, and nobody else is at it."""
    fresh = {"inputs": "", "said": told.said, "at": at, "seconds": 0.0, "columns": 0, "left_out": 0}
    before, is_first = Suggesting.objects.get_or_create(pk=1, defaults=fresh)
    if is_first:
        return True
    rested = max(AT_LEAST, timedelta(seconds=PATIENCE * before.seconds))
    due = before.said != told.said or not before.at <= at < before.at + rested
    mine = Suggesting.objects.filter(pk=1, at=before.at, said=before.said)
    return before.inputs != told.inputs and due and bool(mine.update(at=at, said=told.said))


def _look(at: datetime, categories: Sequence[Category]) -> tuple[list[Kept], int]:
    """What is suggested, and how many columns there are. Only while the graph is read do merges wait."""
    with transaction.atomic():
        turns.recomputing()
        lineage = load()
        labels = list(Label.objects.values_list("key", "category"))
    barriers = list(Barrier.objects.filter(approved_at__lte=at, expires_at__gt=at).order_by("pk"))
    observed = Observation.objects.filter(seen=True, direct=True).values_list("category", "feature", "stage")
    candidates = Candidates(at, lineage, labels, list(Binding.objects.order_by("pk")), barriers, observed)
    columns, there_are = candidates.columns(COLUMNS)
    rejected = list(Suggestion.objects.filter(state=State.REJECTED).values_list("key", "category"))
    known = [Labelled(key, field_of(key), held) for key, held in labels if key.startswith("column:")]
    return candidates.keep(weigh(columns, known, categories, rejected), rejected, MOST), there_are


@transaction.atomic
def _store(found: Sequence[Kept], at: datetime) -> None:
    """Open what is new, freshen what is open, and close what is suggested no more."""
    turns.deciding()
    wanted = {(one.suggested.key, one.suggested.category): one for one in found}
    keys = {key for key, _ in wanted}
    rows = Suggestion.objects.order_by("pk")
    standing = {(row.key, row.category): row for row in [*rows.filter(key__in=keys), *rows.filter(state=State.OPEN)]}
    new = [
        _fresh(Suggestion(key=key, category=held), wanted[key, held], at)
        for key, held in wanted.keys() - standing.keys()
    ]
    Suggestion.objects.bulk_create(sorted(new, key=str), batch_size=1_000)
    again = [_again(row, wanted[name], at) for name, row in standing.items() if name in wanted and _may_open(row)]
    gone = [row for name, row in standing.items() if name not in wanted and row.state == State.OPEN]
    labelled = set(Label.objects.filter(key__in=[row.key for row in gone]).values_list("key", flat=True))
    for row in gone:
        row.state, row.reason = State.GONE, LABELLED if row.key in labelled else NO_MORE
    long_gone = Suggestion.objects.filter(state=State.GONE, found_at__lt=at - FORGOTTEN_AFTER)
    long_gone.exclude(key__in=keys).delete()
    changed = ("state", "found_at", "decided_by", "decided_at", "reason", *SHOWN)
    Suggestion.objects.bulk_update([*again, *gone], changed, batch_size=1_000)


def _may_open(row: Suggestion) -> bool:
    """What was rejected stays so. What was accepted is open again once its rule was removed."""
    return row.state in (State.OPEN, State.GONE) or (row.state == State.ACCEPTED and row.rule_id is None)


def _again(row: Suggestion, one: Kept, at: datetime) -> Suggestion:
    return _fresh(row, one, row.found_at if row.state == State.OPEN else at)


def _fresh(row: Suggestion, one: Kept, found_at: datetime) -> Suggestion:
    told = one.suggested
    shown = {"weight": told.weight, "reasons": list(told.reasons), "features": one.features, "news": one.news}
    for name, value in (shown | UNDECIDED | {"state": State.OPEN, "found_at": found_at}).items():
        setattr(row, name, value)
    return row
