"""Small snapshots, spelt as a data engineer would: ``users.email -> features.email by prepare``."""

from datetime import UTC, datetime

from transparency.catalog.connectors.base import SeenAsset, SeenFlow, Snapshot
from transparency.catalog.keys import column_key, dataset_key, dataset_of, job_key, model_key

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
WAREHOUSE = "postgres://db:5432"


def key(name):
    """``users`` a dataset, ``users.email`` a column, ``model ranker`` a model, ``job prepare`` a job."""
    kind, _, rest = name.rpartition(" ")
    if kind:
        return {"model": model_key, "job": job_key}[kind](WAREHOUSE, rest)
    table, _, column = name.partition(".")
    return column_key(WAREHOUSE, table, column) if column else dataset_key(WAREHOUSE, table)


def asset(name, *tags, as_of=NOON):
    one = key(name)
    field = one.rpartition("#")[2] if one.startswith("column:") else ""
    return SeenAsset(one, one.partition(":")[0], WAREHOUSE, name.partition(".")[0], field, "", tags, (), {}, as_of)


def flow(upstream, downstream, job="job prepare", last_seen=NOON, direct=True, **done):
    how = {"direct": direct, "masking": False, "transformation": "", "first_seen": last_seen, "last_seen": last_seen}
    return SeenFlow(key(upstream), key(downstream), job and key(job), **(how | done))


def snapshot(*flows, tags=None, complete=True):
    """The flows with every asset they name; ``tags`` maps a name to its catalog tag."""
    names = {name: asset(name) for name in tags or {}}
    keys = {end for one in flows for end in (one.upstream, one.downstream, one.job) if end}
    keys |= {dataset_of(one) for one in keys}
    assets = {one: _bare(one) for one in keys}
    assets |= {key(name): asset(name, tag) for name, tag in (tags or {}).items()}
    assets |= {dataset_of(key(name)): _bare(dataset_of(key(name))) for name in names if "." in name}
    return Snapshot(assets=list(assets.values()), flows=list(flows), complete=complete)


def _bare(one):
    name, _, field = one.partition(":")[2].removeprefix(WAREHOUSE + "/").partition("#")
    return SeenAsset(one, one.partition(":")[0], WAREHOUSE, name, field, "", (), (), {}, NOON)


class Shelf:
    """A connector that hands out a prepared snapshot, or raises a prepared fault."""

    def __init__(self, *prepared):
        self.prepared = list(prepared)

    def __call__(self, source):
        return self

    def read(self, progress):
        progress("reading", 1, 1)
        one = self.prepared.pop(0) if len(self.prepared) > 1 else self.prepared[0]
        if isinstance(one, Exception):
            raise one
        return one
