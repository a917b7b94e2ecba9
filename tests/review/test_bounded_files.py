"""Whatever file somebody brings, it is read and refused within five seconds and 200 MB (P-21)."""

import pytest

from tests.bounds import ended_within_bounds
from transparency.consent import earlier
from transparency.members.prose import prose
from transparency.register import clauses
from transparency.register.exports.uses import COLUMNS
from transparency.register.schema import Register
from transparency.review.inventory import read_inventory
from transparency.review.spreadsheet import BYTES, read_uses

HEAD = ",".join(COLUMNS).encode() + b"\n"
TABLES = {
    "four million cells": b"," * BYTES,
    "half a million columns": b",".join(b"c%d" % number for number in range(500_000))[:BYTES],
    "a fault in every cell": HEAD + (b",".join([b"x" * 30] * len(COLUMNS)) + b"\n") * 5_000,
    "four million rows": HEAD + b"\n" * (BYTES - len(HEAD)),
    "a quotation without end": HEAD + b'"' + b"a" * (BYTES - 2 * len(HEAD)),
    "lists in every cell": HEAD + (b",".join([b"a;" * 100] * len(COLUMNS)) + b"\n") * 800,
}
INVENTORIES = {
    "a million values": b"- a\n" * 1_000_000,
    "lists in lists": b"[" * BYTES,
    "a list in one line": b"[" + b"a," * 2_000_000,
    "a name of 4 MB": b"a" * (BYTES - 3) + b": 1",
    "200,000 names": b"\n".join(b"k%d: 1" % number for number in range(199_000)),
    "mappings in mappings": b"? " * 2_000_000,
    "references to references": b"a: &a [x]\n" + b"b: [*a,*a,*a]\n" * 50_000,
    "a fault in every record": b"system:\n" + b"- fides_key: a\n  privacy_declarations: [{}]\n" * 40_000,
}
DOCUMENTS = {
    "33,333 clauses": "# 1 a\n" * 33_333,
    "numbers alone": "1.1.1.1.1.1 " * 16_000,
    "stars": "*" * 200_000,
    "purposes alone": "# 1 a\n" + "Purposes: a\n\n" * 15_000,
}
WORDINGS = {
    "brackets": "[" * 20_000,
    "links in links": "[a](" * 5_000,
    "stars that open": "*a " * 6_666,
    "code that opens": "".join("`" * number + "a" for number in range(1, 199)),
    "a wide table": "|a" * 5_000 + "\n" + "|-" * 5_000,
    "a long table": "|a|b|\n|-|-|\n" + "|\n" * 9_990,
    "quotations in quotations": ">" * 20_000,
}


def refused_table(data):
    assert read_uses(data).faults


def refused_inventory(data):
    assert read_inventory(data, Register()).faults


def refused_document(text):
    with pytest.raises(clauses.Unreadable):
        clauses.read(text)


def refused_table_of_refusals(data):
    assert earlier.read(data)[1]


HOSTILE = [
    pytest.param(act, data, id=name)
    for act, named in (
        (refused_table, TABLES),
        (refused_inventory, INVENTORIES),
        (refused_document, DOCUMENTS),
        (prose, WORDINGS),
    )
    for name, data in named.items()
]


@pytest.mark.parametrize(("act", "data"), HOSTILE)
def test_what_is_hostile_ends_within_bounds(act, data):
    assert ended_within_bounds(act, data)


def test_a_hostile_table_of_earlier_refusals():
    assert ended_within_bounds(refused_table_of_refusals, b"member,scope,decision\n" + b"a,all,allow\n" * 20_000)
