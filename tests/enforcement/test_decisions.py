import json

import pytest

from transparency.enforcement import decisions


def body(**changes):
    question = {"feature": "jobs", "stage": "training", "categories": ["profile"], "members": [1, 2]}
    return json.dumps(question | changes).encode()


def keys(members):
    """The canonical keys, in their order."""
    found = [str(number) for number in members.numbers.tolist()]
    for at, text in zip(members.at.tolist(), members.texts, strict=True):
        found[at] = text
    return found


def fault_of(read, raw):
    with pytest.raises(decisions.BadQuestion) as caught:
        read(raw)
    return caught.value


def test_a_question_is_read_whole():
    found = decisions.from_json(body(min_sequence=9))
    assert (found.feature, found.stage, found.categories, found.min_sequence) == ("jobs", "training", ("profile",), 9)
    assert keys(found.members) == ["1", "2"]


@pytest.mark.parametrize(
    "members", [[1, 2], ["1", "2"], [2**63 - 1, 2**63, 2**64 - 1], ["mia", "7", "007"], [0], ["a" * 64]]
)
def test_members_are_known_by_their_canonical_keys(members):
    assert keys(decisions.from_json(body(members=members)).members) == [str(member) for member in members]


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
        (["7", " 8"], "/members/1"),
        (["7", "8 "], "/members/1"),
        (["7", "8.0"], "/members/1"),
        (["7", "-8."], "/members/1"),
        (["ann", "rene\u0301"], "/members/1"),
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
    ("raw", "pointer"),
    [
        (b"", ""),
        (b"{", ""),
        (b"[]", ""),
        (b"\xff", ""),
        (b"{}", "/feature"),
        (body(surprise=1), "/surprise"),
        (body(members="1"), "/members"),
        (body(members=None), "/members"),
        (body(stage=None), "/stage"),
        (body(min_sequence=True), "/min_sequence"),
        (body(categories=["a", 1]), "/categories/1"),
    ],
)
def test_a_body_of_another_shape_is_refused_at_its_place(raw, pointer):
    assert fault_of(decisions.from_json, raw).pointer == pointer


def test_a_question_without_categories_is_refused():
    assert fault_of(decisions.from_json, body(categories=[])).pointer == "/categories"


def test_a_negative_sequence_is_refused():
    assert fault_of(decisions.from_json, body(min_sequence=-1)).pointer == "/min_sequence"


@pytest.mark.parametrize(
    ("first", "pointer"),
    [
        (b'"members":[3],', "/members"),
        (b'"members":[1, 2],', "/members"),
        (b'"feature":"feed",', "/feature"),
        (b'"categories":["a"],', "/categories"),
        (b'"members":"\xff",', ""),
        (b'"members":%s,' % (b"9" * 5000), ""),
    ],
)
def test_a_field_that_is_there_twice_is_refused(first, pointer):
    assert fault_of(decisions.from_json, b"{" + first + body()[1:]).pointer == pointer


def test_keys_that_look_like_another_field_are_read():
    assert keys(decisions.from_json(body(members=["profile"])).members) == ["profile"]


@pytest.mark.parametrize("raw", [b"1\n2", b"1\n2\n"])
def test_lines_hold_one_key_each(raw):
    assert keys(decisions.from_lines(raw)) == ["1", "2"]


@pytest.mark.parametrize("raw", [b"1,2\n3", b"[1\n2]", b"1\n2,3\n", b"1 2"])
def test_a_line_holds_no_more_than_one_key(raw):
    assert fault_of(decisions.from_lines, raw).pointer.startswith("line ")


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
    assert fault_of(decisions.from_json, raw).message


@pytest.mark.parametrize("line", [b"[" * 100_000, b'"\\ud800"', b"1" + b"0" * 10_000])
def test_a_hostile_line_is_refused_by_its_number(line):
    assert fault_of(decisions.from_lines, b"1\n" + line).pointer == "line 2"


@pytest.mark.parametrize("name", ["feature", "stage"])
@pytest.mark.parametrize("members", [[1, 2], list(range(100, 160)), list(range(100, 300))])
def test_what_comes_twice_is_found_wherever_the_members_stand(name, members):
    """Also where another field says how the list of members begins, or all of it."""
    told = ", ".join(str(one) for one in members)
    body = f'{{"{name}": "[{told[:150]}", "members": [{told}], "feature": "a", "stage": "b", "categories": ["c"]}}'
    with pytest.raises(decisions.BadQuestion, match=f"^/{name}: This field is there twice"):
        decisions.from_json(body.encode())
