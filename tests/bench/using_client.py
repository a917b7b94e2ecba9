"""Holds every member of a file against the list that is kept, and tells what that took."""

import sys
import time
from pathlib import Path

from transparency.enforcement.client import Client

DAY = 86_400


def memory() -> float:
    """The most that this process held so far, in MB. Not ru_maxrss: a child begins with its parent's."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024


def main(folder: str, everybody: str, listed: str) -> None:
    before, start = memory(), time.perf_counter()
    client = Client("http://localhost:9", "tr_bench", "feature-0", "training", folder=folder, max_age=DAY)
    members = sum(batch.num_rows for batch in client.filter(Path(everybody), column="member"))
    sys.stdout.write(f"{time.perf_counter() - start} {memory() - before} {members}")


if __name__ == "__main__":
    main(*sys.argv[1:])
