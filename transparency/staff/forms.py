"""Forms made from the register's own description: one field per field, with its help text, limits and choices.

Lists of records (scopes, recipients, criteria) are shown one after the other, with an empty one at the end; a record
left empty is not kept. So everything works without JavaScript.
"""

import typing
from dataclasses import dataclass, replace
from enum import StrEnum
from types import NoneType

import msgspec
from django.http import QueryDict

from transparency.register.schema import Record, Register
from transparency.register.vocabulary import LABELS, LEGAL_BASES, PURPOSES, label


@dataclass(frozen=True)
class Shown:
    """One input: ``kind`` is text, area, choice, yes or lines; ``value`` what stands in it.

    ``choices`` are codes with their words. ``suggests`` names the list of what may be typed, where there is one.
    """

    name: str
    label: str
    kind: str
    value: str
    help: str = ""
    example: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    limit: int | None = None
    fixed: bool = False
    suggests: str = ""


@dataclass(frozen=True)
class Repeated:
    """A list of records, each with its inputs; the last one is empty."""

    name: str
    label: str
    rows: list[list[Shown]]


LONG = 250
OF_AN_INPUT = ("description", "examples", "max_length")
"""What a field's own description may say, and otherwise that of the sort of text that it is."""
SUGGESTS = ("category", "parent", "feature", "group", "purpose", "legal_basis", "weight")
# What is called otherwise than its field.
CALLED = {
    "purpose_text": "Purpose in plain words",
    "why_needed": "Why this data is needed",
    "interest": "Legitimate interest",
    "balancing_url": "Link to the balancing test",
    "refusal": "Can members refuse?",
    "why_not": "Why it can’t be refused",
    "default": "Until a member chooses",
    "default_reason": "Why that is so",
    "scopes": "What holds where",
    "jurisdictions": "Where",
    "clauses": "Policy clauses",
    "dpv": "DPV term",
    "fides": "Fideslang key",
    "origin": "How we get it",
    "manage_url": "Link to where members see or delete it",
    "instructions_url": "Link to the instructions for use",
    "decides": "What it decides about a member",
    "contest": "How to contest it",
    "where": "Where members meet it",
    "owner": "Who is responsible",
    "transfer": "What allows the transfer",
    "about": "What it was about",
    "subject": "Of which one",
    "field": "Which statement was wrong",
    "said": "What we said",
    "truth": "What was true",
    "explanation": "How it came about",
    "effective_at": "From which day it holds",
}


def called(field: str) -> str:
    """What the form calls a field, which is where whoever reads of a fault in it will look."""
    return CALLED.get(field) or field.replace("_", " ").capitalize()


Suggested = dict[str, list[tuple[str, str]]]
"""For a field what may be typed, each with its words."""


def suggested(register: Register) -> Suggested:
    """What the vocabularies know, and what the register holds already."""
    categories = [(one.key, one.name) for one in register.categories]
    return {
        "category": categories,
        "parent": categories,
        "feature": [(one.slug, one.name) for one in register.features],
        "group": [(name, "") for name in sorted({one.group for one in register.features})],
        "purpose": [(key, purpose.label) for key, purpose in PURPOSES.items()],
        "legal_basis": [(key, f"{basis.label}, {basis.article}") for key, basis in LEGAL_BASES.items()],
        "weight": list(LABELS["weight"].items()),
    }


def shown(model: type[Record], values: dict[str, typing.Any], fixed: tuple[str, ...] = ()) -> list[Shown | Repeated]:
    """The inputs of one record, in the order of its fields. Those in ``fixed`` can be read, not changed."""
    return [_field(name, hint, values.get(name), "", fixed) for name, hint in _hints(model).items()]


def _hints(model: type[Record]) -> dict[str, typing.Any]:
    return typing.get_type_hints(model, include_extras=True)


def _field(name: str, hint: typing.Any, value: typing.Any, prefix: str, fixed: tuple[str, ...]) -> Shown | Repeated:
    plain, meta = _plain(hint)
    words = called(name)
    inner = _items(plain)
    if isinstance(inner, type) and issubclass(inner, Record):
        return Repeated(name, words, [_row(inner, name, i, row) for i, row in enumerate([*(value or []), {}])])
    text = "area" if (meta.max_length or 0) > LONG else "text"
    example = str((meta.examples or [""])[0])
    field = Shown(prefix + name, words, text, str(value or ""), meta.description or "", example, (), meta.max_length)
    field = replace(field, fixed=name in fixed, suggests=name if name in SUGGESTS else "")
    if inner is not None:
        return replace(field, kind="lines", value="\n".join(value or ()), limit=None)
    if plain is bool:
        return replace(field, kind="yes", value="yes" if value else "")
    if isinstance(plain, type) and issubclass(plain, StrEnum):
        return replace(field, kind="choice", choices=tuple((code, label(name, code)) for code in plain))
    return field


def _row(model: type[Record], name: str, number: int, values: dict[str, typing.Any]) -> list[Shown]:
    fields = (_field(f, hint, values.get(f), f"{name}-{number}-", ()) for f, hint in _hints(model).items())
    return [field for field in fields if isinstance(field, Shown)]


def _plain(hint: typing.Any) -> tuple[typing.Any, msgspec.Meta]:
    if typing.get_origin(hint) is typing.Annotated:
        first, *metas = typing.get_args(hint)
        told = [meta for meta in metas if isinstance(meta, msgspec.Meta)]
        said = {name: [value for one in told if (value := getattr(one, name)) is not None] for name in OF_AN_INPUT}
        return first, msgspec.Meta(**{name: values[-1] for name, values in said.items() if values})
    return hint, msgspec.Meta()


def _items(plain: typing.Any) -> typing.Any:
    """What a list holds: a record, or plain text; ``None`` for anything that is no list."""
    if typing.get_origin(plain) is not tuple:
        return None
    item, _ = _plain(typing.get_args(plain)[0])
    return item or NoneType


def read(model: type[Record], data: QueryDict) -> dict[str, typing.Any]:
    """What was typed, as the record's JSON. Nothing is checked here: the register's own types do that."""
    found: dict[str, typing.Any] = {}
    for name, hint in _hints(model).items():
        plain, _ = _plain(hint)
        inner = _items(plain)
        if isinstance(inner, type) and issubclass(inner, Record):
            found[name] = _read_rows(inner, name, data)
        else:
            found[name] = _read_value(plain, inner, data.get(name, ""))
    return {name: value for name, value in found.items() if value is not None}


def _read_rows(model: type[Record], name: str, data: QueryDict) -> list[dict[str, typing.Any]]:
    rows, number = [], 0
    names = _hints(model)
    while any(f"{name}-{number}-{field}" in data for field in names):
        typed = {field: data.get(f"{name}-{number}-{field}", "") for field in names}
        hints = {field: _plain(hint)[0] for field, hint in names.items()}
        first = next(iter(names))
        if typed[first].strip():
            read_row = {f: _read_value(hints[f], _items(hints[f]), typed[f]) for f in names}
            rows.append({f: value for f, value in read_row.items() if value is not None})
        number += 1
    return rows


def _read_value(plain: typing.Any, inner: typing.Any, typed: str) -> typing.Any:
    if inner is not None:
        return [line.strip() for line in typed.splitlines() if line.strip()]
    if plain is bool:
        return bool(typed)
    if isinstance(plain, type) and issubclass(plain, StrEnum) and not typed:
        return None
    return typed.replace("\r\n", "\n").strip()
