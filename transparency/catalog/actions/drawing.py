"""Drawing the atlas: the graph as it was worked out last, for this machine's processes to explain from."""

import time
from collections import defaultdict
from datetime import datetime

import numpy as np
from django.conf import settings

from transparency.catalog.atlas import Array, Contents, Texts, read, write
from transparency.catalog.lineage import Lineage, load
from transparency.catalog.models import Label, Recomputation
from transparency.catalog.narrowing import Arrived
from transparency.catalog.observe import View, view
from transparency.catalog.said import Said, as_said, stamp

REST = 20  # times as long as it took to draw, nobody draws anew
SMALL = np.int32


def draw(*, at: datetime) -> bool:
    """Draw the graph anew, where the one that is drawn is of another moment. Whether it was.

    Not while observations are still to be worked out, and not so often that a worker does little else.
    """
    path = settings.GRAPH_DIR / "atlas"
    drawn = read(path)
    if drawn and (drawn.stamp == stamp(at) or 0 <= at.timestamp() - path.stat().st_mtime < REST * drawn.took):
        return False
    begun, said = time.monotonic(), as_said(at)
    if not Recomputation.objects.filter(pk=1, inputs=said.inputs).exists():
        return False
    labels = sorted(Label.objects.values_list("key", "category"))
    lineage = load()
    seen = view(at, lineage, labels, said.barriers, said.categories)
    # Nobody was kept from merging meanwhile: if somebody did, what was read may be of two moments.
    if stamp(at) != said.inputs:
        return False
    write(path, _contents(said, lineage, time.monotonic() - begun), _arrays(seen))
    return True


def _contents(said: Said, lineage: Lineage, took: float) -> Contents:
    ends: dict[tuple[str, str], list[int]] = defaultdict(list)
    for binding in said.bindings:
        if (number := lineage.number(binding.key)) is not None:
            ends[binding.feature, binding.stage].append(number)
    bound = [(feature, stage, numbers) for (feature, stage), numbers in ends.items()]
    return Contents(said.inputs, took, said.categories, bound)


def _arrays(seen: View) -> dict[str, Array]:
    lineage, graph, flows = seen.lineage, seen.graph, seen.edges.flows
    held: list[list[int]] = [[] for _ in seen.number]
    for number, category in seen.held:
        held[seen.number[category]].append(number)
    keys, starts = Texts.packed(lineage.keys)
    arrived = Arrived.of(seen.reached)
    arrays = {
        "keys": keys,
        "key_starts": starts,
        "dataset": lineage.dataset.astype(SMALL),
        "is_dataset": lineage.is_dataset,
        "upstream": graph.upstream.astype(SMALL),
        "flow": seen.edges.flow[: graph.upstream.size].astype(SMALL),
        "into": graph.into.edges.astype(SMALL),
        "into_first": graph.into.first,
        "found": seen.reached.found,
        "arrived_first": arrived.first,
        "arrived_distance": arrived.distance.astype(SMALL),
        "arrived_bits": arrived.bits,
        "held": np.array([number for some in held for number in some], dtype=np.int64),
        "held_first": np.cumsum([0, *(len(some) for some in held)]),
    }
    small = {"upstream", "downstream", "job", "source"}
    arrays |= {f"flow_{name}": one.astype(SMALL) if name in small else one for name, one in vars(flows).items()}
    return arrays if graph.edge_stops is None else arrays | {"edge_stops": graph.edge_stops}
