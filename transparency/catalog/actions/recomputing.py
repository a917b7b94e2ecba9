"""Working out labels and observations anew, from the graph and from what people said of it.

Everything, or only what merges have touched since, as far as that changes anything: see ``following``.
"""

from collections.abc import Sequence
from datetime import datetime

from django.db import connection, transaction

from transparency.catalog import turns
from transparency.catalog.actions.following import follow
from transparency.catalog.actions.storing import Names, arrived, end_the_rest, keep, relabel, standing, store
from transparency.catalog.arrived import by_place
from transparency.catalog.classify import describable, labels
from transparency.catalog.lineage import load
from transparency.catalog.models import Barrier, Observation, Recomputation
from transparency.catalog.observe import found, observe, shown, view
from transparency.catalog.said import Said, as_said

TOUCHED = 500  # keys beyond which working out everything is as quick
TAKE = "DELETE FROM catalog_touched RETURNING key"
# A flow that no longer counts, or counts again, because the horizon moved over the day on which it was last seen.
AGED = """
SELECT DISTINCT a.key FROM catalog_flow f JOIN catalog_asset a ON a.id = f.downstream_id
WHERE f.source_id = %s AND f.last_seen >= %s AND f.last_seen < %s LIMIT %s
"""
# The index by age tells in a moment that no page of the table holds any. Left to itself, the database reads them all.
BY_INDEX = """
SELECT catalog_learn_ages();
SET LOCAL enable_seqscan = off; SET LOCAL max_parallel_workers_per_gather = 0
"""
AS_BEFORE = "SET LOCAL enable_seqscan TO DEFAULT; SET LOCAL max_parallel_workers_per_gather TO DEFAULT"


@transaction.atomic
def recompute(*, at: datetime, whole: bool = False) -> int:
    """Bring labels and observations to what graph, rules, bindings and barriers give at ``at``.

    Returns how many stand. Where nothing that they follow from has changed, nothing is worked out; where little has, no
    more than what may follow from it, unless ``whole`` is asked for. What is as it was is not written again.
    """
    turns.recomputing()
    said = as_said(at)
    before = Recomputation.objects.filter(pk=1).first()
    if whole or before is None or before.inputs != said.inputs:
        touched = _touched(said, before)
        if whole or touched is None or not follow(said, touched):
            _work_out(said)
        else:
            _see_again(said)
        told = {"inputs": said.inputs, "said": said.digest, "horizons": said.horizons, "good": said.good}
        # Nobody else writes it in the meantime: whoever works this out has waited for their turn.
        if not Recomputation.objects.filter(pk=1).update(**told):
            Recomputation.objects.create(pk=1, **told)
    return Observation.objects.filter(seen=True).count()


def _touched(said: Said, before: Recomputation | None) -> list[str] | None:
    """Keys of the assets from which anything may have changed; ``None`` where that may be anywhere."""
    with connection.cursor() as cursor:
        cursor.execute(TAKE)
        keys = {key for (key,) in cursor.fetchall()}
        if before is None or before.said != said.digest or before.horizons.keys() != said.horizons.keys():
            return None
        cursor.execute(BY_INDEX)
        for source, now in said.horizons.items():
            first, last = sorted((datetime.fromisoformat(before.horizons[source]), datetime.fromisoformat(now)))
            if first < last:
                cursor.execute(AGED, [int(source), first, last, TOUCHED + 1])
                keys |= {key for (key,) in cursor.fetchall()}
        cursor.execute(AS_BEFORE)
    return sorted(keys) if "" not in keys and len(keys) <= TOUCHED else None


def _work_out(said: Said) -> None:
    told = labels(said.rules, describable())
    relabel(told)
    held, lineage = [(key, category) for key, category, _ in told], load()
    seen = view(said.at, lineage, held, said.barriers, said.categories)
    keep(by_place(lineage, seen.reached, seen.looked), arrived())

    def again(barriers: Sequence[Barrier], forgetful: bool) -> Names:
        return {one.id for one in observe(said.at, lineage, held, said.bindings, barriers, forgetful=forgetful)}

    now, before = shown(seen, found(seen, said.bindings)), standing(None)
    store(now, before, said.at)
    end_the_rest(now, before, lambda: again(said.barriers, forgetful=False), lambda: again([], forgetful=True))


def _see_again(said: Said) -> None:
    """Where what is bound itself holds the data, no flow is needed: it is seen whenever somebody looks."""
    found = Observation.objects.filter(seen=True, sources=[])
    found.exclude(last_seen=said.at).update(last_seen=said.at)
