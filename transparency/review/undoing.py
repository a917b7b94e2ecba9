"""What a file that was taken from an earlier edition would undo, were it put in as it is. Pure.

Whoever changes a file leaves most of it as it was. Where the register has changed since then, what was left alone is
older than what is said now: to put it in takes back what nobody meant to take back.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping

from transparency.register.exports.fideslang import ENDS_WITH
from transparency.register.phrases import words
from transparency.register.schema import Record

HEAD = 2_000  # bytes, in which a file of ours says of which edition it is
OF_EDITION = re.compile(rf"(?m)^{re.escape(ENDS_WITH)}# End of edition ([1-9][0-9]{{0,8}})\.\s*$")

Records = Mapping[str, Mapping[str, Record]]
"""Records by kind and by what they are known by."""
Called = Callable[[str, str], str]
"""What people call a record of a kind."""


def edition_of(inventory: bytes) -> int:
    """Of which edition an inventory is; 0 where it does not say so."""
    found = OF_EDITION.search(inventory[:HEAD].decode("utf-8", "replace"))
    return int(found[1]) if found else 0


def undone(then: Records, now: Records, given: Records, called: Called) -> Iterator[str]:
    """What became of each record ``given`` between ``then`` and ``now``, and would be taken back by it."""
    for kind, name, record in ((kind, *one) for kind, several in given.items() for one in several.items()):
        was, stands = then[kind].get(name), now[kind].get(name)
        if was is not None and stands is None:
            yield f"{called(kind, name)}: it has been taken out since"
        elif was is not None and (fields := _older(was, stands, record)):
            yield f"{called(kind, name)}: {', '.join(map(words, fields))}"


def _older(was: Record, stands: Record | None, given: Record) -> list[str]:
    """The fields that ``given`` says as they were, and that have been changed since."""
    return [
        name for name in was.__struct_fields__ if getattr(was, name) == getattr(given, name) != getattr(stands, name)
    ]


def new_since(then: Records, removed: Iterable[str], called: Called) -> Iterator[str]:
    """Uses to be taken out because the file does not have them, of which it could not know."""
    return (f"{called('use', name)}: it is new since" for name in removed if name not in then["use"])
