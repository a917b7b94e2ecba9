"""What reaches the assets of one place and from how far, in a few bytes: kept, so that a change can be followed. Pure.

A place is a dataset with its columns, or a job or a model. Of each of its nodes it is told which bits arrive at which
distance: that is what ``reachability`` and ``looking`` find out, cut into places. Whoever looks at a part of the graph
takes from it what comes in from outside of that part.
"""

from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from transparency.catalog.keys import place_of
from transparency.catalog.lineage import Lineage
from transparency.catalog.reachability import WORD, Arrival, Bits, Ints, Reached


class AtPlace(NamedTuple):
    """What reaches one place. ``keys`` are its assets that anything reaches, e.g. a dataset and some of its columns.

    ``carried`` is what is copied there, ``looked`` what comes only by a look: rows of ``_row``, which name an asset by
    its place in ``keys``.
    """

    keys: tuple[str, ...]
    carried: bytes
    looked: bytes


NOTHING = AtPlace((), b"", b"")
Flat = tuple[Ints, Ints, Bits]
"""Nodes, and at which distance which bits arrive there."""


def by_place(lineage: Lineage, *found: Reached) -> dict[str, AtPlace]:
    """What is carried to each place of which the graph tells, and then what comes there only by a look."""
    size, flats = len(lineage.keys), [_flat(one) for one in found]
    assets = np.unique(np.concatenate([nodes % size for nodes, _, _ in flats]))
    assets = assets[lineage.inside[assets]]
    names, place = _places(lineage, assets)
    order = np.lexsort((assets, place))
    assets, place = assets[order], place[order]
    first = np.searchsorted(place, np.arange(len(names) + 1))
    local, home = (np.full(size, -1, dtype=np.int64) for _ in range(2))
    local[assets], home[assets] = np.arange(assets.size) - first[place], place
    carried, looked = (_cut(flat, local, home, len(names)) for flat in flats)
    keys = [lineage.keys[number] for number in assets.tolist()]
    cuts = zip(names, first[:-1].tolist(), first[1:].tolist(), carried, looked, strict=True)
    return {name: AtPlace(tuple(keys[start:end]), *rows) for name, start, end, *rows in cuts}


def seeds(lineage: Lineage, words: int, kept: Iterable[AtPlace]) -> tuple[list[Arrival], list[Arrival]]:
    """The same of assets that the graph only names, level by level: what is carried there, what comes by a look."""
    carried, looked = list[Flat](), list[Flat]()
    for one in kept:
        numbers = np.array([_outside(lineage, key) for key in one.keys], dtype=np.int64)
        carried.append(_known(one.carried, numbers, len(lineage.keys), words))
        looked.append(_known(one.looked, numbers, len(lineage.keys), words))
    return _levels(carried, words), _levels(looked, words)


def differing(one: AtPlace, other: AtPlace, words: int) -> set[int]:
    """The bits of which something else arrives, or from another distance."""
    held = [bits for *_, bits in _told(one, words) ^ _told(other, words)]
    return {
        WORD * word + bit for row in held for word, bits in enumerate(row) for bit in range(WORD) if bits >> bit & 1
    }


def _told(one: AtPlace, words: int) -> set[tuple[int, str, int, int, tuple[int, ...]]]:
    rows = [(kind, *row) for kind, told in enumerate(one[1:]) for row in np.frombuffer(told, _row(words)).tolist()]
    return {(kind, one.keys[node // 2], node % 2, level, tuple(bits)) for kind, level, node, bits in rows}


def _row(words: int) -> np.dtype[Any]:
    """At which distance (``level``) which bits arrive at which node of the place: 8 bytes and 8 for each word."""
    return np.dtype([("level", "<u4"), ("node", "<u4"), ("bits", "<u8", (words,))])


def _flat(reached: Reached) -> Flat:
    told = reached.arrivals or [Arrival(np.zeros(0, dtype=np.int64), reached.found[:0])]
    levels = np.repeat(np.arange(len(told)), [arrival.nodes.size for arrival in told])
    return np.concatenate([a.nodes for a in told]), levels, np.concatenate([a.added for a in told])


def _places(lineage: Lineage, assets: Ints) -> tuple[list[str], Ints]:
    """The names of those assets' places, and for each asset the number of its own."""
    names: dict[str, int] = {}
    number = np.zeros(len(lineage.keys), dtype=np.int64)
    for dataset in np.unique(lineage.dataset[assets]).tolist():
        number[dataset] = names.setdefault(place_of(lineage.keys[dataset]), len(names))
    return list(names), number[lineage.dataset[assets]]


def _cut(flat: Flat, local: Ints, home: Ints, places: int) -> list[bytes]:
    """The rows of each place, nearest first. A node is twice its asset, and one more where data enters as a whole."""
    nodes, levels, bits = flat
    asset = nodes % local.size
    kept = np.flatnonzero(home[asset] >= 0)
    kept = kept[np.argsort(home[asset[kept]], kind="stable")]
    rows = np.empty(kept.size, dtype=_row(bits.shape[1]))
    rows["level"], rows["bits"] = levels[kept], bits[kept]
    rows["node"] = 2 * local[asset[kept]] + (nodes[kept] >= local.size)
    ends = np.searchsorted(home[asset[kept]], np.arange(places + 1)) * rows.itemsize
    told = rows.tobytes()
    return [told[start:end] for start, end in zip(ends[:-1].tolist(), ends[1:].tolist(), strict=True)]


def _outside(lineage: Lineage, key: str) -> int:
    number = lineage.names.get(key, -1)
    return -1 if number < 0 or lineage.inside[number] else number


def _known(told: bytes, numbers: Ints, size: int, words: int) -> Flat:
    rows: NDArray[Any] = np.frombuffer(told, dtype=_row(words))
    node = rows["node"].astype(np.int64)
    number = numbers[node // 2]
    there = number >= 0
    return (number + node % 2 * size)[there], rows["level"][there].astype(np.int64), rows["bits"][there]


def _levels(flats: list[Flat], words: int) -> list[Arrival]:
    none = np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64), np.zeros((0, words), dtype=np.uint64)
    nodes, levels, bits = (np.concatenate(part) for part in zip(none, *flats, strict=True))
    order = np.argsort(levels, kind="stable")
    cuts = np.searchsorted(levels[order], np.arange(int(levels.max(initial=-1)) + 2))
    parts = [order[start:end] for start, end in zip(cuts[:-1].tolist(), cuts[1:].tolist(), strict=True)]
    return [Arrival(nodes[part], bits[part]) for part in parts]
