"""Uses read from a table (CSV), as ``register.exports.uses`` writes it. Pure.

What belongs to a use as a whole stands in each of its rows, or in the first alone.
"""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from transparency.register import limits
from transparency.register.exports.cells import unshielded
from transparency.register.exports.uses import (
    COLUMNS,
    FOR_READING,
    LISTS,
    NAMES,
    OF_A_PLACE,
    OF_EDITION,
    OF_THE_USE,
    RECIPIENT,
    TEXTS,
)
from transparency.register.schema import Use

NUMBER = re.compile(r"[1-9][0-9]{0,8}")
BYTES, ROWS = 4 * 1024 * 1024, 5_000
WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
"""How files of spreadsheet programs begin, the newer and the older ones."""


@dataclass(frozen=True)
class CellFault:
    """What is wrong in one cell: the row as the spreadsheet numbers it, the column's name, and what to do."""

    row: int
    column: str
    message: str


@dataclass(frozen=True)
class Table:
    """What a file held: the uses with the number of their first row, or the faults that keep all of it out.

    ``told`` is what the columns for reading say, row by row: the use's id, the column and the cell. ``edition`` is the
    earliest that a row says it is of, 0 where none does.
    """

    uses: dict[str, tuple[int, Use]]
    faults: list[CellFault]
    told: list[tuple[int, str, str, str]] = field(default_factory=list)
    edition: int = 0


def read_uses(data: bytes) -> Table:
    """The uses of a CSV file. Whatever is wrong is listed by row and column; then no use counts."""
    try:
        rows = list(_rows(data))
    except _Unreadable as fault:
        return Table({}, [fault.fault])
    faults: list[CellFault] = []
    grouped: dict[tuple[str, ...], list[tuple[int, dict[str, str]]]] = {}
    for number, row in rows:
        grouped.setdefault(tuple(row[name] for name in NAMES), []).append((number, row))
    uses: dict[str, tuple[int, Use]] = {}
    for several in grouped.values():
        found = _use(several, faults)
        if found is not None:
            uses[found.id] = (several[0][0], found)
    told = [
        (number, "/".join(row[name] for name in NAMES), name, row[name])
        for number, row in rows
        for name in FOR_READING
        if row[name]
    ]
    editions = [int(row["edition"]) for _, row in rows if NUMBER.fullmatch(row["edition"].strip())]
    return Table({} if faults else uses, faults, told, min(editions, default=0))


class _Unreadable(Exception):  # noqa: N818 - carries what is wrong
    def __init__(self, row: int, column: str, message: str) -> None:
        super().__init__(message)
        self.fault = CellFault(row, column, message)


def _rows(data: bytes) -> Iterator[tuple[int, dict[str, str]]]:
    """Each row that holds anything, by column, with its number in the spreadsheet."""
    table = csv.reader(io.StringIO(_text(data), newline=""), delimiter=_delimiter(data), strict=True)
    number = 0
    try:
        header = [cell.strip().casefold() for cell in next(table, [])]
        _check_header(header)
        number = 1
        for number, cells in enumerate(table, start=2):
            if number > ROWS + 1:
                raise _Unreadable(number, "", f"There are more than {ROWS:,} rows. Import them in parts.")
            if any(cell.strip() for cell in cells):
                # Spreadsheets write all of a row. Of one that is cut short nobody knows what its last cells said, and
                # as empty ones they would take away what is said there.
                if len(cells) != len(header):
                    count = f"{len(cells)} cell{'s' * (len(cells) != 1)}"
                    raise _Unreadable(number, "", f"{count}, but the header names {len(header)} columns.")
                named = dict(zip(header, map(unshielded, cells), strict=True))
                yield number, {name: named.get(name, "") for name in (*COLUMNS, *FOR_READING, *OF_EDITION)}
    except csv.Error as fault:
        message = f"This is not a table that can be read: {fault}."
        raise _Unreadable(number + 1, "", message) from None


def _text(data: bytes) -> str:
    if len(data) > BYTES:
        raise _Unreadable(1, "", f"The file is larger than {BYTES // 1024 // 1024} MB. Import it in parts.")
    if data.startswith(WORKBOOKS):
        raise _Unreadable(1, "", "This is a workbook. In your spreadsheet program, save it as “CSV UTF-8”.")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        before = data[: fault.start].decode("utf-8-sig")
        raise _Unreadable(_rows_in(before), "", "This is not UTF-8. Save the file as “CSV UTF-8”.") from None
    if "\0" in text:
        row = _rows_in(text[: text.index("\0")])
        raise _Unreadable(row, "", "A character without meaning (NUL) is in it.")
    return text


