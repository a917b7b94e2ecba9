"""Rows of a Parquet file of any size: its row groups side by side, one for each processor, and given in their order."""

import os
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from queue import SimpleQueue
from typing import TypeVar

import pyarrow as pa
import pyarrow.parquet as pq

from transparency.enforcement.pulling.faults import BadMembers

ROWS = 200_000
"""At once: fewer, and two threads wait for each other more than they work."""
BUFFER = 262_144
"""Bytes of the file that are held of each column: without it, all that a row group has of it."""
AT_ONCE = min(8, os.cpu_count() or 1)
T = TypeVar("T")
Made = SimpleQueue[T | None]
"""What was made of a row group so far; ``None`` comes last."""


class File:
    """The file at ``path``, open until all of it was read. Raises ``BadMembers``, also while it is read."""

    def __init__(self, path: Path) -> None:
        self._name = path.name
        try:
            self._source = pa.OSFile(str(path))
            self._metadata = pq.read_metadata(self._source)
        except (OSError, pa.ArrowException) as fault:
            raise BadMembers(f"{path.name} is no Parquet file that can be read ({type(fault).__name__}).") from fault
        self.schema: pa.Schema = self._metadata.schema.to_arrow_schema()

    def each(self, act: Callable[[pa.RecordBatch], T]) -> Iterator[T]:
        """What ``act`` makes of each few rows, in their order."""
        groups = iter(range(self._metadata.num_row_groups))
        with self._source, ThreadPoolExecutor(AT_ONCE) as threads:

            def begun(group: int) -> tuple[Future[None], Made[T]]:
                made: Made[T] = SimpleQueue()
                return threads.submit(self._make, group, act, made), made

            # One more than there are threads: whichever is done before its turn has another to go on with.
            found = deque(begun(one) for one in islice(groups, AT_ONCE + 1))
            while found:
                done, made = found.popleft()
                yield from iter(made.get, None)  # as they come: nothing is kept of the group whose turn it is
                done.result()
                found.extend(begun(one) for one in islice(groups, 1))

    def _make(self, group: int, act: Callable[[pa.RecordBatch], T], made: Made[T]) -> None:
        try:
            for batch in self._batches(group):
                made.put(act(batch))
        finally:
            made.put(None)

    def _batches(self, group: int) -> Iterator[pa.RecordBatch]:
        file = pq.ParquetFile(self._source, metadata=self._metadata, pre_buffer=False, buffer_size=BUFFER)
        try:
            yield from file.iter_batches(ROWS, row_groups=[group], use_threads=False)
        except (OSError, pa.ArrowException) as fault:
            raise BadMembers(f"{self._name} can't be read to its end ({type(fault).__name__}).") from fault
