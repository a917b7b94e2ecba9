"""Member keys: the platform's own ids, and nothing else of a member. Pure.

A key is text of 1 to 64 printable characters; an integer is the text that spells it in its shortest form. What programs
make of an id by mistake is no key: it would name somebody else, and the member's refusal would not count.
"""

import re
from unicodedata import is_normalized

LONGEST = 64
INTEGERS_END = 2**64  # what is accepted as an integer
WITH_A_POINT = re.compile(r"-?[0-9]+\.0*", re.ASCII)


class BadKey(Exception):  # noqa: N818 - says what is bad
    """Not a member key. The message says why, and never quotes it: it may end in a log."""


def canonical(value: object) -> str:
    """The text that this key is known by. Raises ``BadKey``."""
    message = fault(value)
    if message:
        raise BadKey(message)
    return str(value)


def fault(value: object) -> str:
    """What is wrong with a key, or an empty text."""
    if type(value) is int:
        return "" if 0 <= value < INTEGERS_END else "An integer member key is from 0 to 2^64 - 1."
    if not isinstance(value, str):
        return "A member key is an integer or text."
    if not 1 <= len(value) <= LONGEST:
        return f"A member key has 1 to {LONGEST} characters; this has {len(value)}."
    return _slip(value) if value.isprintable() else "A member key holds printable characters only."


def _slip(key: str) -> str:
    """What shows that a key was changed on its way here, or an empty text."""
    if key[0] == " " or key[-1] == " ":
        return "A member key neither begins nor ends with a blank."
    if "." in key and WITH_A_POINT.fullmatch(key):
        return "A member key that is an integer is written without a point."
    if key.isascii() or is_normalized("NFC", key):
        return ""
    return "A member key is Unicode in its form NFC, with é as one character."
