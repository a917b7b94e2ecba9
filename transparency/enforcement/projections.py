"""May the data of these members be used? Answered from maps of bits that are caught up with the choices first.

Nothing here has a time to live: each question reads the head of the journal of choices from the primary database, and
is answered at that choice or a later one, or not at all.
"""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache, partial
from pathlib import Path
from typing import Literal

import numpy as np
from django.conf import settings
from django.db import Error
from django.utils import timezone
from numpy.typing import NDArray

from transparency.consent import journal
from transparency.consent.offers import offers_of
from transparency.consent.queries import Head, NotPrimary, head_and_edition
from transparency.enforcement.bits import Bits, Positions, picked, positions_on, rising
from transparency.enforcement.decisions import BadQuestion, Members, uses_asked_for
from transparency.enforcement.folds import Folds
from transparency.enforcement.keeping import NotNow, Projection, View
from transparency.enforcement.places import Large, Numbers, Space
from transparency.enforcement.planes import Plane, Recipe, all_allowed, recipe
from transparency.enforcement.renewing import EVERY, Errand, check, renew

STILL_TRUE = 1.0  # seconds for which an answer may be under way before the head is read again
TRIES = 3
WINDOW = 2**20  # bytes of each plane that are worked on at once
CLOCK = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


@dataclass(frozen=True)
class Vantage:
    """From where a question is answered: the head of the journal, the edition in force, and when both were read."""

    head: Head
    digest: str
    at: datetime
    read: float

    @property
    def is_old(self) -> bool:
        """Whether so much time has passed, perhaps in a process that was paused, that it must be read again."""
        return clock() - self.read > STILL_TRUE


@dataclass(frozen=True)
class Decisions:
    """For each member asked about, in order, whether their data may be used; true at this choice of this edition."""

    allowed: NDArray[np.bool_]
    sequence: int
    edition: int
    vantage: Vantage


@dataclass(frozen=True)
class Roster:
    """Everybody who matters for a training run; true at this choice of this edition.

    ``leave_out``: everyone but these may be used. ``may_use``: no one but these may be used, for it needs a yes first.
    ``numbers`` are the integer member keys, rising; ``texts`` the textual ones, and integers from 2^63 on, sorted.
    """

    kind: Literal["leave_out", "may_use"]
    numbers: Numbers
    texts: list[str]
    sequence: int
    edition: int


@dataclass(frozen=True)
class Extent:
    """How many members a roster names, and how many of these by a key that is kept as text."""

    kind: Literal["leave_out", "may_use"]
    count: int
    texts: int


def decide(
    feature: str,
    stage: str,
    categories: Sequence[str],
    members: Members,
    min_sequence: int = 0,
    vantage: Vantage | None = None,
) -> Decisions:
    """Which of these members may be used by this feature at this stage, for all of these categories.

    ``vantage`` is what was read already for this very question. Raises ``BadQuestion``, or ``NotNow`` where there is no
    answer now.
    """
    with _no_answer_from_what_is_broken():
        for _ in range(TRIES):
            vantage = look() if vantage is None or vantage.is_old else vantage
            recipes, edition = _recipes(vantage, feature, stage, categories, min_sequence)
            with _view(vantage, recipes) as view:
                found = Decisions(_decided(view, recipes, members), view.sequence, edition, vantage)
            still = still_true(found)
            if still:
                return still
            vantage = None
    raise NotNow("Choices came faster than they could be followed. Ask again.", retry_after=2)


def still_true(found: Decisions) -> Decisions | None:
    """The answer, unless something was chosen or published since: asked of the database where it is old.

    Raises ``NotNow``.
    """
    if not found.vantage.is_old:
        return found
    with _no_answer_from_what_is_broken():
        now = look()
    same = (now.head.sequence, now.head.digest, now.digest) == (
        found.sequence, found.vantage.head.digest, found.vantage.digest,
    )  # fmt: skip
    return replace(found, vantage=now) if same and not now.is_old else None


