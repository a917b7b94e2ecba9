"""A sum over a plane's bytes that tells whether they are still those that were written. Pure.

Each byte counts by a weight of its own, modulo 2^64, so whoever changes a few bytes knows the new sum without a look at
the rest. One flipped bit always shows, for no weight is even; of several at once, one case in 2^33 would go unseen.
"""

import numpy as np
from numpy.typing import NDArray

Octets = NDArray[np.uint8]
MODULUS = 2**64
PAGE_BITS = 14
A_PAGE = 2**PAGE_BITS  # bytes
A_WINDOW = 64 * A_PAGE
IN_PAGE = A_PAGE - 1
PAGES = 2**16  # in larger planes the factors come again from the start


def _scattered(count: int, seed: int) -> NDArray[np.uint64]:
    """Odd numbers that have nothing to do with each other, always the same (splitmix64)."""
    found = (np.arange(1, count + 1, dtype=np.uint64) + np.uint64(seed)) * np.uint64(0x9E3779B97F4A7C15)
    found = (found ^ found >> np.uint64(30)) * np.uint64(0xBF58476D1CE4E5B9)
    found = (found ^ found >> np.uint64(27)) * np.uint64(0x94D049BB133111EB)
    return found ^ found >> np.uint64(31) | np.uint64(1)


# A byte's weight: of its word within the page, shifted to its place in the word, times the factor of the page.
WORDS = _scattered(A_PAGE // 4, seed=0)
FACTORS = _scattered(PAGES, seed=A_PAGE)
BYTES = (np.repeat(WORDS, 4) << np.tile(np.arange(0, 32, 8, dtype=np.uint64), WORDS.size)).view(np.int64)
SIGNED = FACTORS.view(np.int64)


def sum_of(octets: Octets, first: int = 0) -> int:
    """The sum of bytes of a plane, of which the first is byte ``first``: a multiple of ``A_PAGE``.

    A plane's sum is that of its parts; where all bits are off, it is 0. Bytes come by fours.
    """
    total = 0
    for low in range(0, octets.size, A_WINDOW):
        words = octets[low : low + A_WINDOW].view("<u4")
        pages = np.zeros((-(-words.size // WORDS.size), WORDS.size), dtype=np.uint64)
        pages.reshape(-1)[: words.size] = words
        numbers = np.arange(len(pages)) + (first + low) // A_PAGE
        total += int((pages @ WORDS) @ FACTORS[numbers % PAGES])
    return total % MODULUS


def weights(at: NDArray[np.int64]) -> NDArray[np.int64]:
    """What the bytes ``at`` these places of a plane count."""
    found: NDArray[np.int64] = BYTES.take(at & IN_PAGE)
    found *= SIGNED.take(at >> PAGE_BITS, mode="wrap")
    return found


def change(weights: NDArray[np.int64], before: Octets, after: Octets) -> int:
    """What is to be added to the sum where bytes that count so much change."""
    return int(np.dot(np.subtract(after, before, dtype=np.int64), weights))
