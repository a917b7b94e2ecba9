"""Starts as many processes as the web server has, each with as many people who choose; see ``choosing``."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tests.bench.server import WORKERS

FAR = 10_000_000  # from the first member of one process to that of the next


@contextmanager
def choosers(first: int, edition: int) -> Iterator[Callable[[], float]]:
    """Yields what measures choices per second, each of another member from ``first`` on, by all of them together."""
    running = [_started(first + number * FAR, edition) for number in range(int(WORKERS))]
    try:
        yield lambda: _together(running)
    finally:
        for process in running:
            process.communicate()


def _started(first: int, edition: int) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "tests.bench.choosing", str(first), str(edition)]
    return subprocess.Popen(command, env=os.environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def _together(running: "list[subprocess.Popen[str]]") -> float:
    start = time.perf_counter()
    for process in running:
        process.stdin.write("\n")
        process.stdin.flush()
    chosen = sum(int(process.stdout.readline()) for process in running)
    return chosen / (time.perf_counter() - start)