def roster(feature: str, stage: str, categories: Sequence[str] | None = None, min_sequence: int = 0) -> Roster:
    """Everybody to leave out, or, where a use needs a yes first, everybody who may be used; see ``Roster``.

    Without ``categories``: for every use of this feature at this stage. Raises ``BadQuestion`` or ``NotNow``.
    """
    with _no_answer_from_what_is_broken():
        vantage = look()
        recipes, edition = _recipes(vantage, feature, stage, categories, min_sequence)
        with _view(vantage, recipes) as view:
            wanted = not all(one.for_nobody for one in recipes)
            positions = _positions(view, recipes, allowed=wanted)
            space, large, sequence = view.generation.space, view.generation.large, view.sequence
        # Keys don't change, so nobody who chooses meanwhile has to wait for these to be looked up.
        numbers, texts = _keys(space, large, positions)
        return Roster("may_use" if wanted else "leave_out", numbers, texts, sequence, edition)


def extent(feature: str, stage: str, categories: Sequence[str] | None = None) -> Extent:
    """What ``roster`` would name now, without naming it. Raises as it does."""
    with _no_answer_from_what_is_broken():
        vantage = look()
        recipes, _ = _recipes(vantage, feature, stage, categories, 0)
        with _view(vantage, recipes) as view:
            wanted = not all(one.for_nobody for one in recipes)
            ends = (view.generation.space.bound, view.generation.space.first_large)
            count = texts = 0
            for part in _parts(view, recipes, allowed=wanted):
                first, last = np.searchsorted(part, ends)
                count, texts = count + part.size, texts + int(last - first)
            return Extent("may_use" if wanted else "leave_out", count, texts)


def look() -> Vantage:
    """Read the head and the edition in force, from the primary database."""
    at, read = timezone.now(), clock()
    return Vantage(*head_and_edition(at), at, read)


def clock() -> float:
    """Seconds that pass also while the machine sleeps, where the system counts them."""
    return time.clock_gettime(CLOCK)


@contextmanager
def _no_answer_from_what_is_broken() -> Iterator[None]:
    try:
        yield
    except (Error, NotPrimary) as fault:
        raise NotNow("The database can't be asked now.", retry_after=5) from fault
    except OSError as fault:
        raise NotNow("The projections can't be read or written now: is the disk full?", retry_after=30) from fault


def _recipes(
    vantage: Vantage, feature: str, stage: str, categories: Sequence[str] | None, min_sequence: int
) -> tuple[list[Recipe], int]:
    names = None if categories is None else tuple(categories)
    recipes = _asked_for(vantage.digest, feature, stage, names)
    require_made(min_sequence, vantage.head)
    return recipes, offers_of(vantage.digest).edition


def require_made(min_sequence: int, head: Head) -> None:
    """Raises ``BadQuestion`` where no answer can be from this choice or a later one, because it is still to come."""
    if min_sequence > head.sequence:
        message = f"The last choice is {head.sequence}; {min_sequence} has not been made."
        raise BadQuestion("/min_sequence", message, code="sequence.future")


@lru_cache(maxsize=1024)
def _asked_for(digest: str, feature: str, stage: str, categories: tuple[str, ...] | None) -> list[Recipe]:
    uses = uses_asked_for(offers_of(digest).register, feature, stage, categories)
    return [recipes_of(digest)[use] for use in dict.fromkeys(uses)]


@lru_cache(maxsize=8)
def recipes_of(digest: str) -> dict[str, Recipe]:
    """How each use of the edition with this digest is answered, by its id."""
    return {name: recipe(offer.terms, offer.covering) for name, offer in offers_of(digest).by_use.items()}


@lru_cache(maxsize=8)
def planes_of(digest: str) -> tuple[Plane, ...]:
    """Every plane that an edition's uses are answered from."""
    return tuple(dict.fromkeys(plane for one in recipes_of(digest).values() for plane in one.planes))


@lru_cache(maxsize=8)
def _projection(root: Path | str, bound: int) -> Projection:
    return Projection(Path(root), Space(bound))


