"""One glance at the text of events, all of a batch at once: can any value in them be beyond a limit?

Looking at every value costs ten times as much as parsing it. Nearly all texts show without it that they keep every
limit: plain ASCII without escapes, with few and short texts, small numbers, and little nesting. The others are not
refused but looked at value by value. Whether a text is JSON at all is for the parser to say.
"""

import re
from collections.abc import Sequence

import numpy as np

from transparency.catalog import limits

_BYTES = 64 * 1024  # of one event
_FEW_BYTES = (
    5 * limits.KEYS
)  # too few for more keys than one object may have: each takes `"":0,`, and a list's item two
_QUOTE = ord('"')
_BLANK = re.compile(rb'" +"')
_NOT_DIGITS = bytes(set(range(256)) - set(b"0123456789"))
_NOT_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))
# Sixteen digits may be more than a reader of JSON can hold, and an exponent more than anything can.
_LARGE_NUMBER = re.compile(rb"[0-9]{16}|[0-9][eE]")


def are_ordinary(texts: Sequence[bytes]) -> bool:
    """Whether no value in any of the texts, if they are JSON, can be beyond a limit, nor any name in them be blank.

    One text that is no JSON makes the answer worthless for the others too.
    """
    return all(map(_holds_little, texts)) and _is_plain(b"".join(texts))


def _holds_little(text: bytes) -> bool:
    if len(text) <= _FEW_BYTES:
        return True
    return len(text) <= _BYTES and text.count(b":") <= limits.KEYS and text.count(b",") <= limits.ITEMS


def _is_plain(text: bytes) -> bool:
    if not text.isascii() or b"\\" in text:
        return False
    if b'" ' in text and _BLANK.search(text):
        return False
    codes = np.frombuffer(text, np.uint8)
    quotes = codes == _QUOTE
    places = np.flatnonzero(quotes)
    if len(places) % 2 or (places[1::2] - places[::2]).max(initial=0) > limits.IDENTIFIER + 1:
        return False
    bare = codes[~np.logical_xor.accumulate(quotes)].tobytes()  # what is between the texts
    return _has_small_numbers(bare) and _is_shallow(bare.translate(None, _NOT_BRACKETS))


def _has_small_numbers(bare: bytes) -> bool:
    return not bare.translate(None, _NOT_DIGITS) or not _LARGE_NUMBER.search(bare)


def _is_shallow(brackets: bytes) -> bool:
    """Take away the innermost pairs, one or two levels each time, as often as the limit of depth allows for sure."""
    for _ in range(limits.DEPTH // 2):
        if not brackets:
            return True
        brackets = brackets.replace(b"{}", b"").replace(b"[]", b"")
    return not brackets
