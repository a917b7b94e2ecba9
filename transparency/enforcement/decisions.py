"""What a pipeline may ask: the body of a question, read whole or refused with the exact place of its fault. Pure."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec
import numpy as np
from numpy.typing import NDArray

from transparency.consent.keys import fault, number_of
from transparency.enforcement import halves
from transparency.register.schema import Register, Stage, Status

MOST_KEYS = 100_000
MOST_CATEGORIES = 200
LONGEST_REASON = 200
BEGINNING = 32  # bytes of a list of keys, of which two are mostly different
SHOWN = 60  # characters of a wrong name that are repeated to the caller
# Deep nesting ends the decoder with RecursionError, not with a fault of its own.
UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
AT = re.compile(r" - at `\$([^`]*)`$")
MISSING = "missing required"
FIELD = re.compile(rf"({MISSING}|unknown) field `(.*)`", re.DOTALL)
MIXED = "Send integers or text, not both."
TWICE = "This member key comes twice."
WHOLE = ""  # the JSON pointer of a whole document (RFC 6901); “/” would be a field without a name


class BadQuestion(Exception):  # noqa: N818 - says what is bad, as the problem document will
    """A question that can't be answered.

    `pointer` is the JSON pointer, or the line, of its fault; `message` says what to do; `code` is stable.
    """

    def __init__(self, pointer: str, message: str, code: str = "question") -> None:
        super().__init__(": ".join(filter(None, (pointer, message))))
        self.pointer, self.message, self.code = pointer, message, code


@dataclass(frozen=True)
class Members:
    """The members that are asked about, in order.

    ``numbers`` holds the integer keys, and 0 at the indices ``at`` of the keys that are kept as ``texts``.
    """

    numbers: NDArray[np.int64]
    at: NDArray[np.int64]
    texts: tuple[str, ...] = ()

    def __len__(self) -> int:
        return self.numbers.size


@dataclass(frozen=True)
class Question:
    """Which of these members may be used, for these categories, by this feature at this stage?"""

    feature: str
    stage: str
    categories: tuple[str, ...]
    members: Members
    min_sequence: int = 0


class Body(msgspec.Struct, forbid_unknown_fields=True):
    """The JSON body as it is sent; the members are judged one by one afterwards."""

    feature: str
    stage: str
    categories: list[str]
    members: msgspec.Raw
    min_sequence: int = 0


_body = msgspec.json.Decoder(Body)
_integers = msgspec.json.Decoder(list[int])
_values = msgspec.json.Decoder(list[object])


def from_json(raw: bytes) -> Question:
    """The question in a JSON body. Raises BadQuestion."""
    try:
        body = _body.decode(raw)
    except UNREADABLE as unreadable:
        raise _half(raw, "{}") or _unreadable(unreadable) from unreadable
    check(body.categories, body.min_sequence)
    members = bytes(body.members)
    found = _members(members)
    _check_once_each(_without(raw, members))
    return Question(body.feature, body.stage, tuple(body.categories), found, body.min_sequence)


def _without(raw: bytes, members: bytes) -> bytes:
    """The body with 0 in place of its members. They are mostly found by how they begin; to look for all is slow."""
    at = raw.find(members[:BEGINNING])
    end = at + len(members)
    return raw[:at] + b"0" + raw[end:] if raw[at:end] == members else raw.replace(members, b"0", 1)


def _check_once_each(rest: bytes) -> None:
    """Whichever of two values one reader takes, another may take the other: so there may be only one.

    ``rest`` is the body without its members, which are long.
    """
    try:
        pairs = json.loads(rest, object_pairs_hook=list)
    except (ValueError, RecursionError) as unreadable:
        raise _unreadable(unreadable) from unreadable
    names = [name for name, _ in pairs]
    for name in names:
        if names.count(name) > 1:
            raise BadQuestion(f"/{name}", "This field is there twice.")


def check(categories: Sequence[str], min_sequence: int) -> None:
    """Raises BadQuestion where these can't be part of a question."""
    if not 1 <= len(categories) <= MOST_CATEGORIES:
        raise BadQuestion("/categories", f"Name 1 to {MOST_CATEGORIES} categories.")
    if min_sequence < 0:
        raise BadQuestion("/min_sequence", "A sequence number is 0 or more.")


def from_lines(raw: bytes) -> Members:
    """The member keys of an NDJSON body, one a line. Raises BadQuestion that names the line, counted from 1."""
    lines = lines_of(raw)
    check_count(len(lines))
    found = _plain(b"[" + b",".join(lines) + b"]", len(lines))
    return found or member_keys([line_value(number, line) for number, line in enumerate(lines, 1)], "line {}", first=1)


def lines_of(raw: bytes) -> list[bytes]:
    return raw.removesuffix(b"\n").split(b"\n") if raw else []


def line_value(number: int, line: bytes) -> object:
    try:
        return msgspec.json.decode(line)
    except UNREADABLE as unreadable:
        place = f"line {number}"
        raise _half(line, place) or BadQuestion(place, "Each line must be one member key as JSON.") from unreadable


def _members(raw: bytes) -> Members:
    found = _plain(raw)
    if found:
        return found
    try:
        values = _values.decode(raw)
    except UNREADABLE as unreadable:
        wrong = BadQuestion("/members", "Send a list of member keys: integers or text.")
        raise _half(raw, "/members{}") or wrong from unreadable
    return member_keys(values, "/members/{}")


