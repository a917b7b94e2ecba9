"""People of one process who choose as fast as they can: the room's own action, with nothing of HTTP around it.

``python -m tests.bench.choosing MEMBER EDITION``, with a line on its input for each second of choosing; answers with
how many choices were made, each of another member, from this one on.
"""

import sys
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count

import django

django.setup()

from django.utils import timezone  # noqa: E402 - Django is set up above

from transparency.consent.actions import settle  # noqa: E402 - as above
from transparency.consent.models import Origin  # noqa: E402 - as above
from transparency.consent.precedence import Decision  # noqa: E402 - as above

PEOPLE, SECONDS = 8, 1.0
SAID = {"scope": "use:group.kind0/feature-7/training", "decision": Decision.REFUSE, "origin": Origin.API}


def main(first: int, edition: int) -> None:
    members = count(first)
    with ThreadPoolExecutor(PEOPLE) as threads:
        for _ in sys.stdin:
            ends = time.perf_counter() + SECONDS
            chosen = sum(threads.map(lambda _, ends=ends: _choose_until(ends, members, edition), range(PEOPLE)))
            sys.stdout.write(f"{chosen}\n")
            sys.stdout.flush()


def _choose_until(ends: float, members: Iterator[int], edition: int) -> int:
    said = SAID | {"edition": edition}
    chosen = 0
    while time.perf_counter() < ends:
        settle(member=str(next(members)), at=timezone.now(), request=f"api {uuid.uuid4().hex}", **said)
        chosen += 1
    return chosen


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
