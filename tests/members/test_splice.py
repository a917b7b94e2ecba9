"""A page in two halves and somebody's own words between them."""

import gzip
import zlib

from hypothesis import given
from hypothesis import strategies as st

from transparency.members import splice

WORDS = st.binary(max_size=500)


@given(WORDS, WORDS, WORDS)
def test_packed_is_what_plain_is(before, own, after):
    page = splice.halves(before.replace(splice.MARK, b"") + splice.MARK + after)
    assert gzip.decompress(splice.packed(page, own)) == splice.plain(page, own)


def test_it_is_one_stream_as_browsers_demand():
    page = splice.halves(b"<p>one</p>" * 500 + splice.MARK + b"<p>two</p>" * 500)
    reader = zlib.decompressobj(31)
    assert reader.decompress(splice.packed(page, b"own")) == splice.plain(page, b"own")
    assert (reader.eof, reader.unused_data) == (True, b"")


def test_a_page_without_a_place_is_not_split():
    assert splice.halves(b"<p>the same for all</p>") is None
