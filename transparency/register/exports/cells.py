"""Tables for spreadsheets (CSV): UTF-8 with its mark, and no cell that a spreadsheet takes for a formula. Pure."""

import csv
import io
import re
from collections.abc import Iterable, Sequence

# A spreadsheet takes such a cell for a formula; an apostrophe before it makes it text, and is taken away on the way in.
FORMULA = re.compile(r"'*[=+\-@\t\r\n＝＋－＠]")
SHIELDED = re.compile(r"'+[=+\-@\t\r\n＝＋－＠]")
BETWEEN = "\n"
"""What stands between the values of one cell."""


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """The rows below their header; a mark at the start tells spreadsheets that it is UTF-8."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(header)
    writer.writerows([shielded(cell) for cell in row] for row in rows)
    return "\ufeff" + text.getvalue()


def shielded(cell: str) -> str:
    """The cell as plain text, which no spreadsheet takes for a formula."""
    return f"'{cell}" if FORMULA.match(cell) else cell


def unshielded(cell: str) -> str:
    """The cell as it was before it was shielded."""
    cell = cell.replace("\r\n", "\n")
    return cell[1:] if SHIELDED.match(cell) else cell
