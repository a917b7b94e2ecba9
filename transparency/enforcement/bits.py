"""One bit per member, packed into bytes: a hundred million members are 12.5 MB, answered by one gather. Pure.

Every function takes any array of uint8, so a memory-mapped file serves as well as memory.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from transparency.enforcement import sums

Bits = NDArray[np.uint8]
Positions = NDArray[np.int64]

A_BATCH_BITS = 20
A_BATCH = 2**A_BATCH_BITS


@dataclass(frozen=True)
class Spots:
    """Where choices change bits: found once for all the planes that hear the same choices.

    ``last`` are the choices that stand, one for each bit in ``masks``; the bits of a byte begin at ``starts``. The
    bytes are ``octets``, their bits ``touched``, and what they weigh in the sum of a plane ``weights``.
    """

    last: NDArray[np.int64]
    masks: Bits
    starts: NDArray[np.int64]
    octets: NDArray[np.int64]
    touched: Bits
    weights: NDArray[np.int64]


@dataclass(frozen=True)
class Turned:
    """The bytes of a plane that choices change, each once, and what they are afterwards.

    Bytes that stay as they are must not be written again: the first writing to a page of a mapped file since it was
    last saved takes twenty times as long as the others, and most refusals change nothing in the map of who allowed.
    ``difference`` is what is to be added to the sum of the plane; see ``sums``.
    """

    octets: NDArray[np.int64]
    after: Bits
    difference: int


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
    bit = positions.astype(np.uint8)
    bit &= 7
    np.right_shift(octets, bit, out=bit)
    bit &= 1
    return bit.view(np.bool_)


def rising(positions: Positions) -> tuple[NDArray[np.int64], Positions]:
    """Where each position stood, and the positions, which rise; equal ones stay in their order.

    Raises ValueError for more than 2^20 of them: place and position are one number each, which sorts faster.
    """
    if positions.size > A_BATCH:
        raise ValueError(f"{positions.size} positions can't be sorted at once.")
    numbers = positions << A_BATCH_BITS | np.arange(positions.size, dtype=np.int64)
    numbers.sort()
    return numbers & (A_BATCH - 1), numbers >> A_BATCH_BITS


def spots(positions: Positions) -> Spots:
    """The bits at these positions, which rise; where one comes twice, the later choice stands."""
    last = np.flatnonzero(np.append(positions[1:] != positions[:-1], positions.size > 0))
    at = positions[last]
    octet = at >> 3
    starts = np.flatnonzero(np.concatenate(([at.size > 0], octet[1:] != octet[:-1])))
    masks = np.left_shift(np.uint8(1), (at & 7).astype(np.uint8))
    octets = octet[starts]
    return Spots(last, masks, starts, octets, np.bitwise_or.reduceat(masks, starts), sums.weights(octets))


def turned(bits: Bits, at: Spots, values: NDArray[np.bool_]) -> Turned:
    """What changes where each bit is set to the value of the choice that stands there.

    Raises IndexError for a bit beyond the end.
    """
    switched_on = np.bitwise_or.reduceat(at.masks * values, at.starts)
    before = bits.take(at.octets)
    after = before & ~at.touched | switched_on
    differ = np.flatnonzero(before != after)
    return Turned(at.octets[differ], after[differ], sums.change(at.weights, before, after))


def put(bits: Bits, found: Turned) -> None:
    """Write what changes, in place."""
    bits[found.octets] = found.after


def positions_on(bits: Bits, first: int = 0) -> Positions:
    """The positions of the bits that are on, in order; `first` is the position of the first bit."""
    found: Positions = np.flatnonzero(np.unpackbits(bits, bitorder="little")) + first
    return found
