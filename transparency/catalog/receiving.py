"""What PostgreSQL's ``COPY`` answers in its binary form, as an array: every value of a fixed size, so it is one as it
stands.

The form is that of https://www.postgresql.org/docs/current/sql-copy.html, "Binary Format".
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from psycopg import sql
from psycopg.abc import PQGen
from psycopg.generators import copy_from
from psycopg.pq.abc import PGconn

HEADER, TRAILER = 19, 2
ROWS_AT_ONCE = 1_000  # for which the database is waited for together


def row_of(*fields: tuple[str, str]) -> np.dtype[np.void]:
    """A row of such an answer: its number of fields, and before each field its length."""
    return np.dtype([("", ">i2"), *(part for field in fields for part in (("", ">i4"), field))])


def received(cursor: Any, statement: sql.Composed, kind: np.dtype[np.void]) -> NDArray[np.void]:
    """The rows that a ``COPY … TO STDOUT (FORMAT binary)`` answers with."""
    answer, asked = bytearray(), cursor.connection
    with cursor.copy(statement.as_string()):
        while asked.wait(_some(asked.pgconn, answer)):
            pass
    return np.frombuffer(answer, dtype=kind, count=(len(answer) - HEADER - TRAILER) // kind.itemsize, offset=HEADER)


def _some(asking: PGconn, answer: bytearray) -> PQGen[bool]:
    """Adds rows to what came before, and tells whether more may follow. The driver's own way waits for each row."""
    for _ in range(ROWS_AT_ONCE):
        piece = yield from copy_from(asking)
        if not isinstance(piece, memoryview):
            return False
        answer += piece
    return True
