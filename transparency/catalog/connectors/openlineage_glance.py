"""One glance at the text of events, all of a batch at once: can any value in them be beyond a limit?

Looking at every value costs ten times as much as parsing it. Nearly all texts show without it that they keep every
limit: plain ASCII without escapes, with short texts, small numbers, small objects and lists, and little nesting. The
others are not refused but looked at value by value. Whether a text is JSON at all is for the parser to say.
"""

import re
from collections.abc import Sequence

import numpy as np

from transparency.catalog import limits

_BYTES = 64 * 1024  # of one event
_QUOTE = ord('"')
_OBJECT, _LIST = ord("{"), ord("[")
_SPACE = ord(" ")
_BLANK = re.compile(rb'" +"')
_NOT_BRACKETS = bytes(set(range(256)) - set(b"{}[]"))
_NOT_DIGITS = bytes(set(range(256)) - set(b"0123456789"))
# Sixteen digits may be more than a reader of JSON can hold, and an exponent more than anything can.
_LARGE_NUMBER = re.compile(rb"[0-9]{16}|[0-9][eE]")
# An object or list with nothing inside that has brackets. Each key takes a colon and each item but one a comma, so
# what has no more characters than that between its brackets has no more of them.
_SMALL = re.compile(rb"\{[^][{}]{0,%d}\}|\[[^][{}]{0,%d}\]" % (limits.KEYS, limits.ITEMS - 1))


def are_ordinary(texts: Sequence[bytes]) -> bool:
    """Whether no value in any of the texts, if they are JSON, can be beyond a limit, nor any name in them be blank.

    One text that is no JSON makes the answer worthless for the others too.
    """
    return all(len(text) <= _BYTES for text in texts) and _is_plain(b"".join(texts), _have_few_parts(texts))


def _have_few_parts(texts: Sequence[bytes]) -> bool:
    """Whether each has so few colons and commas, those within names counted too, that nothing in it has too many."""
    return all(text.count(b":") <= limits.KEYS and text.count(b",") < limits.ITEMS for text in texts)


def _is_plain(text: bytes, has_few_parts: bool) -> bool:
    if not text.isascii() or b"\\" in text:
        return False
    codes = np.frombuffer(text, np.uint8)
    quotes = codes == _QUOTE
    places = np.flatnonzero(quotes)
    if len(places) % 2 or (places[1::2] - places[::2]).max(initial=0) > limits.IDENTIFIER + 1:
        return False
    if (codes[places[::2] + 1] == _SPACE).any() and _BLANK.search(text):
        return False
    bare = codes[~np.logical_xor.accumulate(quotes)].tobytes()  # what is between the texts
    if not _has_small_numbers(bare):
        return False
    return _depth(bare) <= limits.DEPTH if has_few_parts else _is_small(bare.replace(b'"', b""))


def _has_small_numbers(bare: bytes) -> bool:
    return not bare.translate(None, _NOT_DIGITS) or not _LARGE_NUMBER.search(bare)


def _is_small(bare: bytes) -> bool:
    """Take away the innermost objects and lists, level by level, until what is left has few keys and items in all.

    Then no object or list in it has many, and only how deep it still is counts.
    """
    for taken in range(limits.DEPTH):
        if bare.count(b":") <= limits.KEYS and bare.count(b",") < limits.ITEMS:
            return _depth(bare) <= limits.DEPTH - taken
        bare = _SMALL.sub(b"", bare)
    return b"{" not in bare and b"[" not in bare


def _depth(bare: bytes) -> int:
    """How many objects and lists are inside each other."""
    codes = np.frombuffer(bare.translate(None, _NOT_BRACKETS), np.uint8)
    opened = (codes == _OBJECT) | (codes == _LIST)
    return int(np.where(opened, 1, -1).cumsum().max(initial=0))
