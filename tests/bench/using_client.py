"""Holds every member of a file against the list that is kept, and tells what that took."""

import sys
import time
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from transparency.enforcement.client import Client

DAY = 86_400


def memory() -> float:
    """The most that this process held so far, in MB. Not ru_maxrss: a child begins with its parent's."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024


def main(folder: str, everybody: str, listed: str) -> None:
    before, start = memory(), time.perf_counter()
    client = Client("http://localhost:9", "tr_bench", "feature-0", "training", folder=folder, max_age=DAY)
    file = pq.ParquetFile(everybody, pre_buffer=False)
    batches = file.iter_batches(batch_size=65_536, use_threads=False)
    found = client.filter(pa.RecordBatchReader.from_batches(file.schema_arrow, batches), column="member")
    members = sum(batch.num_rows for batch in found)
    sys.stdout.write(f"{time.perf_counter() - start} {memory() - before} {members}")


if __name__ == "__main__":
    main(*sys.argv[1:])
