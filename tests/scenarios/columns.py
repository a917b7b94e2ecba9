"""Columns of a professional network's warehouse, as four teams name them, and what each holds: ``columns.txt``.

Each line is a table, a colon, and its columns: ``name=category``, or the name alone where it holds nothing of anybody.
After ``--`` stands what the catalog says of the table.
"""

from pathlib import Path

TABLES = Path(__file__).with_suffix(".txt").read_text()


def told():
    """For each column: its table, its name, what it holds or nothing, and what the catalog says of the table."""
    for line in TABLES.splitlines():
        table, _, rest = line.partition(": ")
        columns, _, about = rest.partition(" -- ")
        for column in columns.split(", "):
            name, _, category = column.partition("=")
            yield table, name, category, about
