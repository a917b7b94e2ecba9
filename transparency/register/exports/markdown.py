"""Words of the register in Markdown: they stay words, whatever signs are in them. Pure."""

import re
from urllib.parse import quote

OF_ADDRESSES = "%/:?#@!$&+,;=-._~"
SIGNS = re.compile(r"([\\`*_\[\]<>|~&])")
AT_THE_START = re.compile(r"^(\d*)([#+=.)-])")  # of a heading, a rule or a list


def plain(words: str) -> str:
    """The words on one line, with every sign that means something in Markdown or HTML made harmless."""
    return AT_THE_START.sub(r"\1\\\2", SIGNS.sub(r"\\\1", " ".join(words.split())))


def address(link: str) -> str:
    """A link as it can stand by itself: nothing that follows its scheme begins markup."""
    return quote(link, safe=OF_ADDRESSES)


def code(key: str) -> str:
    """A key of ours, which holds no sign that could end it."""
    return f"`{key}`"


def bullet(words: str) -> str:
    return f"- {plain(words)}"


def row(*cells: str) -> str:
    """A row of a table; its cells are plain already."""
    return f"| {' | '.join(cells)} |"
