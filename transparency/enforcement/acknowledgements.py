"""What a pipeline says of one of its runs: read whole, or refused with the exact place of its fault. Pure."""

import json
from datetime import datetime, timedelta
from typing import Annotated

import msgspec
from msgspec import Meta

from transparency.enforcement import halves
from transparency.register.schema import Stage

CLOCKS_DIFFER = timedelta(minutes=5)
OLDEST = timedelta(days=400)
LONGEST_REASON = 200
# Deep nesting ends the decoder with RecursionError, not with a fault of its own.
UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
UNIT = " - at `$"

Count = Annotated[int, Meta(ge=0, le=2**63 - 1)]
Moment = Annotated[datetime, Meta(tz=True)]


class Refused(Exception):  # noqa: N818 - says what is wrong with what was sent
    """The statement is not taken. ``pointer`` is the JSON pointer of its fault, ``message`` says what to do."""

    def __init__(self, pointer: str, code: str, message: str) -> None:
        super().__init__(f"{pointer}: {message}")
        self.pointer, self.code, self.message = pointer, code, message


class Unreadable(Refused):
    """It is no statement at all, or one of its fields has the wrong type."""


class Implausible(Refused):
    """It can be read, and can't be true."""


class Contradiction(Refused):
    """The same run was acknowledged before, with something else in it."""


class Statement(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Run ``run`` of this feature at this stage honoured every choice up to ``sequence``.

    ``members_seen`` were in what the run was about to use, ``members_left_out`` of them were left out of it.
    """

    run: Annotated[str, Meta(min_length=1, max_length=200)]
    feature: Annotated[str, Meta(min_length=1, max_length=60)]
    stage: Stage
    sequence: Count
    edition: Annotated[int, Meta(ge=0, le=2**31 - 1)]
    members_seen: Count
    members_left_out: Count
    started_at: Moment
    ended_at: Moment


FIELDS = Statement.__struct_fields__
_decoder = msgspec.json.Decoder(Statement)


def from_json(raw: bytes) -> Statement:
    """The statement in a JSON body. Raises ``Unreadable``."""
    try:
        statement = _decoder.decode(raw)
        json.loads(raw, object_pairs_hook=_once_each)
    except msgspec.ValidationError as fault:
        raise _located(str(fault)) from fault
    except UNREADABLE as fault:
        if (place := halves.half_at(raw)) is not None:
            raise Unreadable(place, halves.CODE, halves.WORDS) from fault
        raise Unreadable("", "json", f"This is not JSON that we can read: {str(fault)[:LONGEST_REASON]}.") from fault
    for name in ("run", "feature"):
        if not getattr(statement, name).isprintable():
            raise Unreadable(f"/{name}", "characters", f"“{name}” may hold printable characters only.")
    return statement


def _once_each(pairs: list[tuple[str, object]]) -> None:
    """Whichever of two values one reader takes, another may take the other: so there may be only one."""
    names = [name for name, _ in pairs]
    for name in names:
        if names.count(name) > 1:
            raise Unreadable(f"/{name}", "twice", "This field is there twice.")


def check(statement: Statement, *, head: int, newest_edition: int, at: datetime) -> None:
    """Raises ``Implausible`` where the statement speaks of what has not come yet, or of what can't have been."""
    if statement.sequence > head:
        raise Implausible("/sequence", "future", f"Nobody has chosen anything beyond {head} yet.")
    if statement.edition > newest_edition:
        raise Implausible("/edition", "future", f"The newest edition is {newest_edition}.")
    if statement.started_at < at - OLDEST:
        raise Implausible("/started_at", "past", f"The run began more than {OLDEST.days} days ago.")
    for name in ("started_at", "ended_at"):
        if getattr(statement, name) > at + CLOCKS_DIFFER:
            raise Implausible(f"/{name}", "future", f"“{name}” has not come yet. Acknowledge a run when it has ended.")
    if statement.ended_at < statement.started_at:
        raise Implausible("/ended_at", "reversed", "“ended_at” lies before “started_at”.")


def _located(told: str) -> Unreadable:
    """msgspec's sentence, and the pointer of the field that it is about."""
    message, _, path = told.partition(UNIT)
    pointer = path.rstrip("`").replace(".", "/").replace("[", "/").replace("]", "")
    quoted = message.split("`")
    if not pointer and "field" in message and len(quoted) > 1:
        pointer = f"/{quoted[1]}"
    return Unreadable(pointer[:LONGEST_REASON], "value", f"{message[:LONGEST_REASON]}.")
