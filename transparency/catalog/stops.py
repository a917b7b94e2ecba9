"""Barriers as bits: which categories end at which node, and on which edge."""

from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import NDArray

from transparency.catalog.lineage import Edges, Lineage
from transparency.catalog.models import Barrier
from transparency.catalog.reachability import WORD, Bits, Ints, words

NOWHERE = -2


def stops(
    lineage: Lineage, edges: Edges, barriers: Iterable[Barrier], number: Mapping[str, int]
) -> tuple[Bits | None, Bits | None]:
    """The bits held back per node and per edge; ``None`` where there are none. ``number`` is each category's bit."""
    at_nodes, at_edges = _Held(lineage.nodes, number), _Held(edges.flow.size, number)
    for barrier in barriers:
        asset = lineage.number(barrier.key)
        if asset is None:
            continue
        if barrier.downstream_key or barrier.only_masked or barrier.only_aggregated:
            at_edges.hold(_edges_of(lineage, edges, asset, barrier), barrier.category)
        else:
            at_nodes.hold(_nodes_of(lineage, asset), barrier.category)
    return at_nodes.rows, at_edges.rows


class _Held:
    """Rows of bits, made only when something is held back at all."""

    def __init__(self, size: int, number: Mapping[str, int]) -> None:
        self.rows: Bits | None = None
        self._size, self._number = size, number

    def hold(self, places: Ints, category: str) -> None:
        """Hold one category back at those places; every one where ``category`` is empty."""
        if self.rows is None:
            self.rows = np.zeros((self._size, words(len(self._number))), dtype=np.uint64)
        for name, bit in self._number.items():
            if category in ("", name):
                self.rows[places, bit // WORD] |= np.uint64(1 << (bit % WORD))


def _nodes_of(lineage: Lineage, asset: int) -> Ints:
    """Both nodes of the asset; of a dataset, its columns as well."""
    held = np.flatnonzero(_within(lineage, np.arange(len(lineage.keys)), asset))
    return np.concatenate((held, held + len(lineage.keys)))


def _edges_of(lineage: Lineage, edges: Edges, asset: int, barrier: Barrier) -> Ints:
    """Edges of one flow, or of all flows into an asset; between datasets, those of their columns as well."""
    places = np.flatnonzero(edges.flow >= 0)
    flows = edges.flow[places]
    upstream, downstream = edges.flows.upstream[flows], edges.flows.downstream[flows]
    if barrier.downstream_key:
        end = lineage.number(barrier.downstream_key)
        held = _within(lineage, upstream, asset) & _within(lineage, downstream, NOWHERE if end is None else end)
    else:
        held = _within(lineage, downstream, asset)
    if barrier.only_masked or barrier.only_aggregated:
        masked, aggregated = edges.flows.masking[flows], edges.flows.aggregating[flows]
        held &= (masked & barrier.only_masked) | (aggregated & barrier.only_aggregated)
    return np.asarray(places[held], dtype=np.int64)


def _within(lineage: Lineage, assets: Ints, asset: int) -> NDArray[np.bool_]:
    """Which of them are that asset, or columns of it."""
    return np.asarray((assets == asset) | (lineage.dataset[assets] == asset), dtype=bool)
