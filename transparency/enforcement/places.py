"""At which position of a plane a member's bit lies. Pure.

There are three spaces of the same size, one after the other: integers below the bound lie at their own value; textual
keys at the id of their ``MemberKey``; larger integers in the order in which they first chose. Position ``nobody`` is no
member's, and off in every plane.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from transparency.enforcement.bits import Positions

Numbers = NDArray[np.int64]


class Full(Exception):  # noqa: N818 - says what is full
    """There are more members than positions."""


@dataclass(frozen=True)
class Large:
    """Integers beyond the bound: ``numbers`` in rising order, and for each the place that it was given."""

    numbers: Numbers
    places: Numbers

    @classmethod
    def none(cls) -> "Large":
        nothing = np.empty(0, dtype=np.int64)
        return cls(nothing, nothing)

    @property
    def count(self) -> int:
        return self.numbers.size

    def find(self, numbers: Numbers) -> Numbers:
        """The place of each; -1 for those that have none."""
        if not self.count:
            return np.full(numbers.size, -1, dtype=np.int64)
        at = np.minimum(np.searchsorted(self.numbers, numbers), self.count - 1)
        return np.where(self.numbers[at] == numbers, self.places[at], -1)

    def extended(self, numbers: Numbers) -> "Large":
        """With these, none of which is known, at the next places."""
        places = np.arange(self.count, self.count + numbers.size)
        order = np.argsort(numbers)
        at = np.searchsorted(self.numbers, numbers[order])
        return Large(np.insert(self.numbers, at, numbers[order]), np.insert(self.places, at, places[order]))


@dataclass(frozen=True)
class Space:
    """The positions of a projection; ``bound`` is a multiple of a page's 32,768 bits."""

    bound: int

    @property
    def stride(self) -> int:
        """Bytes from one plane to the next."""
        return 3 * self.bound // 8

    @property
    def nobody(self) -> int:
        return self.bound

    @property
    def first_large(self) -> int:
        return 2 * self.bound

    def beyond(self, members: Numbers) -> NDArray[np.bool_]:
        """Which of these are integers too large to be positions."""
        return members >= self.bound

    def of_texts(self, numbers: Numbers) -> Positions:
        """The positions of textual keys, as ``Choice.member`` holds them; of 0, which none is, ``nobody``.

        By the same steps for both: how long it takes tells nobody who chose. Raises ``Full`` as ``positions`` does.
        """
        self._require_room(int(numbers.min(initial=0)))
        return np.where(numbers < 0, self.bound - numbers, self.nobody)

    def _require_room(self, least: int) -> None:
        if least <= -self.bound:
            raise Full(f"There are more textual member keys than the {self.bound} that projections have room for.")

    def positions(self, members: Numbers, large: Large) -> Positions:
        """The positions of members as ``Choice.member`` holds them; of large ones that aren't known, ``nobody``.

        Raises ``Full`` where a textual key lies beyond the bound.
        """
        least, most = (int(members.min()), int(members.max())) if members.size else (0, 0)
        self._require_room(least)
        if least >= 0 and most < self.bound:
            return members.copy()
        found = np.where(members < 0, self.bound - members, members)
        beyond = self.beyond(members)
        if beyond.any():
            places = large.find(members[beyond])
            found[beyond] = np.where(places < 0, self.nobody, self.first_large + places)
        return found
