"""What a pipeline may ask: the body of a question, read whole or refused with the exact place of its fault."""

from dataclasses import dataclass

import msgspec

MOST_KEYS = 100_000
LONGEST_KEY = 64
INTEGERS_END = 2**64
LONGEST_REASON = 200
# Deep nesting ends the decoder with RecursionError, not with a fault of its own.
UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


class BadQuestion(Exception):  # noqa: N818 - says what is bad, as the problem document will
    """A question that can't be answered.

    `pointer` is the JSON pointer, or the line, of its fault; `message` says what to do.
    """

    def __init__(self, pointer: str, message: str) -> None:
        super().__init__(f"{pointer}: {message}")
        self.pointer = pointer
        self.message = message


@dataclass(frozen=True)
class Question:
    """Which of these members may be used, for these categories, by this feature at this stage?"""

    feature: str
    stage: str
    categories: tuple[str, ...]
    members: tuple[str, ...]
    min_sequence: int


class Body(msgspec.Struct, forbid_unknown_fields=True):
    """The JSON body as it is sent; the members are judged one by one afterwards."""

    feature: str
    stage: str
    categories: list[str]
    members: list[object]
    min_sequence: int = 0


def from_json(raw: bytes) -> Question:
    """The question in a JSON body. Raises BadQuestion."""
    try:
        body = msgspec.json.decode(raw, type=Body)
    except UNREADABLE as fault:
        raise BadQuestion("/", f"This is not a question that we can read: {str(fault)[:LONGEST_REASON]}.") from fault
    if not body.categories:
        raise BadQuestion("/categories", "Name at least one category.")
    if body.min_sequence < 0:
        raise BadQuestion("/min_sequence", "A sequence number is 0 or more.")
    members = member_keys(body.members, "/members/{}")
    return Question(body.feature, body.stage, tuple(body.categories), members, body.min_sequence)


def from_lines(raw: bytes) -> tuple[str, ...]:
    """The member keys of an NDJSON body, one a line. Raises BadQuestion that names the line, counted from 1."""
    lines = raw.removesuffix(b"\n").split(b"\n") if raw else []
    check_count(len(lines))
    return member_keys([line_value(number, line) for number, line in enumerate(lines, 1)], "line {}", first=1)


def line_value(number: int, line: bytes) -> object:
    try:
        return msgspec.json.decode(line)
    except UNREADABLE as fault:
        raise BadQuestion(f"line {number}", "Each line must be one member key as JSON.") from fault


def member_keys(values: list[object], place: str, *, first: int = 0) -> tuple[str, ...]:
    """The canonical text of each key, in order; `place` is filled with the number of a faulty one.

    Raises BadQuestion where there are none or too many, where one is faulty, or comes twice, or is of another type.
    """
    check_count(len(values))
    kind = type(values[0])
    seen: dict[str, None] = {}
    for number, value in enumerate(values, first):
        message = fault_of(value) or ("" if type(value) is kind else "Send integers or text, not both.")
        key = str(value)
        if message or key in seen:
            raise BadQuestion(place.format(number), message or "This member key comes twice.")
        seen[key] = None
    return tuple(seen)


def check_count(count: int) -> None:
    if not 1 <= count <= MOST_KEYS:
        raise BadQuestion("/members", f"Send 1 to {MOST_KEYS} member keys; these are {count}.")


def fault_of(value: object) -> str:
    """What is wrong with one member key, or an empty text. Never quotes the key: it may end in a log."""
    if type(value) is int:
        return "" if 0 <= value < INTEGERS_END else "An integer member key is from 0 to 2^64 - 1."
    if not isinstance(value, str):
        return "A member key is an integer or text."
    if not 1 <= len(value) <= LONGEST_KEY:
        return f"A member key has 1 to {LONGEST_KEY} characters; this has {len(value)}."
    return "" if value.isprintable() else "A member key holds printable characters only."
