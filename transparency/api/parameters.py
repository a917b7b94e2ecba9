"""Query parameters: each is declared once, read from there, and described from there. Pure."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any

from transparency.api.problems import Refused

FIRST, LAST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
# U+FFFD stands where the address held bytes that are no text.
VISIBLE = r"[^\u0000-\u001f\u007f-\u009f\ufffd]+"
# Python reads days by their week, and figures run together, as well.
MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]+)?)?(Z|[+-][0-9]{2}:[0-9]{2})?)?")
LONGEST_TEXT = 120
SHOWN = 60  # characters of a wrong value that are repeated to the caller


@dataclass(frozen=True)
class Parameter:
    """One query parameter. ``read`` turns its text into a value, or raises ``ValueError`` with what is expected."""

    name: str
    description: str
    schema: Mapping[str, Any]
    read: Callable[[str], Any]


def asked(given: Mapping[str, Sequence[str]], known: Sequence[Parameter]) -> dict[str, Any]:
    """The values of the parameters given, by name. Raises ``Refused`` with 400 naming the first that is wrong."""
    by_name = {parameter.name: parameter for parameter in known}
    for name, values in given.items():
        if name not in by_name:
            expected = ", ".join(sorted(by_name)) or "none"
            raise _wrong(name, f"There is no parameter “{name[:SHOWN]}” here. Known: {expected}.")
        if len(values) != 1:
            raise _wrong(name, f"“{name}” was given {len(values)} times; give it once.")
    return {name: _read(by_name[name], values[0]) for name, values in given.items()}


def _read(parameter: Parameter, text: str) -> Any:
    try:
        return parameter.read(text)
    except ValueError as wrong:
        raise _wrong(parameter.name, f"“{parameter.name}” is “{text[:SHOWN]}”: {wrong}") from None


def in_address(field: str) -> str:
    """How a problem document names a query parameter; of a place in a question (``/categories/3``), where it is."""
    name = field.removeprefix("/").partition("/")[0]
    return f"?{name[:SHOWN]}" if name else ""


def _wrong(name: str, message: str) -> Refused:
    return Refused(400, "parameter", message, f"?{name[:SHOWN]}")


def one_of(name: str, description: str, choices: Sequence[str]) -> Parameter:
    def read(text: str) -> str:
        if text not in choices:
            raise ValueError(f"expected one of {', '.join(choices)}.")
        return text

    return Parameter(name, description, {"type": "string", "enum": list(choices)}, read)


def number(name: str, description: str, default: int, least: int, most: int) -> Parameter:
    def read(text: str) -> int:
        if not (text.isascii() and text.isdigit() and len(text) < 10 and least <= int(text) <= most):
            raise ValueError(f"expected a whole number from {least} to {most}.")
        return int(text)

    schema = {"type": "integer", "minimum": least, "maximum": most, "default": default}
    return Parameter(name, description, schema, read)


def text(name: str, description: str) -> Parameter:
    """A text that is compared, never interpreted."""

    def read(value: str) -> str:
        if not re.fullmatch(VISIBLE, value) or len(value) > LONGEST_TEXT:
            raise ValueError(f"expected 1 to {LONGEST_TEXT} characters, and no control characters.")
        return value

    schema = {"type": "string", "minLength": 1, "maxLength": LONGEST_TEXT, "pattern": f"^{VISIBLE}$"}
    return Parameter(name, description, schema, read)


def moment(name: str, description: str) -> Parameter:
    """A day, which means its last moment in UTC, or a moment with a zone."""
    kinds = [{"format": "date"}, {"format": "date-time"}]
    schema = {"type": "string", "anyOf": kinds, "examples": ["2026-03-01", "2026-03-01T12:00:00Z"]}
    return Parameter(name, description, schema, _moment)


def _moment(value: str) -> datetime:
    expected = "expected a day like 2026-03-01 or a moment with its zone like 2026-03-01T12:00:00Z."
    try:
        if not MOMENT.fullmatch(value):
            raise ValueError(expected)
        if len(value) == len("2026-03-01"):
            return datetime.combine(date.fromisoformat(value), time.max, UTC)
        found = datetime.fromisoformat(value)
        if found.tzinfo is None:
            raise ValueError(expected)
        return _in_utc(found)
    except ValueError:
        raise ValueError(expected) from None


def _in_utc(found: datetime) -> datetime:
    """The first or the last moment there is, where the change of zone would leave the years 1 to 9999."""
    try:
        return found.astimezone(UTC)
    except OverflowError:
        return FIRST if found.year == 1 else LAST