@lru_cache(maxsize=1024)
def _needed(recipes: tuple[Recipe, ...]) -> tuple[Plane, ...]:
    """The planes of these recipes, each once."""
    return tuple(dict.fromkeys(plane for one in recipes for plane in one.planes))


@contextmanager
def _view(vantage: Vantage, recipes: Sequence[Recipe]) -> Iterator[View]:
    projection, needed = _projection(settings.PROJECTIONS_DIR, settings.PROJECTIONS_BOUND), _needed(tuple(recipes))
    with projection.view(vantage.head, needed, planes_of(vantage.digest), _ask) as view:
        if view.state.erasures != vantage.head.erasures:
            _renewals.begin(partial(renew, partial(projection.renew, planes_of(vantage.digest), _ask)))
        _checks.begin(partial(check, partial(projection.check, _ask, EVERY)))
        yield view


def _ask() -> Head:
    return look().head


_renewals, _checks = Errand("renews projections"), Errand("checks projections")
_folds = Folds()


def _decided(view: View, recipes: Sequence[Recipe], members: Members) -> NDArray[np.bool_]:
    positions = _places(view, members)
    folded = _folds.octets(view, recipes, positions >> 3)
    return picked(folded, positions) if folded is not None else _read_in_order(view, recipes, positions)


def _read_in_order(view: View, recipes: Sequence[Recipe], positions: Positions) -> NDArray[np.bool_]:
    """Planes are read in the order in which their bits lie: a third faster than here and there."""
    order, ordered = rising(positions)
    at = ordered >> 3

    def read(plane: Plane) -> Bits | None:
        octets = view.read(plane)
        return None if octets is None else octets[at]

    found = np.empty(at.size, dtype=np.bool_)
    found[order] = picked(all_allowed(recipes, read, at.size), ordered)
    return found


def _places(view: View, members: Members) -> Positions:
    """The positions of members. Textual keys are looked up while the projection stands: none can be missing then."""
    space = view.generation.space
    positions = space.positions(members.numbers, view.generation.large)
    if members.texts:
        known = journal.numbers_of(members.texts)
        found = np.array([known.get(text, 0) for text in members.texts], dtype=np.int64)
        positions[members.at] = space.of_texts(found)
    return positions


def _positions(view: View, recipes: Sequence[Recipe], *, allowed: bool) -> Positions:
    """The positions of everybody who is allowed, or of everybody who is not."""
    return np.concatenate([np.empty(0, dtype=np.int64), *_parts(view, recipes, allowed=allowed)])


def _parts(view: View, recipes: Sequence[Recipe], *, allowed: bool) -> Iterator[Positions]:
    """The same positions, a window at a time."""
    state, space = view.state, view.generation.space
    for first, count in ((0, state.numbers), (space.bound, state.texts), (space.first_large, state.large)):
        yield from _windows(view, recipes, first, count, allowed=allowed)


def _windows(view: View, recipes: Sequence[Recipe], first: int, count: int, *, allowed: bool) -> Iterator[Positions]:
    start, end = first // 8, first // 8 + -(-count // 8)
    for low in range(start, end, WINDOW):
        high = min(low + WINDOW, end)

        def read(plane: Plane, low: int = low, high: int = high) -> Bits | None:
            octets = view.read(plane)
            return None if octets is None else octets[low:high]

        found = all_allowed(recipes, read, high - low)
        yield positions_on(found if allowed else ~found, first=8 * low)


def _keys(space: Space, large: Large, positions: Positions) -> tuple[Numbers, list[str]]:
    """The member keys at these positions, which rise."""
    texts_from, large_from = np.searchsorted(positions, (space.bound, space.first_large))
    places = np.empty(large.count, dtype=np.int64)
    places[large.places] = large.numbers
    numbers = (positions[:texts_from], np.sort(places[positions[large_from:] - space.first_large]))
    texts = journal.texts_of((space.bound - positions[texts_from:large_from]).tolist())
    return np.concatenate(numbers), sorted(texts)
