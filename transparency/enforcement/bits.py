"""One bit per member, packed into bytes: a hundred million members are 12.5 MB, answered by one gather. Pure.

Every function takes any array of uint8, so a memory-mapped file serves as well as memory.
"""

import numpy as np
from numpy.typing import NDArray

from transparency.enforcement import sums

Bits = NDArray[np.uint8]
Positions = NDArray[np.int64]

A_BATCH_BITS = 20
A_BATCH = 2**A_BATCH_BITS
ORDER_BITS = A_BATCH_BITS + 1  # an index into a batch, and the value beside it


def empty(bound: int) -> Bits:
    """Bits for the positions 0 to `bound` - 1, all of them off."""
    return np.zeros((bound + 7) // 8, dtype=np.uint8)


def gather(bits: Bits, positions: Positions) -> NDArray[np.bool_]:
    """Whether the bit at each position is on.

    Raises IndexError for a position beyond the end: "not known" must never be read as "off".
    """
    return picked(bits[positions >> 3], positions)


def picked(octets: Bits, positions: Positions) -> NDArray[np.bool_]:
    """Of the byte that holds each position, the bit of that position."""
    bit = positions.astype(np.uint8) & 7
    return ((octets >> bit) & 1).view(np.bool_)


def rising(positions: Positions) -> tuple[Positions, Positions]:
    """At most 2^20 positions in rising order; and for each of them, where it stood."""
    numbers = positions << A_BATCH_BITS | np.arange(positions.size, dtype=np.int64)
    numbers.sort()
    return numbers & (A_BATCH - 1), numbers >> A_BATCH_BITS


def put(bits: Bits, positions: Positions, values: NDArray[np.bool_]) -> int:
    """Set each position to its value, in place; where a position comes twice, the later value stands.

    Gives what is to be added to the sum of the bytes; see ``sums``. Raises IndexError for a position beyond the end,
    and has then changed nothing.
    """
    if positions.size and int(positions.max()) >= bits.size * 8:
        raise IndexError(f"Position {positions.max()} is beyond the {bits.size * 8} bits of this map.")
    return sum(
        _put(bits, positions[first : first + A_BATCH], values[first : first + A_BATCH])
        for first in range(0, positions.size, A_BATCH)
    )


def _put(bits: Bits, positions: Positions, values: NDArray[np.bool_]) -> int:
    """One batch. Position, order and value are one number each: sorted, the last of each position comes last."""
    order = np.arange(positions.size, dtype=np.int64)
    numbers = positions.astype(np.int64) << ORDER_BITS | order << 1 | values
    numbers.sort()
    at = numbers >> ORDER_BITS
    last = np.append(at[1:] != at[:-1], True)
    at, on = at[last], (numbers[last] & 1).astype(np.bool_)
    octet = at >> 3
    starts = np.flatnonzero(np.concatenate(([True], octet[1:] != octet[:-1])))
    mask = np.left_shift(np.uint8(1), (at & 7).astype(np.uint8))
    touched = np.bitwise_or.reduceat(mask, starts)
    switched_on = np.bitwise_or.reduceat(np.where(on, mask, np.uint8(0)), starts)
    where = octet[starts]
    before = bits[where]
    after = before & ~touched | switched_on
    bits[where] = after
    return sums.change(where, before, after)


def positions_on(bits: Bits, first: int = 0) -> Positions:
    """The positions of the bits that are on, in order; `first` is the position of the first bit."""
    found: Positions = np.flatnonzero(np.unpackbits(bits, bitorder="little")) + first
    return found
