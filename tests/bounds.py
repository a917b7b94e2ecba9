"""A process of its own, which may compute for a few seconds and grow by so much: the system sees to it (P-21)."""

import resource
from multiprocessing import get_context
from pathlib import Path

SECONDS, BYTES = 5, 200 * 1024 * 1024


def _held(act, given):
    grown = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize() + BYTES
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (grown, grown))
    act(*given)


def ended_within_bounds(act, *given):
    """Whether the function came to its end, with what is given, and raised nothing."""
    process = get_context("fork").Process(target=_held, args=(act, given))
    process.start()
    process.join()
    return process.exitcode == 0
