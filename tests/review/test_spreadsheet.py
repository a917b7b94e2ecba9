"""Uses as a table: the same after there and back, and every fault by row and column."""

import csv
import io

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.register.builders import EVERYWHERE, use
from transparency.register.exports.uses import COLUMNS, write_uses
from transparency.register.schema import Recipient, Scope, Use
from transparency.review.spreadsheet import BYTES, ROWS, read_uses

EU = Scope(jurisdictions=("EU", "GB"), legal_basis="consent", refusal="consent_first", default="off")
FULL = use(
    scopes=(EU, EVERYWHERE),
    recipients=(Recipient(name="Cloud Ltd", role="processor", country="Ireland"),),
    safeguards=("encrypted", "pseudonymised"),
    clauses=("Privacy policy 3.2",),
    necessary=True,
)
FORMULA = "=HYPERLINK(1)"
words = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=20).map(str.strip).filter(bool)


def as_stored(one):
    return msgspec.convert(msgspec.to_builtins(one), Use)


def table(*rows, header=COLUMNS):
    text = io.StringIO()
    csv.writer(text).writerows([header, *rows])
    return text.getvalue().encode()


def row(**cells):
    told = {"category": "work.skills", "feature": "ads", "stage": "training", "jurisdictions": "*"}
    told |= {"legal_basis": "contract", "purpose": "advertising", "retention": "1 year"} | cells
    return [told.get(name, "") for name in COLUMNS]


def faults(data):
    return [(one.row, one.column) for one in read_uses(data).faults]


def test_there_and_back_it_is_the_same():
    assert read_uses(write_uses([FULL]).encode()).uses == {FULL.id: (2, as_stored(FULL))}


@given(words, words, words)
def test_any_words_come_back_as_they_were(text, retention, clause):
    one = use(purpose_text=text, retention=retention, clauses=(clause,))
    back = read_uses(write_uses([one]).encode())
    assert back.faults or back.uses[one.id][1] == as_stored(one)


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t=", "'=", "''+"])
def test_no_cell_is_a_formula(start):
    one = use(purpose_text=f"{start}1+1")
    written = write_uses([one])
    cells = [cell for cells in csv.reader(io.StringIO(written)) for cell in cells]
    assert not [cell for cell in cells if cell[:1] in ("=", "+", "-", "@", "\t", "\r")]
    assert read_uses(written.encode()).uses[one.id][1].purpose_text == f"{start}1+1".strip()


def test_one_use_with_two_places_has_two_rows():
    assert len(write_uses([FULL]).splitlines()) > 2
    assert len(read_uses(write_uses([FULL]).encode()).uses[FULL.id][1].scopes) == 2


def test_semicolons_are_understood():
    data = table(row()).replace(b",", b";")
    assert list(read_uses(data).uses) == ["work.skills/ads/training"]


def test_empty_rows_count_in_the_numbers_and_nowhere_else():
    assert faults(table(row(), [], row(stage="sleeping"))) == [(4, "stage")]


@pytest.mark.parametrize(
    ("cells", "column"),
    [
        ({"stage": "sleeping"}, "stage"),
        ({"category": "Work Skills"}, "category"),
        ({"refusal": "perhaps"}, "refusal"),
        ({"jurisdictions": ""}, "jurisdictions"),
        ({"necessary": "si"}, "necessary"),
        ({"recipients": "Cloud Ltd"}, "recipients"),
        ({"effective_from": "1 March"}, "effective_from"),
        ({"purpose_text": "x" * 10_000}, "purpose_text"),
    ],
)
def test_a_fault_names_its_row_and_column(cells, column):
    assert (3, column) in faults(table(row(stage="evaluation"), row(**cells)))


@pytest.mark.parametrize("column", COLUMNS)
def test_a_column_that_is_missing_takes_nothing_away(column):
    place = COLUMNS.index(column)
    header, cells = ([*one[:place], *one[place + 1 :]] for one in (COLUMNS, row()))
    found = read_uses(table(cells, header=header))
    assert (found.uses, [(one.row, one.column) for one in found.faults]) == ({}, [(1, column)])


def test_several_that_are_missing_are_all_named():
    (fault,) = read_uses(table(header=COLUMNS[:-2])).faults
    assert fault.message.startswith(f"2 columns are missing: this one, {COLUMNS[-1]}.")


@pytest.mark.parametrize("cut", [1, len(COLUMNS) - 1])
def test_a_row_that_is_cut_short_takes_nothing_away(cut):
    found = read_uses(table(row(), row(stage="evaluation")[:-cut]))
    assert (found.uses, [one.row for one in found.faults]) == ({}, [3])
    assert f"but the header names {len(COLUMNS)} columns" in found.faults[0].message


def test_two_rows_of_one_use_may_not_disagree():
    assert faults(table(row(), row(jurisdictions="EU", retention="2 years"))) == [(3, "retention")]


def test_a_row_that_is_there_twice_is_named():
    assert faults(table(row(), row(stage="evaluation"), row())) == [(4, "jurisdictions")]
    assert read_uses(table(row(), row())).faults[0].message.startswith("“*” stands in row 2 of the same use already.")


@pytest.mark.parametrize("bad", [b"a\0b", b"a\xffb", b'a"b'], ids=["NUL", "not UTF-8", "a quotation mark"])
def test_rows_are_counted_as_spreadsheets_do_where_a_cell_has_lines(bad):
    data = table(row(risks="One.\nTwo.\nThree."), row(risks="a b", stage="evaluation"))
    assert faults(data.replace(b"a b", b'"' * (bad == b'a"b') + bad)) == [(3, "")]


@pytest.mark.parametrize("start", [b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1"])
def test_a_workbook_is_told_what_it_is(start):
    (fault,) = read_uses(start + bytes(200)).faults
    assert fault.message == "This is a workbook. In your spreadsheet program, save it as “CSV UTF-8”."


def test_one_fault_keeps_every_use_out():
    assert read_uses(table(row(), row(stage="sleeping"))).uses == {}


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff\xfe\x00",
        b"category\x00",
        b"category,feature",
        b"colour\r\nblue",
        b'category,"feature\r\nx',
        table(header=(*COLUMNS, "category")),
        table([*row(), "one too many"]),
        table(*[row()] * (ROWS + 1)),
        b"a" * (BYTES + 1),
    ],
    ids=range(10),
)
def test_what_is_no_such_table_is_refused_with_a_place(data):
    found = read_uses(data)
    assert (found.uses, len(found.faults)) == ({}, 1)
    assert found.faults[0].row >= 1
    assert found.faults[0].message


@given(st.binary(max_size=200))
def test_no_bytes_break_it(data):
    assert not read_uses(data).uses
