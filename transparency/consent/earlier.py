"""Refusals of an earlier time, as a table: read whole, or refused cell by cell. Pure.

The table has three columns, ``member``, ``scope`` and ``decision``, and every decision in it is ``refuse``: nobody but
the member allows anything, so an earlier yes can't be brought. No fault quotes a member key.
"""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass

from transparency.consent.keys import fault

COLUMNS = ("member", "scope", "decision")
ROWS = 2_000  # nobody else chooses while they are imported: a second or two
BYTES = 256 * 1024


@dataclass(frozen=True)
class Fault:
    """What is wrong with one cell; rows count from 1, which is the header."""

    row: int
    column: str
    message: str


@dataclass(frozen=True)
class Earlier:
    """One refusal: in which row it stands, whose it is, and of what."""

    row: int
    member: str
    scope: str


class _Unreadable(Exception):  # noqa: N818 - says what is wrong with a table
    """The table ends here."""

    def __init__(self, row: int, column: str, message: str) -> None:
        super().__init__(message)
        self.fault = Fault(row, column, message)


def read(data: bytes) -> tuple[list[Earlier], list[Fault]]:
    """Every refusal in the table, or everything that is wrong with it; never both."""
    found: dict[tuple[str, str], Earlier] = {}
    faults: list[Fault] = []
    try:
        for row, cells in _rows(data):
            one = Earlier(row, cells["member"], cells["scope"])
            wrong = [*_faults(row, cells), *_repeated(one, found)]
            faults += wrong
            found[one.member, one.scope] = one
    except _Unreadable as end:
        faults.append(end.fault)
    return ([] if faults else list(found.values())), faults


def _faults(row: int, cells: dict[str, str]) -> Iterator[Fault]:
    decision = cells["decision"].strip().casefold()
    if fault(cells["member"]):
        yield Fault(row, "member", fault(cells["member"]))
    if not cells["scope"]:
        yield Fault(row, "scope", "Say of what: for example all, or stage:training.")
    if decision == "allow":
        yield Fault(row, "decision", "A yes can't be brought: only members themselves allow anything.")
    elif decision != "refuse":
        yield Fault(row, "decision", f"“{cells['decision'][:40]}” is no decision. Write refuse.")


def _repeated(one: Earlier, found: dict[tuple[str, str], Earlier]) -> Iterator[Fault]:
    first = found.get((one.member, one.scope))
    if first:
        yield Fault(one.row, "", f"Row {first.row} says the same. Leave one of them out.")


def _rows(data: bytes) -> Iterator[tuple[int, dict[str, str]]]:
    text = _text(data)
    table = csv.reader(io.StringIO(text, newline=""), strict=True, delimiter=_delimiter(text))
    try:
        header = [name.strip().casefold() for name in next(table, [])]
        if sorted(header) != sorted(COLUMNS):
            raise _Unreadable(1, "", f"The header must name these columns, and no others: {', '.join(COLUMNS)}.")
        for row, cells in enumerate(table, start=2):
            if row > ROWS + 1:
                raise _Unreadable(row, "", f"There are more than {ROWS:,} rows. Bring them in parts.")
            if len(cells) not in (0, len(COLUMNS)):
                raise _Unreadable(row, "", f"{len(cells)} cells, where there must be {len(COLUMNS)}.")
            if any(cells):
                yield row, dict(zip(header, (cell.strip() for cell in cells), strict=True))
    except csv.Error as broken:
        raise _Unreadable(table.line_num, "", f"This is not a table that can be read: {broken}.") from None


def _text(data: bytes) -> str:
    if len(data) > BYTES:
        raise _Unreadable(1, "", f"The file is larger than {BYTES // 1024} kB. Bring it in parts.")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as broken:
        row = data.count(b"\n", 0, broken.start) + 1
        raise _Unreadable(row, "", "This is not UTF-8. Save the file as “CSV UTF-8”.") from None
    if "\0" in text:
        raise _Unreadable(text[: text.index("\0")].count("\n") + 1, "", "A character without meaning (NUL) is in it.")
    return text


def _delimiter(text: str) -> str:
    """A comma, or what spreadsheets use where the comma stands in numbers."""
    header = text.partition("\n")[0]
    return max(",;\t", key=header.count)
