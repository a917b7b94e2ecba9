"""A member's choices as a table to keep: JSON values, and CSV that no spreadsheet takes for formulas. Pure."""

import csv
import io
import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime

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


def as_csv(lines: Iterable[Line]) -> str:
    """With a header and every cell in quotes; a mark at the start tells spreadsheets that it is UTF-8."""
    text = io.StringIO()
    table = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    table.writerow([one.name for one in fields(Line)])
    for line in lines:
        table.writerow([inert(str(value)) for value in as_values(line).values()])
    return "\ufeff" + text.getvalue()


def inert(cell: str) -> str:
    return f"'{cell}" if FORMULA.match(cell) else cell
