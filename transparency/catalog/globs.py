"""Patterns with ``*`` and ``?``, and nothing else: no expression of anybody's runs on anybody's text."""

import re
from collections.abc import Iterable
from functools import lru_cache

HOW = re.IGNORECASE | re.DOTALL


@lru_cache(maxsize=4096)
def compiled(pattern: str) -> re.Pattern[str]:
    """A matcher for the whole of a text, blind to case."""
    return re.compile(_expression(pattern), HOW)


def matches(pattern: str, text: str) -> bool:
    return compiled(pattern).fullmatch(text) is not None


class Patterns:
    """Several patterns, tried in order at one go."""

    def __init__(self, patterns: Iterable[str]) -> None:
        self._compiled = re.compile("|".join(f"({_expression(pattern)})" for pattern in patterns), HOW)

    def first(self, text: str) -> int | None:
        """The place of the first pattern that matches the whole of ``text``, from 0; ``None`` where none does."""
        found = self._compiled.fullmatch(text)
        return found.lastindex - 1 if found and found.lastindex else None


def _expression(pattern: str) -> str:
    """What is between two stars is taken where it comes first and never looked for again.

    No later place could serve better, so this matches the same texts, in time that grows with the text alone.
    """
    first, *rest = (_fixed(part) for part in re.split(r"\*+", pattern.strip()))
    if not rest:
        return first
    between = "".join(f"(?>.*?{part})" for part in rest[:-1])
    return f"{first}{between}.*{rest[-1]}"


def _fixed(part: str) -> str:
    return ".".join(re.escape(piece) for piece in part.split("?"))
