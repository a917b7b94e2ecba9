"""The same as ``using_client``, as DuckDB does it: an anti-join of the two files."""

import sys
import time

import duckdb

from tests.bench.using_client import memory

JOIN = "SELECT count(*) FROM read_parquet($everybody) ANTI JOIN read_parquet($listed) USING (member)"


def main(folder: str, everybody: str, listed: str) -> None:
    before, start = memory(), time.perf_counter()
    ((members,),) = duckdb.execute(JOIN, {"everybody": everybody, "listed": listed}).fetchall()
    sys.stdout.write(f"{time.perf_counter() - start} {memory() - before} {members}")


if __name__ == "__main__":
    main(*sys.argv[1:])
