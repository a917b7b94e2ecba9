"""A printed page with a place for what is its reader's own: split once, joined for each reader. Pure.

The two halves are kept compressed, and only the reader's few words are compressed anew: a gzip stream may be put
together from pieces, as long as none looks back into the one before it.
"""

import struct
import zlib
from dataclasses import dataclass
from functools import lru_cache

MARK = b"<!--own-->"
HEAD = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
RAW = -15  # deflate without a frame


@dataclass(frozen=True, eq=False)
class Halves:
    """What stands before and after the place, as it is and as pieces of a deflate stream. Each is itself alone."""

    before: bytes
    after: bytes
    packed_before: bytes
    packed_after: bytes
    check_before: int


def halves(body: bytes) -> Halves | None:
    """The page in two; ``None`` where it keeps no place for anybody's own."""
    before, mark, after = body.partition(MARK)
    if not mark:
        return None
    return Halves(before, after, _packed(before, last=False), _packed(after, last=True), zlib.crc32(before))


def plain(page: Halves, own: bytes) -> bytes:
    return page.before + own + page.after


@lru_cache(maxsize=200)
def packed(page: Halves, own: bytes) -> bytes:
    """The same, as one gzip stream; made once for all who are told the same."""
    check = zlib.crc32(page.after, zlib.crc32(own, page.check_before))
    length = len(page.before) + len(own) + len(page.after)
    end = struct.pack("<LL", check, length & 0xFFFFFFFF)
    return HEAD + page.packed_before + _packed(own, last=False) + page.packed_after + end


def _packed(piece: bytes, *, last: bool) -> bytes:
    """A piece that starts afresh; one that isn't the last ends at a byte, so that another can follow."""
    packer = zlib.compressobj(6, zlib.DEFLATED, RAW)
    return packer.compress(piece) + packer.flush(zlib.Z_FINISH if last else zlib.Z_FULL_FLUSH)
