"""Patterns with ``*`` and ``?``, and nothing else: no expression of anybody's runs on anybody's text."""

import re
from collections.abc import Iterable
from functools import lru_cache

HOW = re.IGNORECASE | re.DOTALL
FOLDED_OTHERWISE = frozenset("iksIKS")  # the only ASCII letters that Python takes for others than ASCII’s too


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


def like(pattern: str) -> str:
    """A pattern for SQL's ``ILIKE`` that lets every text pass which ``pattern`` matches, and perhaps a few more.

    A database folds case as its locale does, and we as Python does, where the Kelvin sign is a “k” and “ſ” an “s”. So
    only ASCII letters that Python takes for no other letter are named; in place of each other one may be any.
    """
    return "".join(map(_in_sql, re.sub(r"\*+", "*", pattern.strip())))


def _in_sql(sign: str) -> str:
    if sign == "*":
        return "%"
    if sign == "?" or not sign.isascii() or sign in FOLDED_OTHERWISE:
        return "_"
    return f"\\{sign}" if sign in "\\%_" else sign


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