def _plain(raw: bytes, count: int | None = None) -> Members | None:
    """The usual case, quickly: different integers below 2^63, ``count`` of them. None where it is another case."""
    try:
        values = _integers.decode(raw)
        numbers = np.array(values, dtype=np.int64)
    except (*UNREADABLE, OverflowError):
        return None
    if not 1 <= numbers.size <= MOST_KEYS or count not in (None, numbers.size):
        return None
    return of_numbers(numbers) if numbers.min() >= 0 and not has_twice(numbers) else None


def of_numbers(numbers: NDArray[np.int64]) -> Members:
    """Members whose keys are integers below 2^63, none of them twice."""
    return Members(numbers, np.empty(0, dtype=np.int64))


def has_twice(numbers: NDArray[np.int64]) -> bool:
    """Whether one of these, of which there are some and none is negative, is there twice.

    Most platforms' ids have 32 bits: those are sorted in half the time, which is most of what a large question costs.
    """
    ordered = np.sort(numbers.astype(np.uint32) if numbers.max() < 2**32 else numbers)
    return bool((ordered[1:] == ordered[:-1]).any())


def member_keys(values: Sequence[object], place: str, *, first: int = 0) -> Members:
    """The members with these keys, in order; `place` is filled with the number of a faulty one.

    Raises BadQuestion where there are none or too many, where one is faulty, or comes twice, or is of another type.
    """
    check_count(len(values))
    kind = type(values[0])
    seen: dict[str, None] = {}
    for number, value in enumerate(values, first):
        message = fault(value) or ("" if type(value) is kind else MIXED)
        key = "" if message else str(value)
        if message or key in seen:
            raise BadQuestion(place.format(number), message or TWICE)
        seen[key] = None
    return of_keys(tuple(seen))


def of_keys(keys: Sequence[str]) -> Members:
    """Members by their canonical keys, none of which comes twice."""
    numbers = [number_of(key) for key in keys]
    at = [index for index, number in enumerate(numbers) if number is None]
    return Members(
        np.array([number or 0 for number in numbers], dtype=np.int64),
        np.array(at, dtype=np.int64),
        tuple(keys[index] for index in at),
    )


def check_count(count: int) -> None:
    if not 1 <= count <= MOST_KEYS:
        raise BadQuestion("/members", f"Send 1 to {MOST_KEYS:,} member keys; these are {count:,}.")


def uses_asked_for(register: Register, feature: str, stage: str, categories: Sequence[str] | None) -> list[str]:
    """The ids of the uses that a question is about; all of this feature at this stage where no categories are named.

    Categories may go by earlier keys. Raises BadQuestion for whatever the register does not declare.
    """
    known = next((one for one in register.features if one.slug == feature), None)
    if known is None:
        raise BadQuestion("/feature", f"We know no AI feature “{feature[:SHOWN]}”.", "feature.unknown")
    if known.status == Status.RETIRED:
        raise BadQuestion("/feature", f"“{feature[:SHOWN]}” is retired: it may use nobody's data.", "feature.retired")
    check_stage(stage)
    declared = {use.category: use.id for use in register.uses if (use.feature, use.stage) == (feature, stage)}
    if categories is not None:
        return [_use(register, declared, name, place) for place, name in enumerate(categories)]
    if not declared:
        raise BadQuestion("/stage", f"No use by “{feature[:SHOWN]}” is declared at this stage.", "use.undeclared")
    return list(declared.values())


def check_stage(stage: str) -> None:
    """Raises BadQuestion unless there is such a stage."""
    if stage not in [one.value for one in Stage]:
        expected = ", ".join(one.value for one in Stage)
        raise BadQuestion("/stage", f"There is no stage “{stage[:SHOWN]}”. Known: {expected}.", "stage.unknown")


def _use(register: Register, declared: dict[str, str], name: str, place: int) -> str:
    exact = [one.key for one in register.categories if one.key == name]
    keys = exact or [one.key for one in register.categories if name in one.aliases]
    if not keys:
        message = f"We know no category “{name[:SHOWN]}”."
        raise BadQuestion(f"/categories/{place}", message, "category.unknown")
    if keys[0] not in declared:
        message = f"“{name[:SHOWN]}” is not declared for this feature at this stage: it may not be used."
        raise BadQuestion(f"/categories/{place}", message, "use.undeclared")
    return declared[keys[0]]


def _half(raw: bytes, place: str) -> BadQuestion | None:
    """What is wrong where a text holds half a character; ``place`` is filled with the pointer below ``raw``."""
    found = halves.half_at(raw)
    return None if found is None else BadQuestion(place.format(found), halves.WORDS)


def _unreadable(fault: Exception) -> BadQuestion:
    reason = str(fault)
    field = FIELD.search(reason)
    if field:
        pointer = "/" + field[2][:SHOWN].replace("~", "~0").replace("/", "~1")
        return BadQuestion(pointer, "This field is missing." if field[1] == MISSING else "There is no such field.")
    found = AT.search(reason)
    path = found[1].replace(".", "/").replace("[", "/").replace("]", "") if found else ""
    reason = AT.sub("", reason)
    return BadQuestion(path or WHOLE, f"This is not a question that we can read: {reason[:LONGEST_REASON]}.")
