"""The forms in which a list can be had, by name and by media type."""

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import IO

from transparency.enforcement.lists import bitmaps, columns, lines
from transparency.enforcement.lists.header import Header
from transparency.enforcement.lists.members import Changes, Members
from transparency.enforcement.suppressions import Listing

Told = Callable[[int], None]
"""Hears how many more rows were written."""


@dataclass(frozen=True)
class Form:
    """One form: its media type, the ending of its files, and how it is written."""

    media_type: str
    ending: str
    write: Callable[[IO[bytes], Header, Members | Changes, Told], None]


FORMS = {
    "parquet": Form("application/vnd.apache.parquet", "parquet", columns.write_parquet),
    "arrow": Form("application/vnd.apache.arrow.stream", "arrows", columns.write_arrow),
    "roaring": Form("application/x-roaring-bitmap", "roaring", bitmaps.write_bitmap),
    "ndjson": Form("application/x-ndjson", "ndjson", lines.write_lines),
}
BY_MEDIA_TYPE = {form.media_type: name for name, form in FORMS.items()}
AT_ONCE = 1 << 20
ANYTHING = ("*/*", "application/*")


def write(form: str, file: IO[bytes], listing: Listing, told: Told = lambda _: None) -> None:
    """Write a list in a form. Raises ``bitmaps.NoBitmap`` before anything is written."""
    FORMS[form].write(file, listing.header, listing.rows, told)


def measured(file: IO[bytes]) -> tuple[int, bytes]:
    """How many bytes were written, and their SHA-256; the file is then at its start."""
    size, digest = file.tell(), hashlib.sha256()
    file.seek(0)
    while chunk := file.read(AT_ONCE):
        digest.update(chunk)
    file.seek(0)
    return size, digest.digest()


def accepted(accept: Iterable[str]) -> str | None:
    """The name of the first form among these media types; the first of all where anything will do."""
    for media_type in accept:
        if media_type in BY_MEDIA_TYPE:
            return BY_MEDIA_TYPE[media_type]
        if media_type in ANYTHING:
            return next(iter(FORMS))
    return None
