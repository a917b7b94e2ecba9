from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.enforcement.lists.builders import EXPECTED, NOON, header_of
from transparency.enforcement.lists.header import (
    Damaged,
    Expected,
    Expired,
    Foreign,
    Older,
    check,
    from_json,
    signature,
)
from transparency.enforcement.lists.members import among, members_of, with_and_without

ROWS = members_of([1, 2, 3])
NUMBERS = st.sets(st.integers(0, 30))


def test_a_header_says_the_same_after_its_way():
    assert from_json(header_of(ROWS).to_json()) == header_of(ROWS)


@pytest.mark.parametrize(
    ("said", "changed"),
    [
        (b'"sequence":9', b'"sequence":8'),
        (b'"edition":3', b'"edition":2'),
        (b'"kind":"leave_out"', b'"kind":"may_use"'),
        (b"T13:00:00Z", b"T23:00:00Z"),
        (b'"audience":"nightly"', b'"audience":"another"'),
        (b'"categories":[]', b'"categories":["a"]'),
    ],
)
def test_a_header_that_was_changed_is_refused(said, changed):
    raw = header_of(ROWS).to_json()
    assert said in raw
    with pytest.raises(Damaged, match="seal"):
        from_json(raw.replace(said, changed))


def test_a_header_of_a_later_version_is_refused():
    with pytest.raises(Damaged, match="version"):
        from_json(header_of(ROWS, version=2).to_json())


@pytest.mark.parametrize("raw", [b"", b"{}", b"[]", b"null", b"\xff", b"[" * 100_000])
def test_what_is_no_header_is_refused(raw):
    with pytest.raises(Damaged):
        from_json(raw)


def test_a_list_that_was_asked_for_is_taken():
    check(header_of(ROWS), EXPECTED, NOON)


@pytest.mark.parametrize(
    ("fields", "refused"),
    [
        ({"feature": "feed"}, Foreign),
        ({"stage": "inference"}, Foreign),
        ({"categories": ("profile",)}, Foreign),
        ({"audience": "hourly"}, Foreign),
        ({"expires": NOON}, Expired),
        ({"expires": NOON - timedelta(days=1)}, Expired),
    ],
)
def test_a_list_of_something_else_is_refused(fields, refused):
    with pytest.raises(refused):
        check(header_of(ROWS, **fields), EXPECTED, NOON)


def test_a_list_from_before_the_last_one_is_refused():
    with pytest.raises(Older, match="9"):
        check(header_of(ROWS), Expected("job-ranking", "training", sequence=10), NOON)


def test_whoever_does_not_know_the_key_can_not_sign():
    assert signature("seal", "tr_mine") != signature("seal", "tr_other")


@given(NUMBERS, NUMBERS, NUMBERS)
def test_members_come_and_go_as_in_a_set(members, added, removed):
    after = with_and_without(members_of(members), members_of(added), members_of(removed - added))
    assert after.numbers.tolist() == sorted((members - (removed - added)) | added)


@given(st.sets(st.text("abc", min_size=1)), st.sets(st.text("abc", min_size=1)))
def test_textual_members_come_and_go_as_in_a_set(members, removed):
    after = with_and_without(members_of([], members), members_of([]), members_of([], removed))
    assert after.texts == tuple(sorted(members - removed))


@given(NUMBERS, NUMBERS)
def test_membership_is_that_of_a_set(members, wanted):
    asked = members_of(wanted).numbers
    assert among(asked, members_of(members).numbers).tolist() == [int(one) in members for one in asked]


def test_the_digest_tells_integers_from_texts():
    assert members_of([7]).digest() != members_of([], ["7"]).digest()
