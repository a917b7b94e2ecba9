"""How a member key is kept: as an integer where it spells one below 2^63 in its shortest form, else as text. Pure.

So ``7`` and ``"7"`` are one member, and ``"07"`` is another. What a key may be is said in ``accounts.member_keys``.
"""

from transparency.accounts.member_keys import INTEGERS_END, LONGEST, BadKey, canonical, fault

__all__ = ["INTEGERS_END", "LONGEST", "NUMBERS_END", "BadKey", "canonical", "fault", "number_of"]

NUMBERS_END = 2**63  # what a bigint holds; integers from here on are kept as text


def number_of(key: str) -> int | None:
    """The integer that a canonical key is stored as; ``None`` for one that is stored as text."""
    if not (key.isascii() and key.isdigit()) or len(key) > len(str(NUMBERS_END)):
        return None
    number = int(key)
    return number if number < NUMBERS_END and str(number) == key else None
