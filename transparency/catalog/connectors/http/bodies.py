"""What an answer may hold: JSON, unzipped to no more than we can hold, in the shape that was agreed. Pure."""

import zlib
from collections.abc import Iterable, Iterator
from typing import TypeVar

import msgspec

from transparency.catalog.untrusted import shortened

Shape = TypeVar("Shape")


class BadBody(Exception):  # noqa: N818 - says what is bad
    """The answer can't be used. ``cut`` where it may be whole the next time."""

    def __init__(self, message: str, *, cut: bool = False) -> None:
        super().__init__(message)
        self.message, self.cut = message, cut


def require_json(content_type: str) -> None:
    """Raises ``BadBody`` unless the header says that this is JSON."""
    kind = content_type.partition(";")[0].strip().casefold()
    if kind != "application/json" and not (kind.startswith("application/") and kind.endswith("+json")):
        told = f"“{shortened(kind, 60)}”" if kind else "nothing of the kind"
        raise BadBody(f"It should send JSON, and says that it sends {told}. Is this a page to sign in at?", cut=True)


def whole(chunks: Iterable[bytes], encoding: str, limit: int) -> bytes:
    """The body, unzipped, of at most ``limit`` bytes. Nothing beyond them is ever unzipped."""
    parts, size = [], 0
    for part in _decoded(chunks, encoding.strip().casefold(), limit):
        size += len(part)
        if size > limit:
            raise _too_large(limit)
        parts.append(part)
    return b"".join(parts)


def _too_large(limit: int) -> BadBody:
    return BadBody(f"One answer has more than {limit:,} bytes unzipped, more than is ever read.")


def _decoded(chunks: Iterable[bytes], encoding: str, limit: int) -> Iterator[bytes]:
    if encoding in ("", "identity"):
        yield from chunks
    elif encoding in ("gzip", "x-gzip"):
        yield from _unzipped(chunks, limit)
    else:
        raise BadBody(f"It is encoded as “{shortened(encoding, 40)}”, which nobody asked for.")


def _unzipped(chunks: Iterable[bytes], limit: int) -> Iterator[bytes]:
    unzip = zlib.decompressobj(wbits=31)
    try:
        for chunk in chunks:
            yield unzip.decompress(chunk, limit + 1)
    except zlib.error as fault:
        raise BadBody("It says that the answer is zipped, and it is not, or it is damaged.") from fault
    if not unzip.eof:
        raise BadBody("The zipped answer ends in the middle.", cut=True)


def decoded(body: bytes, shape: type[Shape]) -> Shape:
    """The answer in its shape. Raises ``BadBody`` with the field that is missing, or is something else."""
    try:
        return msgspec.json.decode(body, type=shape)
    except msgspec.ValidationError as fault:
        raise BadBody(f"The answer has another form than agreed: {shortened(str(fault), 200)}.") from fault
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as fault:
        raise BadBody(f"The answer is no JSON: {shortened(str(fault), 120)}.", cut=True) from fault
