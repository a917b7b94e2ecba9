"""Text that came from a catalog: made storable, made visible, made short. It is never markup and never a link."""

import re
import unicodedata

REPLACEMENT = "\ufffd"
_CONTROLS = "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029"
_BREAKS = "\t\n\r"
_SURROGATES = "\ud800-\udfff"
_NONCHARACTERS = "\ufdd0-\ufdef\ufffe\uffff" + "".join(
    f"{chr(plane * 0x10000 + 0xFFFE)}{chr(plane * 0x10000 + 0xFFFF)}" for plane in range(1, 17)
)
_TAG_CHARACTERS = "\U000e0000-\U000e007f"
_DIRECTIONS = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
_INVISIBLE = "\u00ad\u180e\u200b-\u200d\u2060-\u2064\ufeff"

_NEVER_STORED = re.compile(f"[{_CONTROLS}{_SURROGATES}{_NONCHARACTERS}{_TAG_CHARACTERS}]")
_NEVER_IN_A_NAME = re.compile(f"[{_CONTROLS}{_BREAKS}{_SURROGATES}{_NONCHARACTERS}{_TAG_CHARACTERS}]")
_TO_SHOW = re.compile(f"[{_CONTROLS}{_SURROGATES}{_NONCHARACTERS}{_TAG_CHARACTERS}{_DIRECTIONS}{_INVISIBLE}]")


def clean_name(text: str) -> str:
    """The name as it is stored: in NFC, with controls and characters that hide things replaced by U+FFFD."""
    if text.isascii() and text.isprintable():
        return text
    return _NEVER_IN_A_NAME.sub(REPLACEMENT, unicodedata.normalize("NFC", text))


def clean_text(text: str) -> str:
    """The same for running text, where line breaks and tabs may stay."""
    if text.isascii() and text.isprintable():
        return text
    return _NEVER_STORED.sub(REPLACEMENT, unicodedata.normalize("NFC", text))


def clean_json(value: object) -> object:
    """A JSON value with every text in it cleaned, keys included."""
    if isinstance(value, str):
        return clean_text(value)
    if isinstance(value, dict):
        return {clean_text(str(key)): clean_json(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [clean_json(item) for item in value]
    return value


def visible(text: str) -> str:
    """The text with characters that hide or turn other text spelt out, e.g. ``invoice[U+202E]gpj.exe``."""
    if text.isascii() and text.isprintable():
        return text
    return _TO_SHOW.sub(lambda found: f"[U+{ord(found[0]):04X}]", text)


def shortened(value: object, length: int = 64) -> str:
    """At most ``length`` characters of a value for a message, every unusual character spelt out."""
    text = str(value)[: length + 1]
    shown = visible(text).encode("unicode_escape").decode("ascii") if not text.isprintable() else visible(text)
    return shown if len(shown) <= length else f"{shown[: length - 1]}…"


def marks_in_a_row(text: str) -> int:
    """The most combining marks that sit on one base character."""
    longest = run = 0
    for character in text:
        run = run + 1 if unicodedata.combining(character) else 0
        longest = max(longest, run)
    return longest
