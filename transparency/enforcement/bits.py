"""One bit per member, packed into bytes: a hundred million members are 12.5 MB, answered by one gather.

Every function takes any array of uint8, so a memory-mapped file serves as well as memory.
"""

import numpy as np
from numpy.typing import NDArray

Bits = NDArray[np.uint8]
Positions = NDArray[np.uint64]


def empty(bound: int) -> Bits:
    """Bits for the positions 0 to `bound` - 1, all of them off."""
    return np.zeros((bound + 7) // 8, dtype=np.uint8)


def position(key: str, bound: int) -> int | None:
    """The position of a member key that is an integer below `bound` in its shortest spelling; None for any other key.

    `7` has a position, `07` has none: they are two members.
    """
    if not (key.isascii() and key.isdigit()) or len(key) > len(str(bound)):
        return None
    number = int(key)
    return number if number < bound and str(number) == key else None


def gather(bits: Bits, positions: Positions) -> NDArray[np.bool_]:
    """Whether the bit at each position is on.

    Raises IndexError for a position beyond the end: "not known" must never be read as "off".
    """
    found: Bits = bits[positions >> np.uint64(3)] & masks(positions)
    return found.astype(np.bool_)


def put(bits: Bits, positions: Positions, values: NDArray[np.bool_]) -> None:
    """Set each position to its value, in place; where a position comes twice, the later value stands.

    Raises IndexError for a position beyond the end, and has then changed nothing.
    """
    if positions.size and int(positions.max()) >= bits.size * 8:
        raise IndexError(f"Position {positions.max()} is beyond the {bits.size * 8} bits of this map.")
    # The first of each position in reverse order is the last one in order.
    latest, at = np.unique(positions[::-1], return_index=True)
    on = values[::-1][at]
    set_bits(bits, latest[on])
    clear_bits(bits, latest[~on])


def set_bits(bits: Bits, positions: Positions) -> None:
    np.bitwise_or.at(bits, positions >> np.uint64(3), masks(positions))


def clear_bits(bits: Bits, positions: Positions) -> None:
    np.bitwise_and.at(bits, positions >> np.uint64(3), ~masks(positions))


def masks(positions: Positions) -> Bits:
    return np.left_shift(np.uint8(1), (positions & np.uint64(7)).astype(np.uint8))
