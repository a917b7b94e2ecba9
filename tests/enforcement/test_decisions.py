import json

import pytest

from transparency.enforcement import decisions


def body(**changes):
    question = {"feature": "jobs", "stage": "training", "categories": ["profile"], "members": [1, 2]}
    return json.dumps(question | changes).encode()


def fault_of(read, raw):
    with pytest.raises(decisions.BadQuestion) as caught:
        read(raw)
    return caught.value


def test_a_question_is_read_whole():
    assert decisions.from_json(body(min_sequence=9)) == decisions.Question(
        "jobs", "training", ("profile",), ("1", "2"), 9
    )


def test_a_hundred_thousand_keys_are_not_too_many():
    assert len(decisions.from_json(body(members=list(range(100_000)))).members) == 100_000


@pytest.mark.parametrize(
    ("members", "pointer"),
    [
        ([], "/members"),
        (list(range(100_001)), "/members"),
        ([1, 2, 1], "/members/2"),
        ([1, -1], "/members/1"),
        ([2**64], "/members/0"),
        (["a" * 65], "/members/0"),
        ([""], "/members/0"),
        (["a\0"], "/members/0"),
        ([1, "b"], "/members/1"),
        ([True], "/members/0"),
        ([1.0], "/members/0"),
        ([None], "/members/0"),
        ([["1"]], "/members/0"),
    ],
)
def test_faulty_members_are_named_by_their_place(members, pointer):
    assert fault_of(decisions.from_json, body(members=members)).pointer == pointer


@pytest.mark.parametrize(
    "raw",
    [b"", b"{", b"[]", b"\xff", b"{}", body(members="1"), body(surprise=1), body(stage=None), body(min_sequence=True)],
)
def test_a_body_of_another_shape_is_refused(raw):
    assert fault_of(decisions.from_json, raw).pointer == "/"


def test_a_question_without_categories_is_refused():
    assert fault_of(decisions.from_json, body(categories=[])).pointer == "/categories"


def test_a_negative_sequence_is_refused():
    assert fault_of(decisions.from_json, body(min_sequence=-1)).pointer == "/min_sequence"


@pytest.mark.parametrize("raw", [b"1\n2", b"1\n2\n"])
def test_lines_hold_one_key_each(raw):
    assert decisions.from_lines(raw) == ("1", "2")


def test_a_bad_line_among_many_is_named():
    lines = [b"%d" % number for number in range(70_000)]
    lines[69_999] = b"{"
    assert fault_of(decisions.from_lines, b"\n".join(lines)).pointer == "line 70000"


@pytest.mark.parametrize(
    ("raw", "pointer"),
    [(b"", "/members"), (b"1\n\n2", "line 2"), (b"1\n1", "line 2"), (b"\n" * 100_001, "/members"), (b"\xff", "line 1")],
)
def test_faulty_lines_are_refused(raw, pointer):
    assert fault_of(decisions.from_lines, raw).pointer == pointer


def test_a_fault_never_quotes_a_member_key():
    assert "secret" not in str(fault_of(decisions.from_json, body(members=["secret\0"])))


def test_a_long_reason_is_shortened():
    assert len(fault_of(decisions.from_json, body(**{"x" * 10_000: 1})).message) < 300


@pytest.mark.parametrize("members", [b"[" * 100_000, b'["\\ud800"]', b"[1" + b"0" * 10_000 + b"]"])
def test_hostile_json_is_refused_and_never_an_error_of_ours(members):
    raw = b'{"feature": "f", "stage": "training", "categories": ["c"], "members": ' + members + b"}"
    assert fault_of(decisions.from_json, raw).pointer


@pytest.mark.parametrize("line", [b"[" * 100_000, b'"\\ud800"', b"1" + b"0" * 10_000])
def test_a_hostile_line_is_refused_by_its_number(line):
    assert fault_of(decisions.from_lines, b"1\n" + line).pointer == "line 2"