def _rows_in(text: str) -> int:
    """The row that ``text`` ends in, as a spreadsheet numbers them: a cell may hold many lines."""
    try:
        return sum(1 for _ in csv.reader(io.StringIO(f"{text}.", newline=""), delimiter=_delimiter(text.encode())))
    except csv.Error:  # a cell that is too long to be one
        return text.count("\n") + 1


def _delimiter(data: bytes) -> str:
    """A comma, or what spreadsheets use where the comma stands in numbers."""
    header = data.partition(b"\n")[0]
    return max(",;\t", key=lambda sign: header.count(sign.encode()))


def _check_header(header: Sequence[str]) -> None:
    for name in header:
        if name not in (*COLUMNS, *FOR_READING, *OF_EDITION):
            raise _Unreadable(1, name[:80], f"There is no column of that name. Known: {', '.join(COLUMNS)}.")
        if header.count(name) > 1:
            raise _Unreadable(1, name, "This column is there twice.")
    if missing := [name for name in COLUMNS if name not in header]:
        # As empty cells they would take away what is said there of every use in the file.
        words = "This column is missing" if len(missing) == 1 else f"{len(missing)} columns are missing: this one"
        more = "".join(f", {name}" for name in missing[1:])
        raise _Unreadable(1, missing[0], f"{words}{more}. Take the table of the proposal and change that.")


def _use(rows: list[tuple[int, dict[str, str]]], faults: list[CellFault]) -> Use | None:
    first, whole = rows[0][0], dict(rows[0][1])
    otherwise = f"It says otherwise than row {first}, which is the same use."
    differing = ((n, name) for n, row in rows[1:] for name in OF_THE_USE if row[name] and row[name] != whole[name])
    faults += [CellFault(number, name, otherwise) for number, name in differing]
    faults += _twice(rows)
    content: dict[str, Any] = {name: whole[name].strip() for name in (*NAMES, *TEXTS)}
    content |= {name: _lines(whole[name]) for name in LISTS}
    content["necessary"] = _yes(first, whole["necessary"], faults)
    content["recipients"] = [_recipient(first, line, faults) for line in _lines(whole["recipients"])]
    content["scopes"] = [_scope(row) for _, row in rows]
    try:
        return msgspec.convert(content, Use)
    except msgspec.ValidationError as fault:
        faults.append(_located(fault, rows))
        return None


def _twice(rows: list[tuple[int, dict[str, str]]]) -> Iterator[CellFault]:
    """Places that stand in two rows of one use: as in a row that was pasted twice, nobody can tell which holds."""
    seen: dict[str, int] = {}
    for number, row in rows:
        for place in _lines(row["jurisdictions"]):
            if seen.setdefault(place, number) != number:
                words = f"“{place[:40]}” stands in row {seen[place]} of the same use already. Take it out of one."
                yield CellFault(number, "jurisdictions", words)
                break


def _lines(cell: str) -> list[str]:
    return [line.strip() for line in re.split(r"[\r\n]+", cell) if line.strip()]


def _yes(row: int, cell: str, faults: list[CellFault]) -> bool:
    word = cell.strip().casefold()
    if word not in ("", "yes", "no"):
        faults.append(CellFault(row, "necessary", f"“{cell[:40]}” is neither yes nor no."))
    return word == "yes"


def _recipient(row: int, line: str, faults: list[CellFault]) -> dict[str, str]:
    parts = [part.strip() for part in line.split("|")]
    if not 2 <= len(parts) <= len(RECIPIENT):
        faults.append(
            CellFault(row, "recipients", f"“{line[:60]}”: write name | role | country | transfer, a line each.")
        )
    return dict(zip(RECIPIENT, parts, strict=False))


def _scope(row: dict[str, str]) -> dict[str, Any]:
    place: dict[str, Any] = {name: row[name].strip() for name in OF_A_PLACE}
    filled = {name: value for name, value in place.items() if value or name == "legal_basis"}
    return filled | {"jurisdictions": _lines(row["jurisdictions"]), "rights": _lines(row["rights"])}


def _located(fault: Exception, rows: list[tuple[int, dict[str, str]]]) -> CellFault:
    """What is wrong, with the row and the column of the cell that it is about."""
    message, path = limits.told(fault)
    if scope := re.match(r"scopes\[(\d+)\]\.(\w+)", path):
        return CellFault(rows[int(scope[1])][0], scope[2], message)
    return CellFault(rows[0][0], re.split(r"[.\[]", path)[0], message)
