"""Two wordings of one text, word by word: what stayed, what went, what came. Pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher

SAME, GONE, NEW = "same", "gone", "new"
WORDS = re.compile(r"\s+|[^\s\w]|\w+")
SENTENCES = re.compile(r"\n+|[^\n]+?(?:[.;:](?=\s)|(?=\n)|\Z)")
MOST = 4_000_000  # pairs of words; beyond that sentences are compared, which is as true and less fine


@dataclass(frozen=True)
class Piece:
    """A run of words: ``kind`` is same, gone or new."""

    kind: str
    text: str


def differences(before: str, after: str) -> list[Piece]:
    """The pieces in order; those that are not new give ``before``, those that are not gone give ``after``."""
    old, new = WORDS.findall(before), WORDS.findall(after)
    if len(old) * len(new) > MOST:
        old, new = SENTENCES.findall(before), SENTENCES.findall(after)
    return list(_joined(_pieces(old, new)))


def _pieces(old: list[str], new: list[str]) -> Iterator[Piece]:
    for verb, start, end, begin, stop in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if verb == "equal":
            yield Piece(SAME, "".join(old[start:end]))
            continue
        if end > start:
            yield Piece(GONE, "".join(old[start:end]))
        if stop > begin:
            yield Piece(NEW, "".join(new[begin:stop]))


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
