"""Questions and answers as Arrow IPC streams: a column of member keys in, the same and the answers out. Pure."""

import struct
from collections.abc import Mapping

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from transparency.enforcement.decisions import (
    WHOLE,
    BadQuestion,
    Members,
    check_count,
    has_twice,
    member_keys,
    of_numbers,
)

COLUMN = "member"
PLACE = "/member/{}"
KINDS = (pa.int64(), pa.uint64(), pa.int32(), pa.uint32(), pa.string(), pa.large_string())
EXPECTED = f"Send one column, “{COLUMN}”, of int64, uint64 or utf8, without nulls."
END = struct.pack("<iI", -1, 0)  # what a complete stream ends with
UNREADABLE = (pa.ArrowException, OSError, ValueError, TypeError, LookupError, NotImplementedError)
RECORDS = "record batch"
# Places in the tables of Arrow's metadata (Message.fbs): the header of a message; of a record batch, its compression.
HEADER, COMPRESSION = 2, 3


def read(raw: bytes) -> tuple[Members, pa.Array]:
    """The members that a stream asks about, and its column. Raises ``BadQuestion``."""
    if not raw.endswith(END):
        raise BadQuestion(WHOLE, "This Arrow stream is cut short: it does not end with the mark of its end.")
    try:
        refuse_compressed(raw)
        column = _column(raw)
    except UNREADABLE as unreadable:
        raise BadQuestion(WHOLE, "This is not an Arrow IPC stream that we can read.") from unreadable
    return _members(column), column


def written(column: pa.Array, allowed: NDArray[np.bool_], metadata: Mapping[str, str]) -> bytes:
    """The answer: ``member`` as it was asked, ``allowed``; what the answer rests on in the schema's metadata."""
    fields = [pa.field(COLUMN, column.type, nullable=False), pa.field("allowed", pa.bool_(), nullable=False)]
    schema = pa.schema(fields, metadata=dict(metadata))
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, schema) as stream:
        stream.write_batch(pa.record_batch([column, pa.array(allowed)], schema=schema))
    return bytes(sink.getvalue().to_pybytes())


def refuse_compressed(raw: bytes) -> None:
    """Raises ``BadQuestion`` for compressed columns: a small body could grow without end."""
    for message in pa.ipc.MessageReader.open_stream(pa.py_buffer(raw)):
        if message.type == RECORDS and _is_compressed(message.metadata.to_pybytes()):
            raise BadQuestion(WHOLE, "Send the columns uncompressed; the request as a whole may be zipped with gzip.")


def _is_compressed(metadata: bytes) -> bool:
    """Whether a record batch says that its buffers are compressed, read from the flatbuffer of its metadata."""
    (root,) = struct.unpack_from("<I", metadata, 0)
    header = _field(metadata, root, HEADER)
    (offset,) = struct.unpack_from("<I", metadata, header)
    return _field(metadata, header + offset, COMPRESSION) > 0


def _field(metadata: bytes, table: int, place: int) -> int:
    """Where a field of a flatbuffer's table lies; 0 where it is left out."""
    (back,) = struct.unpack_from("<i", metadata, table)
    (size,) = struct.unpack_from("<H", metadata, table - back)
    entry = 4 + 2 * place
    if entry >= size:
        return 0
    (offset,) = struct.unpack_from("<H", metadata, table - back + entry)
    return table + offset if offset else 0


def _column(raw: bytes) -> pa.Array:
    with pa.ipc.open_stream(pa.py_buffer(raw)) as stream:
        if stream.schema.names != [COLUMN] or stream.schema.field(0).type not in KINDS:
            raise BadQuestion("/schema", EXPECTED)
        table = stream.read_all()
    table.validate(full=True)
    check_count(table.num_rows)
    column = table.column(0).combine_chunks()
    if column.null_count:
        raise BadQuestion("/member", EXPECTED)
    return column


def _members(column: pa.Array) -> Members:
    if pa.types.is_integer(column.type):
        values = column.to_numpy()
        if int(values.min()) >= 0 and int(values.max()) < 2**63:
            numbers = values.astype(np.int64, copy=False)
            if not has_twice(numbers):
                return of_numbers(numbers)
    return member_keys(column.to_pylist(), PLACE)
