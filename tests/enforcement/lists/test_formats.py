"""Whatever is done to a list on its way: a reader has all of it, as it was written, or refuses it."""

import io
import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.enforcement.lists.builders import (
    FORMATS,
    HOLD_ANYTHING,
    changes,
    changes_header,
    document,
    header_of,
    read,
    written,
)
from transparency.enforcement.lists import columns
from transparency.enforcement.lists.bitmaps import NoBitmap
from transparency.enforcement.lists.header import Damaged
from transparency.enforcement.lists.members import Changes, Members, members_of

NUMBERS = st.sets(st.integers(0, 2**63 - 1), max_size=40)
TEXTS = st.sets(st.from_regex(r"\A[a-zé][ -~]{0,20}\Z"), max_size=20)
FLIPS = 1_000


def same(found, header, rows):
    return found[0] == header and found[1].digest() == rows.digest() and len(found[1]) == len(rows)


@pytest.mark.parametrize("form", HOLD_ANYTHING)
@settings(deadline=None)  # the first example waits for Arrow to load
@given(NUMBERS, TEXTS)
def test_what_is_read_is_what_was_written(form, numbers, texts):
    rows = members_of(numbers, texts)
    assert same(read(form, written(form, header_of(rows), rows)), header_of(rows), rows)


@settings(deadline=None)  # the first example waits for Arrow to load
@given(NUMBERS)
def test_a_bitmap_holds_every_integer_key(numbers):
    rows = members_of(numbers)
    assert same(read("roaring", written("roaring", header_of(rows), rows)), header_of(rows), rows)


@pytest.mark.parametrize("form", HOLD_ANYTHING)
@settings(deadline=None)  # the first example waits for Arrow to load
@given(NUMBERS, NUMBERS, TEXTS)
def test_changes_tell_both_sides(form, leave_out, may_use, texts):
    rows = Changes(members_of(leave_out, texts), members_of(may_use - leave_out))
    assert same(read(form, written(form, changes_header(rows), rows)), changes_header(rows), rows)


@pytest.mark.parametrize("form", HOLD_ANYTHING)
def test_a_key_that_no_database_integer_holds_stays_text(form):
    rows = read(form, document(form, 7, texts=(str(2**63), "07")))[1]
    assert (rows.numbers.tolist(), rows.texts) == ([7], ("07", str(2**63)))


def test_a_bitmap_refuses_textual_keys():
    with pytest.raises(NoBitmap, match="Parquet"):
        document("roaring", 7, texts=("ann",))


def test_a_bitmap_refuses_changes():
    with pytest.raises(NoBitmap, match="two sides"):
        written("roaring", changes_header(changes([1], [2])), changes([1], [2]))


def test_row_groups_are_bounded(tmp_path):
    rows = Members(np.arange(3_000_000, dtype=np.int64))
    with (tmp_path / "list").open("w+b") as file:
        columns.write_parquet(file, header_of(rows), rows)
        found = columns.pq.ParquetFile(file).metadata
    assert max(found.row_group(i).num_rows for i in range(found.num_row_groups)) <= columns.ROWS


@pytest.mark.parametrize("form", FORMATS)
def test_a_list_cut_anywhere_is_refused(form):
    raw = document(form, *range(0, 3_000, 7))
    for end in range(len(raw)):
        with pytest.raises(Damaged):
            read(form, raw[:end])


@pytest.mark.parametrize("form", HOLD_ANYTHING)
def test_changes_cut_anywhere_are_refused(form):
    rows = changes([1, 2, 3], [4, 5])
    raw = written(form, changes_header(rows), rows)
    for end in range(len(raw)):
        with pytest.raises(Damaged):
            read(form, raw[:end])


@pytest.mark.parametrize("form", FORMATS)
def test_a_flipped_bit_is_refused_or_changes_nothing(form):
    rows = members_of(range(0, 3_000, 7))
    raw = written(form, header_of(rows), rows)
    chance = random.Random(form)
    assert [at for at in (chance.randrange(len(raw) * 8) for _ in range(FLIPS)) if lies(form, raw, at, rows)] == []


def lies(form, raw, at, rows):
    flipped = bytearray(raw)
    flipped[at // 8] ^= 1 << at % 8
    try:
        return not same(read(form, bytes(flipped)), header_of(rows), rows)
    except Damaged:
        return False


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("raw", [b"", b"\0", b"PAR1", b"{}\n", b'{"suppressions":{}}\n', b"<html>", b"[" * 200_000])
def test_what_is_no_list_is_refused(form, raw):
    with pytest.raises(Damaged):
        read(form, raw)


@pytest.mark.parametrize("form", FORMATS)
def test_a_list_of_one_row_too_few_is_refused(form):
    whole, short = members_of([1, 2, 3]), members_of([1, 3])
    with pytest.raises(Damaged, match="3 rows"):
        read(form, written(form, header_of(whole), short))


@pytest.mark.parametrize("form", FORMATS)
def test_a_list_with_another_member_is_refused(form):
    said, sent = members_of([1, 2, 3]), members_of([1, 2, 4])
    with pytest.raises(Damaged):
        read(form, written(form, header_of(said), sent))


def test_lines_without_their_last_are_refused():
    raw = document("ndjson", 1, 2, 3)
    with pytest.raises(Damaged, match="cut short"):
        read("ndjson", raw[: raw.index(b'{"end"')])


@pytest.mark.parametrize("line", [b'{"a":1}', b"null", b"true", b"1.5", b"-1", b'"\\ud800"', b"9" * 30, b"", b"1 2"])
def test_a_line_that_is_no_key_is_refused(line):
    raw = document("ndjson", 1, 2, 3)
    with pytest.raises(Damaged):
        read("ndjson", raw.replace(b"\n2\n", b"\n" + line + b"\n"))


def test_an_index_is_proved_as_a_list_is():
    rows = members_of(range(0, 3_000, 7))
    raw = written("parquet", header_of(rows), rows)
    chance = random.Random(4)
    assert [at for at in (chance.randrange(len(raw) * 8) for _ in range(FLIPS)) if index_lies(raw, at, rows)] == []


def index_lies(raw, at, rows):
    flipped = bytearray(raw)
    flipped[at // 8] ^= 1 << at % 8
    try:
        header, index = columns.index_parquet(io.BytesIO(bytes(flipped)))
    except Damaged:
        return False
    everybody = np.arange(4_000)
    return header != header_of(rows) or not np.array_equal(everybody[index.numbers.found(everybody)], rows.numbers)


def test_an_index_of_a_list_cut_anywhere_is_refused():
    raw = document("parquet", *range(0, 3_000, 7))
    for end in range(len(raw)):
        with pytest.raises(Damaged):
            columns.index_parquet(io.BytesIO(raw[:end]))


def test_an_index_of_changes_is_refused():
    rows = changes([1], [2])
    with pytest.raises(Damaged):
        columns.index_parquet(io.BytesIO(written("parquet", changes_header(rows), rows)))
