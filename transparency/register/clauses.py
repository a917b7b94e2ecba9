"""A policy document as Markdown: read into numbered clauses, and written back. Pure.

A clause begins where a line begins with its number: a heading (“## 3.2 Training”), or a paragraph (“3.2 We train …”).
Where headings carry the numbers, a paragraph that begins with “1.” is an entry of a list, not a clause.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from transparency.register.schema import Clause, Policy
from transparency.register.vocabulary import PURPOSES

LONGEST = 200_000  # characters of a document
MOST_CLAUSES = 500
LONGEST_CLAUSE = 20_000
LONGEST_HEADING = 200
SHOWN = 60
NUMBER = r"[0-9]{1,3}[a-z]?(?:\.[0-9]{1,3}[a-z]?){0,5}"
START = re.compile(
    r"(?P<hashes>#{1,6}[ \t]+)?(?P<bold>\*\*|__)?(?:(?:Article|Clause|Section|§)[ \t]+|§)?"
    rf"(?P<number>{NUMBER})\\?(?P<mark>[.):])?(?P<after>\*\*|__)?(?:[ \t]+(?P<rest>\S.*)|[ \t]*)",
    re.IGNORECASE,
)
FENCE = re.compile(r" {0,3}(```|~~~)")
PURPOSES_LINE = re.compile(r"[*_]{0,2}Purposes?[*_]{0,2}:[*_]{0,2}[ \t]+(?P<named>\S.*)", re.IGNORECASE)
BY_LABEL = {purpose.label.casefold(): key for key, purpose in PURPOSES.items()}


@dataclass(frozen=True)
class LineFault:
    """What is wrong with a document, in which of its lines (0: with all of it), and what to do."""

    line: int
    message: str


class Unreadable(Exception):  # noqa: N818 - carries the faults
    """No clauses can be made of the document."""

    def __init__(self, faults: list[LineFault]) -> None:
        super().__init__("; ".join(fault.message for fault in faults))
        self.faults = faults


@dataclass
class _Piece:
    line: int = 0
    number: str = ""
    heading: str = ""
    lines: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "\n".join(self.lines).strip("\n").rstrip()


def read(source: str) -> tuple[str, tuple[Clause, ...]]:
    """What stands before the first clause, and the clauses in order. Raises ``Unreadable``."""
    source = source.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    if len(source) > LONGEST:
        raise Unreadable([LineFault(0, f"It has {len(source):,} characters. At most {LONGEST:,} can be taken.")])
    opening, *pieces = _pieces(source.split("\n"))
    if found := list(_faults(opening, pieces)):
        raise Unreadable(found)
    return opening.text, tuple(
        Clause(number=one.number, heading=one.heading, text=one.text, purposes=_purposes(one.lines)) for one in pieces
    )


def written(policy: Policy) -> str:
    """The document as Markdown; read again, it gives the same opening and clauses."""
    parts = [policy.opening] if policy.opening else []
    for clause in policy.clauses:
        hashes = "#" * min(clause.number.count(".") + 2, 6)
        parts += [f"{hashes} {clause.number} {clause.heading}".rstrip(), *([clause.text] if clause.text else ())]
    return "\n\n".join(parts) + "\n"


def below(policy: Policy, number: str) -> tuple[Clause, ...]:
    """The clause of that number, and all that are part of it: 3.2 with 3.2.1; nothing where there is none."""
    return tuple(one for one in policy.clauses if one.number == number or one.number.startswith(f"{number}."))


def wording(clauses: tuple[Clause, ...]) -> str:
    """What clauses say, as plain lines: the text to compare, without their marks for headings."""
    return "\n\n".join(f"{one.number} {one.heading}\n\n{one.text}".strip() for one in clauses)


def _pieces(lines: list[str]) -> list[_Piece]:
    """The document cut before each clause; the first piece is what stands before them all."""
    starts = dict(_starts(lines))
    by_heading = any(found["hashes"] for found in starts.values())
    pieces = [_Piece()]
    for place, line in enumerate(lines):
        found = starts.get(place)
        if found and (found["hashes"] or "." in found["number"] or not by_heading):
            pieces.append(_begun(place + 1, found))
        else:
            pieces[-1].lines.append(line)
    return pieces


def _starts(lines: list[str]) -> Iterator[tuple[int, re.Match[str]]]:
    """Lines that may begin a clause: headings, and first lines of paragraphs; none in a block of code."""
    fence, fresh = "", True
    for place, line in enumerate(lines):
        marked = FENCE.match(line)
        if marked and fence in ("", marked[1]):
            fence = "" if fence else marked[1]
        found = None if fence or marked else START.fullmatch(line)
        if found and not (found["hashes"] or (fresh and found["rest"] and (found["mark"] or "." in found["number"]))):
            found = None
        if found:
            yield place, found
        fresh = bool(found) or not line.strip()


def _begun(line: int, found: re.Match[str]) -> _Piece:
    """A new piece: what follows the number is its heading, or the beginning of its text."""
    rest, number = (found["rest"] or "").rstrip(), found["number"].lower()
    bold = (found["bold"] or "") if not found["after"] else ""
    if found["hashes"]:
        return _Piece(line, number, rest.rstrip("#").strip().replace("**", "").replace("__", ""))
    if bold and rest.endswith(bold) and rest.count(bold) == 1:
        return _Piece(line, number, rest.removesuffix(bold).strip())
    return _Piece(line, number, "", [bold + rest])


def _purposes(lines: list[str]) -> tuple[str, ...]:
    """The purposes that a clause names, as terms of the vocabulary where it has them, as they are written otherwise."""
    paragraphs = (" ".join(paragraph.split()) for paragraph in re.split(r"\n[ \t]*\n", "\n".join(lines)))
    named = [found["named"] for paragraph in paragraphs if (found := PURPOSES_LINE.fullmatch(paragraph))]
    words = [word.strip(" \t.`*_") for words in named for word in re.split("[,;]", words)]
    return tuple(dict.fromkeys(BY_LABEL.get(word.casefold(), word)[:80] for word in words if word))


def _faults(opening: _Piece, pieces: list[_Piece]) -> Iterator[LineFault]:
    if not pieces:
        yield LineFault(0, "No clause has a number. Begin each with one, as in “## 3.2 Training” or “3.2 We train …”.")
    if len(pieces) > MOST_CLAUSES:
        yield LineFault(0, f"It has {len(pieces):,} clauses. At most {MOST_CLAUSES} can be taken.")
    if len(opening.text) > LONGEST_CLAUSE:
        yield LineFault(1, f"More than {LONGEST_CLAUSE:,} characters stand before the first clause.")
    last: _Piece | None = None
    for piece in pieces:
        yield from _piece_faults(piece, last)
        last = piece


def _piece_faults(piece: _Piece, last: _Piece | None) -> Iterator[LineFault]:
    if last and piece.number == last.number:
        yield LineFault(piece.line, f"Clause {piece.number} stands twice. Number one of them anew.")
    elif last and in_order(piece.number) < in_order(last.number):
        yield LineFault(piece.line, f"Clause {piece.number} comes after {last.number}. Put the clauses in order.")
    if len(piece.heading) > LONGEST_HEADING:
        shown = piece.heading[:SHOWN]
        yield LineFault(piece.line, f"The heading “{shown}…” is longer than {LONGEST_HEADING} characters.")
    if len(piece.text) > LONGEST_CLAUSE:
        yield LineFault(piece.line, f"Clause {piece.number} is longer than {LONGEST_CLAUSE:,} characters. Split it.")
    if len(_purposes(piece.lines)) > 40:
        yield LineFault(piece.line, f"Clause {piece.number} names more than 40 purposes. Split it.")


def in_order(number: str) -> tuple[tuple[int, str], ...]:
    """A clause's number as what it is sorted by: 3.10 after 3.9, and 3.9a between them."""
    parts = (re.fullmatch("([0-9]+)([a-z]?)", part) for part in number.split("."))
    return tuple((int(part[1]), part[2]) for part in parts if part)
