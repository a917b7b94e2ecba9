"""Patterns with ``*`` and ``?``, and nothing else: no expression of anybody's runs on anybody's text."""

import re
from functools import lru_cache


@lru_cache(maxsize=4096)
def compiled(pattern: str) -> re.Pattern[str]:
    """A matcher for the whole of a text, blind to case. Runs of ``*`` count as one, so matching stays linear enough."""
    parts = re.split(r"(\*+|\?)", pattern.strip())
    translated = (".*" if part.startswith("*") else "." if part == "?" else re.escape(part) for part in parts)
    return re.compile("".join(translated), re.IGNORECASE | re.DOTALL)


def matches(pattern: str, text: str) -> bool:
    return compiled(pattern).fullmatch(text) is not None
