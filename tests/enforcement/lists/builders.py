"""Lists that are complete unless a test says otherwise."""

import io
from datetime import UTC, datetime, timedelta

from transparency.enforcement.lists import bitmaps, columns, lines
from transparency.enforcement.lists.header import Expected, Header, Kind, Part
from transparency.enforcement.lists.members import Changes, members_of

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)
EXPECTED = Expected("job-ranking", "training", audience="nightly")
FORMATS = {
    "parquet": (columns.write_parquet, columns.read_parquet),
    "arrow": (columns.write_arrow, columns.read_arrow),
    "ndjson": (lines.write_lines, lines.read_lines),
    "roaring": (bitmaps.write_bitmap, bitmaps.read_bitmap),
}
HOLD_ANYTHING = ("parquet", "arrow", "ndjson")


def header_of(rows, part=None, **fields):
    said = {
        "kind": Kind.LEAVE_OUT,
        "feature": "job-ranking",
        "stage": "training",
        "categories": (),
        "edition": 3,
        "sequence": 9,
        "base": "1f2e",
        "count": len(rows),
        "digest": rows.digest(),
        "created": NOON,
        "expires": NOON + timedelta(hours=1),
        "audience": "nightly",
        "changes": part,
    }
    return Header(**(said | fields)).sealed()


def changes_header(changes, since=5, **fields):
    return header_of(changes, Part(since, len(changes), changes.digest()), **({"count": 4, "digest": "ab"} | fields))


def written(form, header, rows):
    sink = io.BytesIO()
    FORMATS[form][0](sink, header, rows)
    return sink.getvalue()


def read(form, raw):
    return FORMATS[form][1](io.BytesIO(raw))


def document(form, *numbers, texts=(), **fields):
    """A list of these members, as bytes."""
    rows = members_of(numbers, texts)
    return written(form, header_of(rows, **fields), rows)


def changes(leave_out=(), may_use=()):
    return Changes(members_of(leave_out), members_of(may_use))
