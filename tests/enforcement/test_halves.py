"""Half a character is called what it is, wherever it is sent: the decoder says of it that the body was cut."""

import pytest

from transparency.enforcement import acknowledgements, decisions
from transparency.enforcement.halves import WORDS, half_at

HALF = b'"\\ud800"'
QUESTION = b'{"feature":"f","stage":"training","categories":["c"],"members":%s}'


@pytest.mark.parametrize(
    ("raw", "place"),
    [
        (HALF, ""),
        (b'"a\\uDFFFb"', ""),
        (b'[1,["b",%s]]' % HALF, "/1/1"),
        (b'{"a/b":{"~":%s}}' % HALF, "/a~1b/~0"),
        (b'{"a":{%s:1}}' % HALF, "/a"),
        (b'"\\ud83d\\ude00"', None),  # two halves are one character
        (b'"\\\\ud800"', None),
        (b"[" + HALF, None),
        (b"[" * 100_000 + HALF, None),
        (b"", None),
    ],
)
def test_it_is_found_where_it_stands(raw, place):
    assert half_at(raw) == place


@pytest.mark.parametrize(("members", "pointer"), [(b"[7,%s]" % HALF, "/members/1"), (HALF, "/members")])
def test_a_question_with_one_is_told_so(members, pointer):
    with pytest.raises(decisions.BadQuestion) as told:
        decisions.from_json(QUESTION % members)
    assert (told.value.pointer, told.value.message) == (pointer, WORDS)


def test_a_line_with_one_is_told_so():
    with pytest.raises(decisions.BadQuestion) as told:
        decisions.from_lines(b'"ann"\n' + HALF)
    assert (told.value.pointer, told.value.message) == ("line 2", WORDS)


def test_an_acknowledgement_with_one_is_told_so():
    with pytest.raises(acknowledgements.Unreadable) as told:
        acknowledgements.from_json(b'{"run":%s}' % HALF)
    assert (told.value.pointer, told.value.message) == ("/run", WORDS)
