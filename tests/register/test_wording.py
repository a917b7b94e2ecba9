"""Two wordings side by side: nothing of either is lost, and what stayed is shown as having stayed."""

from hypothesis import given
from hypothesis import strategies as st

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


def test_very_long_wordings_are_compared_by_sentence():
    before, after = "We train models. " * 900, "We train models. " * 899 + "We sell none. "
    pieces = differences(before, after)
    assert (side(pieces, wording.NEW), side(pieces, wording.GONE)) == (before, after)
    assert len(pieces) < 5
