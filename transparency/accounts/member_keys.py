"""Member keys: the platform's own ids, and nothing else of a member. Pure.

A key is text of 1 to 64 printable characters; an integer is the text that spells it in its shortest form.
"""

LONGEST = 64
INTEGERS_END = 2**64  # what is accepted as an integer


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
    return "" if value.isprintable() else "A member key holds printable characters only."
