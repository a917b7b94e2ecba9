"""Two wordings of one text, word by word: what stayed, what went, what came. Pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from rapidfuzz.distance import LCSseq

SAME, GONE, NEW = "same", "gone", "new"
WORDS = re.compile(r"\s+|[^\s\w]|\w+")
SENTENCES = re.compile(r"\n+|[^\n]+?(?:[.;:](?=\s)|(?=\n)|\Z)")
MOST = 400_000_000
"""Pairs of words, 20,000 in each of two wordings: 60 MB and a tenth of a second. Beyond that, sentences are compared,
which is as true and less fine; where those are too many, the one wording goes whole and the other comes."""


@dataclass(frozen=True)
class Piece:
    """A run of words: ``kind`` is same, gone or new."""

    kind: str
    text: str


def differences(before: str, after: str) -> list[Piece]:
    """The pieces in order; those that are not new give ``before``, those that are not gone give ``after``."""
    for unit in (WORDS, SENTENCES):
        old, new = unit.findall(before), unit.findall(after)
        if len(old) * len(new) <= MOST:
            return list(_joined(_pieces(old, new)))
    return [Piece(kind, text) for kind, text in ((GONE, before), (NEW, after)) if text]


def _pieces(old: list[str], new: list[str]) -> Iterator[Piece]:
    """What the longest sequence that both hold has left of each."""
    known: dict[str, int] = {}
    one, other = ([known.setdefault(unit, len(known)) for unit in units] for units in (old, new))
    for step in LCSseq.opcodes(one, other):
        if step.tag == "insert":
            yield Piece(NEW, "".join(new[step.dest_start : step.dest_end]))
        else:
            yield Piece(SAME if step.tag == "equal" else GONE, "".join(old[step.src_start : step.src_end]))


def _joined(pieces: Iterator[Piece]) -> Iterator[Piece]:
    """A lone blank between two changes is part of both: words are not shown one by one."""
    waiting: list[Piece] = []
    for piece in pieces:
        if piece.kind == SAME and not piece.text.isspace():
            yield from _merged(waiting)
            waiting = []
            yield piece
        else:
            waiting.append(piece)
    yield from _merged(waiting)


def _merged(pieces: list[Piece]) -> Iterator[Piece]:
    if all(piece.kind == SAME for piece in pieces):
        yield from pieces
        return
    gone = "".join(piece.text for piece in pieces if piece.kind != NEW)
    new = "".join(piece.text for piece in pieces if piece.kind != GONE)
    yield from (Piece(kind, text) for kind, text in ((GONE, gone), (NEW, new)) if text)
