"""Lists as Parquet files and as Arrow streams: one column, ``member``; the header among the metadata. Pure.

``member`` is int64 where every key is an integer, and text otherwise. Changes have a second column, ``leave_out``.
"""

import os
from collections.abc import Callable, Iterator
from itertools import chain
from typing import IO

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from transparency.enforcement.lists.crossing import integers
from transparency.enforcement.lists.header import Damaged, Header, from_json, verify
from transparency.enforcement.lists.keys import split, whole
from transparency.enforcement.lists.matching import Index, Packed, index_of, is_close
from transparency.enforcement.lists.members import Changes, Members, Running

ROWS = 1_048_576
"""Of one row group or batch: what a reader must hold at once."""
PART = 65_536
"""Rows that a reader who keeps only an index holds at once."""
BUFFER = 262_144
"""Bytes of the file that such a reader holds at once."""
METADATA = b"suppressions"
END_OF_STREAM = b"\xff\xff\xff\xff\0\0\0\0"
# Whatever Arrow makes of bytes that it can't read.
UNREADABLE = (
    pa.ArrowException,
    OSError,
    EOFError,
    ValueError,
    KeyError,
    IndexError,
    TypeError,
    MemoryError,
    OverflowError,
)


def write_parquet(
    sink: IO[bytes], header: Header, rows: Members | Changes, told: Callable[[int], None] = lambda _: None
) -> None:
    """Write the list as a Parquet file: zstd, differences between neighbours, checksums on pages.

    ``told`` hears how many more rows were written.
    """
    schema, batches = _laid_out(rows)
    integers = pa.types.is_integer(schema.field("member").type)
    encoding = {"member": "DELTA_BINARY_PACKED" if integers else "DELTA_BYTE_ARRAY"}
    writing = {"compression": "zstd", "use_dictionary": False, "store_schema": False, "write_page_checksum": True}
    with pq.ParquetWriter(sink, schema, column_encoding=encoding, **writing) as writer:
        for batch in batches:
            writer.write_batch(batch, row_group_size=ROWS)
            told(len(batch))
        writer.add_key_value_metadata({METADATA: header.to_json()})


def write_arrow(
    sink: IO[bytes], header: Header, rows: Members | Changes, told: Callable[[int], None] = lambda _: None
) -> None:
    """Write the list as an Arrow IPC stream. ``told`` hears how many more rows were written."""
    schema, batches = _laid_out(rows)
    with pa.ipc.new_stream(sink, schema.with_metadata({METADATA: header.to_json()})) as writer:
        for batch in batches:
            writer.write_batch(batch)
            told(len(batch))


def read_parquet(source: IO[bytes]) -> tuple[Header, Members | Changes]:
    """The list in a Parquet file, proved whole and unchanged. Raises ``Damaged``."""
    try:
        file = pq.ParquetFile(source, page_checksum_verification=True, pre_buffer=False)
        header = from_json((file.metadata.metadata or {})[METADATA])
        table = file.read()
    except UNREADABLE as fault:
        raise Damaged("This is not a Parquet file of a list, or it was cut short or changed.") from fault
    return _read(header, table)


def index_parquet(source: IO[bytes]) -> tuple[Header, Index]:
    """A whole list as ``read_parquet`` proves it, as an index that takes little memory to make. Raises ``Damaged``."""
    try:
        file = pq.ParquetFile(source, page_checksum_verification=True, pre_buffer=False, buffer_size=BUFFER)
        header = from_json((file.metadata.metadata or {})[METADATA])
        last = _last(file)
        if last is not None and header.changes is None and is_close(last, header.count):
            return header, _indexed(file, header, last)
    except UNREADABLE as fault:
        raise Damaged("This is not a Parquet file of a list, or it was cut short or changed.") from fault
    source.seek(0)
    header, rows = read_parquet(source)
    if not isinstance(rows, Members):
        raise Damaged("Changes came where the whole list was asked for.")
    return header, index_of(rows)


