"""Half a character: what JSON can spell and no text can hold. Pure.

JSON may write a character beyond U+FFFF as two escapes (``\\ud83d\\ude00``). One of the two alone, a lone surrogate, is
no character. It comes of programs that cut text in the middle of one; the decoder says of it that the body was cut.
"""

import json
import re

WORDS = "This text holds half of a character (a lone surrogate): send whole characters."
CODE = "text.surrogate"
LONGEST = 200
_MAY_BE = re.compile(rb"\\u[dD][89a-fA-F]")
_IS = re.compile("[\ud800-\udfff]")


def half_at(raw: bytes) -> str | None:
    """The JSON pointer of the first text that holds half a character; for a name of a field, of what has that field.

    ``None`` where there is none, or where this is no JSON for another reason too.
    """
    if not _MAY_BE.search(raw):
        return None
    try:
        return _within(json.loads(raw), "")
    except (ValueError, RecursionError):
        return None


def _within(value: object, place: str) -> str | None:
    if isinstance(value, str):
        return place[:LONGEST] if _IS.search(value) else None
    pairs: list[tuple[object, object]] = list(enumerate(value)) if isinstance(value, list) else []
    if isinstance(value, dict):
        if any(_IS.search(name) for name in value):
            return place[:LONGEST]
        pairs = list(value.items())
    found = (_within(one, f"{place}/{_escaped(str(name))}") for name, one in pairs)
    return next((one for one in found if one is not None), None)


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")
