"""Sets of member keys, in the one order in which lists hold them. Pure."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.int64]
NUMBERS_END = 2**63
"""Integer keys from here on are kept as text, as in ``consent.keys``."""
LITTLE_ENDIAN = np.dtype("<i8")


def no_numbers() -> Numbers:
    return np.empty(0, dtype=np.int64)


class Running:
    """The digest of a set (see ``Members.digest``) whose integers come in parts."""

    def __init__(self, integers: int) -> None:
        self.count, self._found = 0, hashlib.sha256(integers.to_bytes(8, "little"))

    def add(self, numbers: Numbers) -> None:
        self.count += numbers.size
        self._found.update(np.ascontiguousarray(numbers, dtype=LITTLE_ENDIAN).data)

    def hexdigest(self, texts: tuple[str, ...] = ()) -> str:
        self._found.update("".join(f"{text}\n" for text in texts).encode())
        return self._found.hexdigest()


@dataclass(frozen=True)
class Members:
    """Member keys, each once: integers from 0 to 2^63 - 1 ascending, then the textual ones in the order of UTF-8."""

    numbers: Numbers = field(default_factory=no_numbers)
    texts: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.numbers) + len(self.texts)

    def digest(self) -> str:
        """SHA-256, in hexadecimal, of: how many integers there are, each of them, each text followed by a line feed.

        Integers are 8 bytes, little endian; texts are UTF-8.
        """
        found = Running(len(self.numbers))
        found.add(self.numbers)
        return found.hexdigest(self.texts)

    def in_order(self) -> bool:
        """Whether each key comes once, where it belongs, and is one: a line feed in a text could hide another."""
        ascending = bool(np.all(self.numbers[1:] > self.numbers[:-1])) and not (self.numbers[:1] < 0).any()
        printable = all(text and text.isprintable() for text in self.texts)
        return ascending and printable and all(a < b for a, b in pairwise(self.texts))

    def spelled(self) -> Iterator[str]:
        """Every key as text, in order."""
        yield from map(str, self.numbers.tolist())
        yield from self.texts


@dataclass(frozen=True)
class Changes:
    """Members who chose since some sequence number, by what holds for them now."""

    leave_out: Members = field(default_factory=Members)
    may_use: Members = field(default_factory=Members)

    def __len__(self) -> int:
        return len(self.leave_out) + len(self.may_use)

    def digest(self) -> str:
        """SHA-256 of the two digests, as text, one after the other."""
        return hashlib.sha256(f"{self.leave_out.digest()}{self.may_use.digest()}".encode()).hexdigest()

    def in_order(self) -> bool:
        return self.leave_out.in_order() and self.may_use.in_order()


def members_of(numbers: Iterable[int], texts: Iterable[str] = ()) -> Members:
    """A set from keys in any order."""
    found = np.unique(np.fromiter(numbers, dtype=np.int64))
    return Members(found, tuple(sorted(set(texts))))


def with_and_without(members: Members, added: Members, removed: Members) -> Members:
    """The set after some came and some went."""
    kept = members.numbers[~among(members.numbers, removed.numbers)]
    numbers = np.union1d(kept, added.numbers) if added.numbers.size else kept
    texts = (set(members.texts) - set(removed.texts)) | set(added.texts)
    return Members(numbers, tuple(sorted(texts)))


def among(wanted: Numbers, ascending: Numbers) -> NDArray[np.bool_]:
    """Which of ``wanted`` are in ``ascending``."""
    if not ascending.size:
        return np.zeros(wanted.size, dtype=np.bool_)
    at = np.searchsorted(ascending, wanted)
    at[at == ascending.size] = 0
    return np.asarray(ascending[at] == wanted)
