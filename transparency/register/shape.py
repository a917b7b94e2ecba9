"""Whether values are of the types that the schema names, and within its limits: Python itself asks nobody. Pure."""

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from transparency.register.limits import told
from transparency.register.rules import Fault
from transparency.register.schema import AIFeature, Correction, DataCategory, Policy, Record, Register, Use

KINDS: dict[str, tuple[type[Record], str]] = {
    "categories": (DataCategory, "key"),
    "features": (AIFeature, "slug"),
    "uses": (Use, "id"),
    "policies": (Policy, "slug"),
    "corrections": (Correction, "slug"),
}


class About(Record, frozen=True, kw_only=True):
    """What is said of an edition beside its register; times with their time zone."""

    authors: tuple[str, ...]
    approver: str
    notice: str
    sooner: str
    effective_at: Annotated[datetime, Meta(tz=True)]
    at: Annotated[datetime, Meta(tz=True)]


# For threads that need it at once; see ``documents``.
msgspec.json.Decoder(About)


def shaped(register: Register) -> Register:
    """The same register, each value as the schema has it. Raises ``msgspec.ValidationError``; see ``misfits``."""
    return msgspec.convert(_plain(register), Register)


def misfits(register: Register) -> list[Fault]:
    """Of each record that the schema refuses the first fault, by record and field; empty where it refuses nothing."""
    plain = _plain(register)
    found = [fault for name in KINDS if isinstance(plain[name], list | tuple) for fault in _records(name, plain[name])]
    return found or list(fault_of(plain, Register))


def fault_of(plain: object, kind: type[Record], subject: str = "") -> Iterator[Fault]:
    """What keeps these plain values from being a record of this kind, if anything does."""
    try:
        msgspec.convert(plain, kind, builtin_types=[datetime])
    except msgspec.ValidationError as refused:
        words, path = told(refused)
        yield Fault(subject, path, words)


def _records(name: str, records: list[Any]) -> Iterator[Fault]:
    kind, known_by = KINDS[name]
    for place, plain in enumerate(records):
        yield from fault_of(plain, kind, _subject(plain, known_by) or f"{name}[{place}]")


def _subject(plain: Any, known_by: str) -> str:
    names = ("category", "feature", "stage") if known_by == "id" else (known_by,)
    return "/".join(str(plain.get(name, ""))[:120] for name in names) if isinstance(plain, dict) else ""


def _plain(register: Register) -> dict[str, Any]:
    """As JSON would say it; what JSON has no word for is an object without fields, which no field takes."""
    return dict(msgspec.to_builtins(register, enc_hook=lambda value: {}))
