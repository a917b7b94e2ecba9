"""The answers of one kind of question for everybody, kept in a process's own memory: one map instead of a dozen.

A fold is no cache with a time to live. It is used only after every bit that was written since it was made has been
worked out anew, and only while the projection stands still; what it says is what the planes say.
"""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

import numpy as np

from transparency.enforcement.bits import Bits, Positions
from transparency.enforcement.keeping import View
from transparency.enforcement.planes import Plane, Recipe, all_allowed

WORTH_IT = 20_000  # members asked about, from which one map pays
LARGEST = 64 * 1024 * 1024  # bytes
ROOM = 4096  # bytes, at least
KEPT = 4
Key = tuple[Path, tuple[Recipe, ...]]


@dataclass
class Fold:
    """Who may be used, by position; made when so many bits had been written."""

    octets: Bits
    touched: int


class Folds:
    """The folds of a process, those used last."""

    def __init__(self) -> None:
        self._folds: OrderedDict[Key, Fold] = OrderedDict()
        self._asked: OrderedDict[Key, int] = OrderedDict()
        self._lock = Lock()

    def octets(self, view: View, recipes: Sequence[Recipe], at: Positions) -> Bits | None:
        """The bytes of answers at these places of a plane; ``None`` where they are better read from the planes.

        A fold is made once so many members were asked about that it pays.
        """
        if view.state.numbers // 8 >= LARGEST or int(at.max()) >= view.generation.space.bound // 8:
            return None
        key = (view.generation.folder, tuple(recipes))
        with self._lock:
            fold = self._folds.get(key)
            if fold is None or not _followed(fold, view, recipes):
                fold = self._made(key, view, recipes, at.size)
            if fold is None:
                return None
            self._folds.move_to_end(key)
            return _read(fold.octets, at, recipes)

    def _made(self, key: Key, view: View, recipes: Sequence[Recipe], members: int) -> Fold | None:
        asked = self._asked[key] = self._asked.get(key, 0) + members
        _shorten(self._asked)
        if asked < WORTH_IT:
            return None
        self._asked[key] = 0
        # With room for members who come later.
        size = min(view.generation.space.bound // 8, view.state.numbers // 8 + view.state.numbers // 128 + ROOM)
        octets = all_allowed(recipes, lambda plane: _part(view, plane, size), size)
        fold = self._folds[key] = Fold(octets, view.state.touched)
        _shorten(self._folds)
        return fold


def _followed(fold: Fold, view: View, recipes: Sequence[Recipe]) -> bool:
    """Whether the fold says what the planes say, after the bits written since were worked out anew."""
    if fold.touched == view.state.touched:
        return True
    positions = view.generation.touched(fold.touched, view.state.touched)
    if positions is None or view.state.numbers // 8 >= fold.octets.size:
        return False
    at = np.unique(positions[positions < view.generation.space.bound] >> 3)
    fold.octets[at] = all_allowed(recipes, lambda plane: _at(view, plane, at), at.size)
    fold.touched = view.state.touched
    return True


def _read(octets: Bits, at: Positions, recipes: Sequence[Recipe]) -> Bits:
    """Beyond its end nobody ever chose anything."""
    found = octets.take(at, mode="clip")
    beyond = at >= octets.size
    if beyond.any():
        found[beyond] = 255 if all(one.for_nobody for one in recipes) else 0
    return found


def _part(view: View, plane: Plane, size: int) -> Bits | None:
    octets = view.read(plane)
    return None if octets is None else octets[:size]


def _at(view: View, plane: Plane, at: Positions) -> Bits | None:
    octets = view.read(plane)
    return None if octets is None else octets[at]


def _shorten(kept: "OrderedDict[Key, Fold] | OrderedDict[Key, int]") -> None:
    while len(kept) > KEPT:
        kept.popitem(last=False)
