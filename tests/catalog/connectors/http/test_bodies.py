"""What an answer may hold."""

import gzip

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from transparency.catalog.connectors.http.bodies import BadBody, decoded, require_json, whole

LIMIT = 1_000


class Told(msgspec.Struct):
    name: str


def pieces(body, size):
    return [body[start : start + size] for start in range(0, len(body), size)]


@given(st.binary(max_size=LIMIT), st.integers(1, 2_000))
def test_a_zipped_answer_comes_as_it_was_whatever_its_pieces(body, size):
    assert whole(pieces(gzip.compress(body), size), "gzip", LIMIT) == body
    assert whole(pieces(body, size), "", LIMIT) == body


@pytest.mark.parametrize("size", [1, 7, 10_000])
@pytest.mark.parametrize("encoding", ["", "gzip"])
def test_one_byte_too_many_is_refused(encoding, size):
    told = b"x" * (LIMIT + 1)
    with pytest.raises(BadBody, match="more than is ever read") as caught:
        whole(pieces(gzip.compress(told) if encoding else told, size), encoding, LIMIT)
    assert not caught.value.cut


def test_what_is_refused_is_not_unzipped():
    """Only as many pieces are taken as it takes to know."""
    taken = []
    bomb = pieces(gzip.compress(b" " * 50_000_000), 100)
    with pytest.raises(BadBody):
        whole((taken.append(piece) or piece for piece in bomb), "gzip", LIMIT)
    assert len(taken) < len(bomb) / 10


def test_a_zipped_answer_that_ends_in_the_middle_may_be_whole_the_next_time():
    with pytest.raises(BadBody, match="ends in the middle") as caught:
        whole([gzip.compress(b"x" * 500)[:-9]], "gzip", LIMIT)
    assert caught.value.cut


@pytest.mark.parametrize("encoding", ["br", "deflate", "gzip, gzip", "x" * 900])
def test_another_encoding_was_not_asked_for(encoding):
    with pytest.raises(BadBody, match="nobody asked for"):
        whole([b""], encoding, LIMIT)


@pytest.mark.parametrize("told", ["application/json", "Application/JSON; charset=utf-8", "application/problem+json"])
def test_json_says_that_it_is_json(told):
    require_json(told)


@pytest.mark.parametrize("told", ["", "text/html", "text/json", "application/jsonp", "application/octet-stream"])
def test_nothing_else_does(told):
    with pytest.raises(BadBody):
        require_json(told)


@pytest.mark.parametrize("body", [b'{"name": 7}', b"{}", b"[]", b"null"])
def test_another_form_stays_another_form(body):
    with pytest.raises(BadBody, match="another form") as caught:
        decoded(body, Told)
    assert not caught.value.cut


@pytest.mark.parametrize("body", [b"", b"{", b'{"name": "x', b'{"name": "\xff"}', b'{"a": ' + b"[" * 100_000])
def test_what_is_no_json_may_be_whole_the_next_time(body):
    with pytest.raises(BadBody) as caught:
        decoded(body, Told)
    assert caught.value.cut
