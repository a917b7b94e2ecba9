"""Which maps of bits are kept, which choices set their bits, and how a use is answered from them. Pure.

A plane holds one bit per member:

- *refuse*: the member's latest choice at this scope is a refusal;
- *signal*: the member's browser once sent this signal;
- *allow*: the member's latest choice at this scope is an allow, made on the edition ``since`` or a later one, and later
  than any of the member's ``signals``.

Each is a fold over the choices in their order: of those at the scopes that a plane listens to, a member's last one
decides. So a batch may be applied twice, and after a batch was applied in part. ``consent.precedence`` is the rule;
``allowed`` says the same in operations on whole bytes: what is more specific is written over what is less, and among
equals the refusals come last.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from itertools import groupby
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from transparency.consent.precedence import Decision, Terms
from transparency.consent.scopes import Covering
from transparency.enforcement.bits import Bits, Positions, rising

if TYPE_CHECKING:
    from transparency.consent.journal import Rows

Reader = Callable[["Plane"], Bits | None]


class Kind(StrEnum):
    """What a bit that is on says."""

    REFUSE = "refuse"
    ALLOW = "allow"
    SIGNAL = "signal"


@dataclass(frozen=True)
class Plane:
    """The name of a map of bits; scopes and signals by their names."""

    kind: Kind
    scope: str
    since: int = 0
    signals: tuple[str, ...] = ()

    def __hash__(self) -> int:
        return self._hash

    @cached_property
    def _hash(self) -> int:
        """Worked out once: planes are looked up by the dozen for each question."""
        return hash((self.kind, self.scope, self.since, self.signals))

    @property
    def listens_to(self) -> tuple[str, ...]:
        return (self.scope, *self.signals)


@dataclass(frozen=True)
class Recipe:
    """From which planes a use is answered. ``steps`` holds the allow and the refuse planes of each rank, rising."""

    necessary: bool
    default: bool
    signals: tuple[Plane, ...] = ()
    steps: tuple[tuple[tuple[Plane, ...], tuple[Plane, ...]], ...] = ()

    def __hash__(self) -> int:
        return self._hash

    @cached_property
    def _hash(self) -> int:
        return hash((self.necessary, self.default, self.signals, self.steps))

    @property
    def for_nobody(self) -> bool:
        """Whether the data of a member who never said anything may be used."""
        return self.necessary or self.default

    @cached_property
    def planes(self) -> tuple[Plane, ...]:
        return (*self.signals, *(plane for step in self.steps for side in step for plane in side))


def recipe(terms: Terms, covering: Iterable[Covering]) -> Recipe:
    """How a use with these terms, covered by these scopes, is answered."""
    if not terms.refusable:
        return Recipe(necessary=True, default=True)
    ranked = sorted(covering, key=lambda one: (one.rank, one.name))
    signals = tuple(one.name for one in ranked if one.rank < 0)
    by_rank = groupby((one for one in ranked if one.rank >= 0), key=lambda one: one.rank)
    return Recipe(
        necessary=False,
        default=terms.default,
        signals=tuple(Plane(Kind.SIGNAL, name) for name in signals),
        steps=tuple(_step([one.name for one in group], terms.since, signals) for _, group in by_rank),
    )


def _step(names: list[str], since: int, signals: tuple[str, ...]) -> tuple[tuple[Plane, ...], tuple[Plane, ...]]:
    allows = tuple(Plane(Kind.ALLOW, name, since, signals) for name in names)
    return allows, tuple(Plane(Kind.REFUSE, name) for name in names)


def allowed(one: Recipe, read: Reader, size: int) -> Bits:
    """The bits of those who may be used, ``size`` bytes. ``read`` gives a plane's bytes; ``None`` where all are off."""
    found = np.full(size, 255 if one.for_nobody else 0, dtype=np.uint8)
    for plane in one.signals:
        _clear(found, read(plane))
    for allows, refuses in one.steps:
        for plane in allows:
            _set(found, read(plane))
        for plane in refuses:
            _clear(found, read(plane))
    return found


def all_allowed(recipes: Iterable[Recipe], read: Reader, size: int) -> Bits:
    """The bits of those who may be used for every one of several uses."""
    found = np.full(size, 255, dtype=np.uint8)
    for one in recipes:
        found &= allowed(one, read, size)
    return found


def _set(found: Bits, octets: Bits | None) -> None:
    if octets is not None:
        np.bitwise_or(found, octets, out=found)


def _clear(found: Bits, octets: Bits | None) -> None:
    if octets is not None:
        np.bitwise_and(found, np.bitwise_not(octets), out=found)


class Batch:
    """Choices, and which of them a plane listens to. ``scopes`` are the ids of scopes by name.

    ``positions`` are those of the members who chose, in the order of the choices; here they rise, and the choices with
    them, each member's own in their order.
    """

    def __init__(self, rows: "Rows", positions: Positions, scopes: Mapping[str, int]) -> None:
        self._ids = scopes
        order, self.positions = rising(positions)
        self._scope, self._decision, self._edition = rows.scope[order], rows.decision[order], rows.edition[order]
        narrow = np.min_scalar_type(int(self._scope.max(initial=0)))  # small numbers are sorted four times as fast
        by_scope = np.argsort(self._scope.astype(narrow), kind="stable")
        ids, starts = np.unique(self._scope[by_scope], return_index=True)
        parts = np.split(by_scope, starts[1:]) if ids.size else []
        self._at: dict[int, NDArray[np.int64]] = dict(zip(ids.tolist(), parts, strict=True))

    def heard(self, planes: Iterable[Plane]) -> Iterator[tuple[NDArray[np.int64], list[Plane]]]:
        """The indices of choices, which rise, and all planes that listen to just these of them."""
        sharing: dict[tuple[int, ...], list[Plane]] = {}
        for plane in planes:
            ids = {self._ids.get(name, 0) for name in plane.listens_to}
            sharing.setdefault(tuple(sorted(ids & self._at.keys())), []).append(plane)
        for scopes, alike in sharing.items():
            parts = [self._at[scope] for scope in scopes]
            if parts:
                yield parts[0] if len(parts) == 1 else np.sort(np.concatenate(parts)), alike

    def values(self, plane: Plane, at: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Whether each of these choices switches its member's bit of the plane on, or else off."""
        if plane.kind == Kind.SIGNAL:
            return np.ones(at.size, dtype=np.bool_)
        decision = self._decision[at]
        if plane.kind == Kind.REFUSE:
            return np.asarray(decision == Decision.REFUSE)
        here = self._scope[at] == self._ids.get(plane.scope, 0)
        return np.asarray(here & (decision == Decision.ALLOW) & (self._edition[at] >= plane.since))
