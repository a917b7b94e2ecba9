"""A member's choices as a table to keep: JSON values, and CSV that no spreadsheet takes for formulas. Pure."""

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from textwrap import indent

# A spreadsheet takes such a cell for a formula, also where a sign is of full width; an apostrophe makes it text.
FORMULA = re.compile("[=+\\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")


@dataclass(frozen=True)
class Line:
    """One choice. ``at`` has a zone; ``about`` and ``through`` are plain words, ``receipt`` the receipt's reference."""

    sequence: int
    at: datetime
    decision: str
    about: str
    scope: str
    through: str
    edition: int
    receipt: str


def as_values(line: Line) -> dict[str, object]:
    return asdict(line) | {"at": line.at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")}


def as_json(lines: Iterable[Line]) -> Iterator[str]:
    """All of them as one document, part by part."""
    before = '{\n  "choices": ['
    for line in lines:
        yield before + "\n" + indent(json.dumps(as_values(line), indent=2, ensure_ascii=False), "    ")
        before = ","
    yield "\n  ]\n}\n" if before == "," else before + "]\n}\n"


def as_csv(lines: Iterable[Line]) -> Iterator[str]:
    """Line by line, with a header and every cell in quotes; a mark at the start tells spreadsheets that it is UTF-8."""
    yield "\ufeff" + _row(one.name for one in fields(Line))
    for line in lines:
        yield _row(inert(str(value)) for value in as_values(line).values())


def _row(cells: Iterable[str]) -> str:
    text = io.StringIO()
    csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\r\n").writerow(cells)
    return text.getvalue()


def inert(cell: str) -> str:
    return f"'{cell}" if FORMULA.match(cell) else cell
