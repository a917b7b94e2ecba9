"""Member keys in columns: which of them are integers, by the rule of ``consent.keys``. Pure."""

import pyarrow as pa
import pyarrow.compute as pc

from transparency.enforcement.lists.crossing import integers
from transparency.enforcement.lists.members import NUMBERS_END, Numbers

SHORTEST_SPELLING = r"^(0|[1-9][0-9]{0,18})$"
MOST_DIGITS = 19
LAST = str(NUMBERS_END - 1)


def whole(column: pa.ChunkedArray | pa.Array) -> pa.Array:
    """The column in one piece."""
    return pa.concat_arrays(column.chunks) if isinstance(column, pa.ChunkedArray) and column.chunks else _one(column)


def _one(column: pa.ChunkedArray | pa.Array) -> pa.Array:
    return pa.nulls(0, column.type) if isinstance(column, pa.ChunkedArray) else column


def split(keys: pa.Array) -> tuple[Numbers, pa.Array]:
    """The integers among the keys, and the rest as text; each in the order in which they stand.

    Raises ``ValueError`` for a column that is neither of integers nor of text.
    """
    if pa.types.is_integer(keys.type):
        return integers(keys.cast(pa.int64())), pa.nulls(0, pa.string())
    if not is_text(keys.type):
        raise ValueError(f"Member keys are integers or text, not {keys.type}.")
    integer = spells_integer(keys)
    return integers(keys.filter(integer).cast(pa.int64())), keys.filter(pc.invert(integer)).cast(pa.string())


def is_text(kind: pa.DataType) -> bool:
    """Views of text are not: Arrow neither compares nor filters them."""
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def spells_integer(keys: pa.Array) -> pa.Array:
    """Which textual keys are an integer below 2^63 in its shortest spelling: ``7`` is, ``07`` is another member."""
    shortest = pc.match_substring_regex(keys, SHORTEST_SPELLING)
    small = pc.or_(pc.less(pc.binary_length(keys), MOST_DIGITS), pc.less_equal(keys, pa.scalar(LAST, keys.type)))
    return pc.and_(shortest, small)
