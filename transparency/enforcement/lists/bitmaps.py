"""Lists as roaring bitmaps: a line of JSON, then the bitmap in roaring's portable 64-bit format. Pure.

The line holds the header, and length and SHA-256 of the bitmap, which is only looked into once these are right.
"""

import hashlib
import json
from collections.abc import Callable
from typing import IO

import numpy as np
from pyroaring import BitMap64

from transparency.enforcement.lists.header import LONGEST_HEADER, Damaged, Header, from_json, verify
from transparency.enforcement.lists.members import Members

TEXTUAL = "Some member keys are text, which a bitmap can't hold: ask for Parquet, Arrow or NDJSON."
NO_CHANGES = "Changes have two sides, which one bitmap can't hold: ask for Parquet, Arrow or NDJSON."


class NoBitmap(Exception):  # noqa: N818 - a situation, not a fault
    """These rows can't be told as a bitmap; the message says why."""


def write_bitmap(sink: IO[bytes], header: Header, rows: object, told: Callable[[int], None] = lambda _: None) -> None:
    """Write the list as a roaring bitmap. Raises ``NoBitmap`` before anything is written.

    ``told`` hears how many rows were written.
    """
    if not isinstance(rows, Members):
        raise NoBitmap(NO_CHANGES)
    if rows.texts:
        raise NoBitmap(TEXTUAL)
    bitmap = BitMap64(rows.numbers).serialize()
    about = {
        "bytes": len(bitmap),
        "sha256": hashlib.sha256(bitmap).hexdigest(),
        "suppressions": header.to_json().decode(),
    }
    sink.write(json.dumps(about).encode() + b"\n")
    sink.write(bitmap)
    told(len(rows))


def read_bitmap(source: IO[bytes]) -> tuple[Header, Members]:
    """The list in a roaring bitmap, proved whole and unchanged. Raises ``Damaged``."""
    try:
        about = json.loads(source.readline(LONGEST_HEADER))
        header = from_json(about["suppressions"].encode())
        bitmap = source.read()
        if len(bitmap) != about["bytes"] or hashlib.sha256(bitmap).hexdigest() != about["sha256"]:
            raise Damaged("The bitmap is not the one that its first line speaks of: it was cut short or changed.")
        found = BitMap64.deserialize(bitmap)
    except (ValueError, TypeError, KeyError, AttributeError, IndexError, RecursionError) as fault:
        raise Damaged("This is not a list as a bitmap, or it was cut short or changed.") from fault
    rows = Members(np.array(found.to_array(), dtype=np.uint64).astype(np.int64))
    verify(header, rows)
    return header, rows
