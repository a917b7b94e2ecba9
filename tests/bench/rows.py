"""What a measurement tells, and how often each is taken."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median

ROUNDS = 5


@dataclass(frozen=True)
class Row:
    """One line of the table: ``ratio`` is measured by baseline, ``limit`` what it must keep."""

    what: str
    measured: str
    baseline: str
    ratio: float
    limit: float
    at_least: bool

    @property
    def met(self) -> bool:
        return self.ratio >= self.limit if self.at_least else self.ratio <= self.limit

    def __str__(self) -> str:
        word = "at least" if self.at_least else "at most"
        verdict = "met" if self.met else "MISSED"
        figures = f"{self.measured:>22} {self.baseline:>22}"
        return f"{self.what:<58} {figures} {self.ratio:>7.2f} x  ({word} {self.limit} x)  {verdict}"


def rates(what: str, measured: Callable[[], float], baseline: Callable[[], float], at_least: float) -> Row:
    """Compare two rates, taken in turn so that a busy machine slows both down; the middle one of each counts."""
    taken = [(measured(), baseline()) for _ in range(2 * ROUNDS)]
    ours, theirs = (median(side) for side in zip(*taken, strict=True))
    return Row(what, f"{ours:,.0f}/s", f"{theirs:,.0f}/s", median(a / b for a, b in taken), at_least, at_least=True)


def durations(what: str, taken: Sequence[tuple[float, float]], at_most: float) -> Row:
    """Compare durations in seconds, each with its baseline, taken in turn; the middle one of each counts."""
    ours, theirs = (median(side) for side in zip(*taken, strict=True))
    ratio = median(a / b for a, b in taken)
    return Row(what, f"{ours:,.2f} s", f"{theirs:,.2f} s", ratio, at_most, at_least=False)


def seconds(act: Callable[[], object]) -> float:
    start = time.perf_counter()
    act()
    return time.perf_counter() - start
