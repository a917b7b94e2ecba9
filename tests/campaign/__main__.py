"""``python -m tests.campaign SECONDS [careless]``: fifty people choose while parts of the site are killed at random.

Prints one line of JSON: how much was acknowledged, how often what was killed, and every difference between what people
were told and what is there afterwards. With ``careless`` they choose on for a moment, with what makes PostgreSQL keep
what it confirmed switched off, and it is killed once more: the ``forgotten`` show that the judge would see a loss.
"""

import json
import os
import random
import shutil
import signal
import socket
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

HOME = Path(tempfile.mkdtemp(prefix="campaign-"))
HOME.chmod(0o755)
os.environ |= {
    "TRANSPARENCY_LOCAL": str(HOME / "local"),
    "DJANGO_SETTINGS_MODULE": "transparency.config.settings",
    "LOG_LEVEL": "ERROR",
}
CARELESS = ("synchronous_commit=off", "wal_writer_delay=10s", "wal_writer_flush_after=1GB", "fsync=off")

import django  # noqa: E402 - the settings are named above

django.setup()

from django.db import connection  # noqa: E402
from django.utils import timezone  # noqa: E402

from tests.campaign import judge  # noqa: E402
from tests.campaign.choosers import PATIENCE, Book, OnPages, OnSettings  # noqa: E402
from tests.campaign.pipeline import Pipeline  # noqa: E402
from tests.campaign.stack import Stack  # noqa: E402
from tests.campaign.stage import ON_PAGE, QUESTIONS, SCOPES, Keys, prepare  # noqa: E402

PEOPLE = 50


def main() -> int:
    seconds, careless = float(sys.argv[1]), "careless" in sys.argv[2:]
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that whoever has no patience leaves nothing behind
    stack = Stack(_free_port())
    try:
        report = _campaign(stack, seconds, careless=careless)
    finally:
        stack.end()
        shutil.rmtree(HOME, ignore_errors=True)
    sys.stdout.write(json.dumps(report) + "\n")
    return 0


def _campaign(stack: Stack, seconds: float, *, careless: bool) -> dict[str, object]:
    members = [str(1000 + place) if place % 5 else f"person-{place}" for place in range(PEOPLE)]
    keys = prepare(signed_in=members[::3])
    stack.wait_until_it_answers()
    book, pipeline = Book(), Pipeline(stack.port, keys.pipeline)
    with _people(stack, members, keys, book):
        _wait_for_choices(book)
        pipeline.keep(QUESTIONS)
        killed = _break_things(stack, book, seconds)
    connection.close()  # it was killed with the rest
    return {
        "acknowledged": len(book.told),
        "on_pages": book.on_pages,
        "retries": book.retries,
        "killed": killed,
        "textual_members": judge.textual_members(),
        "differences": judge.differences(book),
        "disagreements": judge.disagreements(members, pipeline, timezone.now()),
        "forgotten": _forgotten(stack, members, keys, book) if careless else [],
    }


@contextmanager
def _people(stack: Stack, members: list[str], keys: Keys, book: Book) -> Iterator[None]:
    """All of them choose meanwhile; afterwards the site is whole again, and each of them has heard."""
    ended = threading.Event()
    around = book, ended
    people = [OnPages(member, stack.port, session, ON_PAGE, *around) for member, session in keys.sessions.items()]
    others = [member for member in members if member not in keys.sessions]
    people += [OnSettings(member, stack.port, keys.choices, SCOPES, *around) for member in others]
    for person in people:
        person.start()
    yield
    stack.wait_until_it_answers()
    ended.set()
    for person in people:
        person.join()
    stack.wait_until_it_answers()


def _forgotten(stack: Stack, members: list[str], keys: Keys, book: Book) -> list[str]:
    """The differences once a database that may forget was killed: what it confirmed last is nowhere on disk."""
    stack.be_careless(CARELESS)
    stack.wait_until_it_answers()
    with _people(stack, members, keys, book):
        _wait_for_choices(book)
        _, fault = _whole(stack.database)
        fault()
    connection.close()
    return judge.differences(book)


def _break_things(stack: Stack, book: Book, seconds: float) -> dict[str, int]:
    """Kill something every second or two; whatever was killed comes back a moment later.

    Goes on until the time is up and every kind of fault came, each after some people were told that their choice holds.
    """
    killed: Counter[str] = Counter()
    end = time.monotonic() + seconds
    faults = [_whole(part) for part in stack.parts] + [_child(stack.web), _child(stack.database), _flushed(stack)]
    random.shuffle(faults)
    while time.monotonic() < end or len(killed) < len(faults):
        _wait_for_choices(book)
        name, fault = faults[sum(killed.values()) % len(faults)]
        fault()
        stack.mend()
        killed[name] += 1
    return dict(killed)


def _wait_for_choices(book: Book) -> None:
    """A moment that nobody can foresee, and then as long as it takes until ten more choices were acknowledged."""
    told, deadline = len(book.told), time.monotonic() + PATIENCE
    time.sleep(random.uniform(0.2, 1))
    while len(book.told) < told + 10 and time.monotonic() < deadline:
        time.sleep(0.02)


def _whole(part):
    def fault():
        part.kill()
        time.sleep(0.5)
        part.start()

    return part.name, fault


def _child(part):
    return f"a child of {part.name}", part.kill_a_child


def _flushed(stack):
    return "everything in valkey", stack.flush_valkey


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    sys.exit(main())
