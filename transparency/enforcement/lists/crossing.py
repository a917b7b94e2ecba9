"""Columns of Arrow as arrays of numpy and back, without a copy. Pure.

Asked for the one or the other in its own way, pyarrow loads pandas wherever that is installed: most of a second, and
45 MB, for nothing.
"""

from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray


def integers(column: pa.Array) -> NDArray[Any]:
    """The integers of a column without nulls, of the same type; they must not be changed."""
    kind = np.dtype(column.type.to_pandas_dtype())
    return np.frombuffer(_octets(column), kind, len(column), column.offset * kind.itemsize)


def flags(column: pa.Array) -> NDArray[np.bool_]:
    """The truth values of a column without nulls."""
    first, last = column.offset, column.offset + len(column)
    octets = np.frombuffer(_octets(column), np.uint8, -(-last // 8) - first // 8, first // 8)
    found: NDArray[np.bool_] = np.unpackbits(octets, count=last - first // 8 * 8, bitorder="little").view(np.bool_)
    return found[first % 8 :]


def column_of_flags(values: NDArray[np.bool_]) -> pa.Array:
    """The same truth values as a column."""
    octets = pa.py_buffer(np.packbits(values, bitorder="little"))
    return pa.Array.from_buffers(pa.bool_(), values.size, [None, octets])


def column_of_texts(texts: tuple[str, ...]) -> pa.Array:
    return pa.array(texts, pa.string()) if texts else pa.nulls(0, pa.string())


def _octets(column: pa.Array) -> Any:
    return column.buffers()[1] or b""
