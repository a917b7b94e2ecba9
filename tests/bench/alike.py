"""P-14: whether the time of an answer tells who refused from who was never heard of: 5,000 questions about each."""

import http.client
import json
import time
from collections.abc import Iterator
from math import erfc, sqrt

import numpy as np
from numpy.typing import NDArray

from tests.bench.decisions import ADDRESS, CATEGORY, FEATURE, MEMBERS, STAGE, prepare
from tests.bench.rows import Row
from tests.bench.server import serving
from transparency.enforcement.projections import roster

SAMPLES = 5_000
Times = NDArray[np.float64]


def measure() -> Iterator[Row]:
    secret = prepare("alike")
    refused = roster(FEATURE, STAGE, [CATEGORY]).numbers
    dice = np.random.default_rng(14)
    with serving() as port:
        asking = _Asking(port, secret)
        for _ in range(200):
            asking.seconds(1)
        # In turn, and now one and now the other first: a busy machine slows both down. Another member each time.
        asked = np.stack((dice.choice(refused, SAMPLES), MEMBERS + dice.choice(MEMBERS, SAMPLES)), axis=1)
        taken = np.array([_pair(asking, pair, dice.integers(2)) for pair in asked.tolist()])
    ours, theirs = taken[:, 0], taken[:, 1]
    middle = [float(np.median(side)) for side in (ours, theirs)]
    told = f"{middle[0] * 1e6:,.0f} us refused", f"{middle[1] * 1e6:,.0f} us unknown"
    yield Row("Time of an answer, by the middle one", *told, max(middle) / min(middle), 1.1, at_least=False)
    yield Row("Whether the times differ: p (Mann-Whitney)", *told, probability(ours, theirs), 0.01, at_least=True)


def _pair(asking: "_Asking", members: list[int], first: int) -> list[float]:
    found = [0.0, 0.0]
    for place in (first, 1 - first):
        found[place] = asking.seconds(members[place])
    return found


def probability(one: Times, other: Times) -> float:
    """That times as different as these come from the same source: the Mann-Whitney test, two-sided."""
    both = np.concatenate((one, other))
    ranks = np.empty(both.size)
    ranks[np.argsort(both)] = np.arange(1, both.size + 1)
    n, m = one.size, other.size
    statistic = ranks[:n].sum() - n * (n + 1) / 2
    deviation = sqrt(n * m * (n + m + 1) / 12)
    return erfc(abs(statistic - n * m / 2) / deviation / sqrt(2))


class _Asking:
    """Asks about one member at a time, over one connection."""

    def __init__(self, port: int, secret: str) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port)
        self.headers = {"Authorization": f"Bearer {secret}", "Content-Type": "application/json"}
        self.question = {"feature": FEATURE, "stage": STAGE, "categories": [CATEGORY]}

    def seconds(self, member: int) -> float:
        body = json.dumps(self.question | {"members": [member]})
        start = time.perf_counter()
        self.connection.request("POST", ADDRESS, body, self.headers)
        answer = self.connection.getresponse()
        answer.read()
        if answer.status != 200:
            raise RuntimeError(f"Expected 200, got {answer.status}.")
        return time.perf_counter() - start