def _last(file: pq.ParquetFile) -> int | None:
    """The largest key, as the file's statistics say; nothing where keys are text, or there are none."""
    if not pa.types.is_integer(file.schema_arrow.field("member").type) or not file.num_row_groups:
        return None
    statistics = file.metadata.row_group(file.num_row_groups - 1).column(0).statistics
    return int(statistics.max) if statistics and statistics.has_min_max and statistics.max >= 0 else None


def _indexed(file: pq.ParquetFile, header: Header, last: int) -> Index:
    """A part at a time: each is checked, and forgotten once its bits are on."""
    packed, running, before = Packed(last), Running(header.count), -1
    for batch in file.iter_batches(batch_size=PART, columns=["member"], use_threads=False):
        numbers = integers(batch.column(0).cast(pa.int64()))
        if batch.column(0).null_count or not Members(numbers).in_order() or (numbers[:1] <= before).any():
            raise ValueError("not in order")
        packed.add(numbers)
        running.add(numbers)
        before = int(numbers[-1]) if numbers.size else before
    if (running.count, running.hexdigest()) != (header.count, header.digest):
        raise ValueError("other members than the header's")
    # Arrow keeps for this thread what it read with, which those that read the members can't use.
    pa.default_memory_pool().release_unused()
    return Index(packed)


def read_arrow(source: IO[bytes]) -> tuple[Header, Members | Changes]:
    """The list in an Arrow stream that can be sought in, proved whole and unchanged. Raises ``Damaged``."""
    try:
        _require_end(source)
        with pa.ipc.open_stream(source) as stream:
            header = from_json((stream.schema.metadata or {})[METADATA])
            table = stream.read_all()
        table.validate(full=True)
    except UNREADABLE as fault:
        raise Damaged("This is not an Arrow stream of a list, or it was cut short or changed.") from fault
    return _read(header, table)


def _require_end(source: IO[bytes]) -> None:
    """Arrow takes a stream that stops between two messages for a whole one."""
    source.seek(-len(END_OF_STREAM), os.SEEK_END)
    if source.read() != END_OF_STREAM:
        raise ValueError("no end")
    source.seek(0)


def _laid_out(rows: Members | Changes) -> tuple[pa.Schema, Iterator[pa.RecordBatch]]:
    parts = [(rows.leave_out, True), (rows.may_use, False)] if isinstance(rows, Changes) else [(rows, None)]
    texts = any(members.texts for members, _ in parts)
    fields = [pa.field("member", pa.string() if texts else pa.int64(), nullable=False)]
    if isinstance(rows, Changes):
        fields.append(pa.field("leave_out", pa.bool_(), nullable=False))
    schema = pa.schema(fields)
    return schema, chain.from_iterable(_batches(members, flag, schema) for members, flag in parts)


def _batches(members: Members, flag: bool | None, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    for first in range(0, len(members.numbers), ROWS):
        numbers = pa.array(members.numbers[first : first + ROWS])
        yield _batch(numbers.cast(schema.field("member").type), flag, schema)
    for first in range(0, len(members.texts), ROWS):
        yield _batch(pa.array(members.texts[first : first + ROWS], pa.string()), flag, schema)


def _batch(keys: pa.Array, flag: bool | None, schema: pa.Schema) -> pa.RecordBatch:
    flags = [] if flag is None else [pa.array(np.full(len(keys), flag))]
    return pa.record_batch([keys, *flags], schema=schema)


def _read(header: Header, table: pa.Table) -> tuple[Header, Members | Changes]:
    try:
        rows = _changes(table) if header.changes else _members(table.column("member"))
    except UNREADABLE as fault:
        raise Damaged("The list's columns are not those of a list.") from fault
    verify(header, rows)
    return header, rows


def _changes(table: pa.Table) -> Changes:
    out = table.column("leave_out")
    kept = table.filter(pc.invert(out)).column("member")
    return Changes(_members(table.filter(out).column("member")), _members(kept))


def _members(column: pa.ChunkedArray) -> Members:
    if column.null_count:
        raise ValueError("a row without a key")
    numbers, texts = split(whole(column))
    return Members(numbers, tuple(texts.to_pylist()))
