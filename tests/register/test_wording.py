"""Two wordings side by side: nothing of either is lost, and what stayed is shown as having stayed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.bounds import ended_within_bounds
from transparency.register import wording
from transparency.register.wording import Piece, differences

texts = st.lists(st.sampled_from(["We", "train", "models.", "never", "\n", "posts,", "ü"]), max_size=30).map(" ".join)


def side(pieces, without):
    return "".join(piece.text for piece in pieces if piece.kind != without)


@given(texts, texts)
def test_both_wordings_can_be_read_from_the_pieces(before, after):
    pieces = differences(before, after)
    assert (side(pieces, wording.NEW), side(pieces, wording.GONE)) == (before, after)


@given(texts)
def test_what_is_the_same_is_one_piece(text):
    assert differences(text, text) == ([Piece("same", text)] if text else [])


def test_words_that_changed_are_shown_as_a_whole():
    assert differences("We train our models.", "We never sell models.") == [
        Piece("same", "We "),
        Piece("gone", "train our"),
        Piece("new", "never sell"),
        Piece("same", " models."),
    ]


HOSTILE = [
    (",".join("a" * 1_000), ",,".join("b" * 660)),
    ("a " * 20_000, "a b " * 10_000),
    ("a. " * 60_000, "a. b. " * 30_000),
    ("a. " * 66_000, "b\n" * 66_000),
    ("a" + " ," * 99_999, ", b" * 66_000),
    ("a" * 200_000, "\n" * 200_000),
]


def compared(before, after):
    pieces = differences(before, after)
    assert (side(pieces, wording.NEW), side(pieces, wording.GONE)) == (before, after)


@pytest.mark.parametrize(("before", "after"), HOSTILE, ids=range(len(HOSTILE)))
def test_two_wordings_that_are_long_and_alike_take_no_long_time(before, after):
    assert ended_within_bounds(compared, before, after)


def test_a_policy_of_many_pages_is_compared_by_word():
    pages = " ".join(f"We use item {number} for this." for number in range(1_400))
    assert [
        piece.text
        for piece in differences(pages, pages.replace("item 77 for", "item 77 never for"))
        if piece.kind == "new"
    ] == ["never "]


def test_longer_ones_are_compared_by_sentence():
    before, after = "We train models. " * 5_000, "We train models. " * 4_999 + "We sell none. "
    pieces = differences(before, after)
    assert (side(pieces, wording.NEW), side(pieces, wording.GONE)) == (before, after)
    assert [piece.text for piece in pieces if piece.kind == "new"] == [" We sell none. "]
