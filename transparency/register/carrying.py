"""Changes to one register, carried onto another that differs from it as well. Pure.

An urgent edition holds before editions that wait already, so each of those must say its own and the urgent change. What
is carried is single fields; each clause of a policy document counts as one. Where both changed the same one to
something else, they clash, and a person decides.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from msgspec import structs

from transparency.register.clauses import in_order as place
from transparency.register.documents import in_order
from transparency.register.schema import Clause, Policy, Record, Register

PARTS = {
    "category": ("categories", "key"),
    "feature": ("features", "slug"),
    "use": ("uses", "id"),
    "policy": ("policies", "slug"),
    "correction": ("corrections", "slug"),
}
Decided = Literal["", "this", "scheduled"]
"""What is to hold where both changed the same: what is carried, what was scheduled, or nobody has decided yet."""
Decisions = Mapping[tuple[str, str], Decided]
"""By kind and subject of a record."""
CLAUSE = "clause "


@dataclass(frozen=True)
class Clash:
    """A record that both changed otherwise: in these fields, or as a whole, where one of the two takes it out."""

    kind: str
    subject: str
    fields: tuple[str, ...]
    decided: Decided = ""


def carried(
    before: Register, after: Register, onto: Register, decisions: Decisions
) -> tuple[Register, tuple[Clash, ...]]:
    """``onto`` with what ``after`` changed since ``before``, and where the two clash.

    Where nobody has decided, it stays as ``onto`` has it.
    """
    clashes: list[Clash] = []
    found = {}
    for kind, (part, name) in PARTS.items():
        old, new, there = ({getattr(one, name): one for one in getattr(of, part)} for of in (before, after, onto))
        for subject in sorted(one for one in old.keys() | new.keys() if old.get(one) != new.get(one)):
            decided = decisions.get((kind, subject), "")
            record, fields = _carried(old.get(subject), new.get(subject), there.pop(subject, None), decided)
            there |= {subject: record} if record else {}
            clashes += [Clash(kind, subject, fields, decided)] if fields is not None else []
        found[part] = tuple(there.values())
    return in_order(Register(**found)), tuple(clashes)


def rewritten(old: Record | None, new: Record | None, standing: Record | None) -> Record | None:
    """One record as ``standing`` with what ``new`` changed since ``old``, which counts where both changed the same."""
    return _carried(old, new, standing, "this")[0]


def _carried(
    old: Record | None, new: Record | None, standing: Record | None, decided: Decided
) -> tuple[Record | None, tuple[str, ...] | None]:
    """One record, and the fields in which it clashes: none of them where it does so as a whole, ``None`` if not."""
    if standing == new:
        return standing, None
    if standing == old:
        return new, None
    if new is None or standing is None:
        return (new if decided == "this" else standing), ()
    return _merged(_fields(old), new, standing, decided)


def _merged(
    old: dict[str, Any], new: Record, standing: Record, decided: Decided
) -> tuple[Record, tuple[str, ...] | None]:
    wanted, there = _fields(new), _fields(standing)
    changed = [name for name in {**wanted, **old} if wanted.get(name) != old.get(name)]
    clashing = tuple(name for name in changed if there.get(name) not in (old.get(name), wanted.get(name)))
    taken = [name for name in changed if decided == "this" or name not in clashing]
    return _made(standing, new, taken), clashing or None


def _fields(record: Record | None) -> dict[str, Any]:
    """Each field, and of a policy document each clause."""
    if record is None:
        return {}
    held = {name: getattr(record, name) for name in record.__struct_fields__}
    if isinstance(record, Policy):
        held |= {f"{CLAUSE}{one.number}": one for one in held.pop("clauses")}
    return held


def _made(standing: Record, new: Record, taken: Iterable[str]) -> Record:
    """``standing`` with these fields as ``new`` has them."""
    chosen = set(taken)
    own = {name: getattr(new, name) for name in chosen if not name.startswith(CLAUSE)}
    if isinstance(standing, Policy) and isinstance(new, Policy):
        numbers = {name.removeprefix(CLAUSE) for name in chosen if name.startswith(CLAUSE)}
        own["clauses"] = tuple(_clauses(standing, new, numbers))
    return structs.replace(standing, **own)


def _clauses(standing: Policy, new: Policy, numbers: set[str]) -> list[Clause]:
    kept = [one for one in standing.clauses if one.number not in numbers]
    return sorted([*kept, *(one for one in new.clauses if one.number in numbers)], key=lambda one: place(one.number))
