"""Which of many millions of integer keys are in a list: one gather for each, a window at a time. Pure.

Keys that lie close together have a bit each. Keys from all over 63 bits share a bit with others by a hash; only those
whose bit is on are looked for.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from transparency.enforcement import bits
from transparency.enforcement.lists.members import Members, Numbers, among

WINDOW = 32_768
"""Keys at once: what is worked out for them then stays in the processor's own memory."""
MOST_BITS = 1 << 30
FEWEST_BITS = 1 << 20
PACKED_AT_ONCE = 64
"""Bits for each key: where keys lie closer together, writing all bits between them takes a third of the time."""
BITS_EACH = 16
SPREAD = np.uint64(0x9E3779B97F4A7C15)  # 2^64 divided by the golden ratio: its multiples are far apart
Found = NDArray[np.bool_]


class Matcher(ABC):
    """Knows a list's integer keys."""

    def found(self, wanted: NDArray[Any]) -> Found:
        """Which of these integers from 0 to 2^63 - 1 are in the list."""
        answer = np.empty(wanted.size, dtype=np.bool_)
        for first in range(0, wanted.size, WINDOW):
            window = wanted[first : first + WINDOW].astype(np.int64, copy=False)
            answer[first : first + WINDOW] = self.look(window)
        return answer

    @abstractmethod
    def look(self, window: Numbers) -> Found:
        """Which of a few keys are in the list."""


class Packed(Matcher):
    """A bit for each key up to the largest; told of them in parts, ascending."""

    def __init__(self, last: int) -> None:
        self._last = last
        # An octet more than keys need, all off: whatever lies beyond the end is clipped to it.
        self._bits = bits.empty(last + 1 + 8)

    def add(self, numbers: Numbers) -> None:
        """Raises ``IndexError`` for a key beyond the largest."""
        if (numbers[-1:] > self._last).any():
            raise IndexError("a key beyond the largest")
        for first in range(0, numbers.size, WINDOW):
            _switch_on(self._bits, numbers[first : first + WINDOW])

    def look(self, window: Numbers) -> Found:
        return bits.picked(self._bits.take(window >> 3, mode="clip"), window)


class Hashed(Matcher):
    """Bits that many keys share, and the keys themselves, ascending."""

    def __init__(self, numbers: Numbers) -> None:
        self._numbers = numbers
        width = max(10, int(numbers.size * BITS_EACH).bit_length())
        self._shift = np.uint64(64 - width)
        self._bits = bits.empty(1 << width)
        _switch_on(self._bits, np.sort(self._places(numbers)))

    def look(self, window: Numbers) -> Found:
        answer = bits.gather(self._bits, self._places(window))
        maybe = np.flatnonzero(answer)
        answer[maybe] = among(window[maybe], self._numbers)
        return answer

    def _places(self, keys: Numbers) -> bits.Positions:
        return ((keys.view(np.uint64) * SPREAD) >> self._shift).view(np.int64)


def matcher(numbers: Numbers) -> Matcher:
    """The quickest for these keys, which are ascending."""
    last = int(numbers[-1]) if numbers.size else 0
    if not is_close(last, numbers.size):
        return Hashed(numbers)
    found = Packed(last)
    found.add(numbers)
    return found


def is_close(last: int, count: int) -> bool:
    """Whether so many keys, up to this one, lie close enough together for a bit each."""
    return last < min(MOST_BITS, max(FEWEST_BITS, 64 * BITS_EACH * count))


@dataclass(frozen=True)
class Index:
    """What is kept of a list to hold members against it."""

    numbers: Matcher
    texts: tuple[str, ...] = ()


def index_of(members: Members) -> Index:
    return Index(matcher(members.numbers), members.texts)


def _switch_on(found: bits.Bits, places: bits.Positions) -> None:
    """The bits at these places; they ascend, and some may come more than once."""
    if not places.size:
        return
    first, last = int(places[0]) & ~7, int(places[-1])
    if last - first < PACKED_AT_ONCE * places.size:
        on = np.zeros(last - first + 1, dtype=np.bool_)
        on[places - first] = True
        packed = np.packbits(on, bitorder="little")
        found[first >> 3 : (first >> 3) + packed.size] |= packed
        return
    octet = places >> 3
    starts = np.flatnonzero(np.r_[True, octet[1:] != octet[:-1]])
    masks = np.left_shift(np.uint8(1), (places & 7).astype(np.uint8))
    found[octet[starts]] |= np.bitwise_or.reduceat(masks, starts)
