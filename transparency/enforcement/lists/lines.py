"""Lists as NDJSON: the header, one line for each member, and a last line that says how many there were. Pure.

A member's line is its key, ``7`` or ``"ann"``; among changes it is ``{"member":7,"leave_out":true}``.
"""

import json
from collections.abc import Callable, Iterable, Iterator
from typing import IO

import numpy as np

from transparency.enforcement.lists.header import LONGEST_HEADER, Damaged, Header, from_json, verify
from transparency.enforcement.lists.members import Changes, Members

LONGEST_LINE = 1_000  # bytes
AT_ONCE = 100_000  # lines
CUT = "The list ends before its last line: it was cut short."
Row = tuple[int | str, bool | None]
"""A key; among changes, whether to leave it out."""


def write_lines(
    sink: IO[bytes], header: Header, rows: Members | Changes, told: Callable[[int], None] = lambda _: None
) -> None:
    """Write the list as NDJSON. ``told`` hears how many more rows were written."""
    part = header.changes
    count, digest = (part.count, part.digest) if part else (header.count, header.digest)
    sink.write(b'{"suppressions":%s}\n' % header.to_json())
    for members, ending in _parts(rows):
        for lines in _spelled(members, "" if ending is None else '{"member":', ending or ""):
            sink.write(lines.encode())
            told(lines.count("\n"))
    sink.write(b"%s\n" % json.dumps({"end": count, "digest": digest}, separators=(",", ":")).encode())


def _parts(rows: Members | Changes) -> Iterable[tuple[Members, str | None]]:
    if isinstance(rows, Members):
        return [(rows, None)]
    return [(rows.leave_out, ',"leave_out":true}'), (rows.may_use, ',"leave_out":false}')]


def _spelled(members: Members, before: str, after: str) -> Iterator[str]:
    for first in range(0, len(members.numbers), AT_ONCE):
        numbers = members.numbers[first : first + AT_ONCE].tolist()
        yield "".join(f"{before}{number}{after}\n" for number in numbers)
    for first in range(0, len(members.texts), AT_ONCE):
        texts = members.texts[first : first + AT_ONCE]
        yield "".join(f"{before}{json.dumps(text)}{after}\n" for text in texts)


def read_lines(source: IO[bytes]) -> tuple[Header, Members | Changes]:
    """The list in NDJSON, proved whole and unchanged. Raises ``Damaged``."""
    try:
        header = from_json(_wrapped(source.readline(LONGEST_HEADER)))
        rows = _collected(_rows(source, header), changes=header.changes is not None)
    except (ValueError, TypeError, KeyError, OverflowError, RecursionError) as fault:
        raise Damaged("A line of the list is not one that we can read: it was changed on the way.") from fault
    verify(header, rows)
    return header, rows


def _wrapped(line: bytes) -> bytes:
    start, end = b'{"suppressions":', b"}\n"
    if not (line.startswith(start) and line.endswith(end)):
        raise Damaged("The first line is not the header of a list.")
    return line.removeprefix(start).removesuffix(end)


def _rows(source: IO[bytes], header: Header) -> Iterator[Row]:
    part = header.changes
    end = {"end": part.count if part else header.count, "digest": part.digest if part else header.digest}
    while line := source.readline(LONGEST_LINE):
        if not line.endswith(b"\n"):
            break
        value = json.loads(line)
        if value == end:
            if source.read(1):
                raise Damaged("Something follows the last line of the list.")
            return
        yield _row(value, changes=part is not None)
    raise Damaged(CUT)


def _row(value: object, *, changes: bool) -> Row:
    key, flag = value, None
    if changes:
        if not isinstance(value, dict) or value.keys() != {"member", "leave_out"}:
            raise ValueError("no change")
        key, flag = value["member"], value["leave_out"]
    if type(key) not in (int, str) or type(flag) is not (bool if changes else type(None)):
        raise ValueError("no key")
    if isinstance(key, str) and not key.isprintable():
        raise ValueError("no key")
    return key, flag  # type: ignore[return-value]  # both were just looked at


def _collected(rows: Iterator[Row], *, changes: bool) -> Members | Changes:
    found: dict[bool | None, tuple[list[int], list[str]]] = {flag: ([], []) for flag in (None, True, False)}
    for key, flag in rows:
        if isinstance(key, int):
            found[flag][0].append(key)
        else:
            found[flag][1].append(key)
    every, leave_out, may_use = (_members(*found[flag]) for flag in (None, True, False))
    return Changes(leave_out, may_use) if changes else every


def _members(numbers: list[int], texts: list[str]) -> Members:
    return Members(np.array(numbers, dtype=np.int64), tuple(texts))
