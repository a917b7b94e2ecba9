"""The graph at full size: loaded, refreshed, worked out, and kept right after one flow came or went."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from statistics import median

import numpy as np
import rustworkx
from django.db import connection, transaction
from django.utils import timezone

from tests.bench.explaining import explained
from tests.bench.rows import Row, durations, seconds
from tests.bench.warehouse import TABLES, Warehouse
from transparency.catalog import actions
from transparency.catalog.classify import describable, labels
from transparency.catalog.lineage import Lineage, load
from transparency.catalog.models import (
    Asset,
    Binding,
    ClassificationRule,
    Flow,
    Source,
    Suggesting,
    Touched,
)
from transparency.catalog.reachability import Bits, Graph, bits, distances, paths, reach
from transparency.catalog.suggesting import Category

MB = 1_000_000
FEW = 3


def measure() -> Iterator[Row]:
    small, _, _ = _loaded("small", Warehouse(TABLES // 10))
    _forget()
    whole = Warehouse(TABLES)
    first, path, memory = _loaded("whole", whole)
    yield durations(f"First load of {Flow.objects.count():,} flows, {Asset.objects.count():,} assets", [first], 2.5)
    yield _ratio("Growth from a tenth of it to the whole", first[0], small[0], "s", 12)
    size = path.stat().st_size / MB
    yield _ratio("Memory of the worker that refreshes, against its file", memory, size, "MB", 3)
    again = _again(path)
    yield durations("A full refresh with 1% of the jobs changed", [again], 2.5)
    _mark(whole)
    yield from _reached()
    yield from _one_flow()
    yield explained()
    yield _suggested()


def _loaded(slug: str, warehouse: Warehouse) -> tuple[tuple[float, float], Path, float]:
    """Seconds of the first load and of its baseline, the file, and the most memory that the worker held, in MB."""
    path = _written(slug, warehouse)
    Source.objects.create(slug=slug, name=slug, connector="openlineage_file", location=path.name)
    bare, _ = _in_process("bare", str(path))
    taken, memory = _in_process("refresh", slug)
    return (taken, bare), path, memory


def _again(path: Path) -> tuple[float, float]:
    _written("whole", Warehouse(TABLES, changed=0.01))
    bare, _ = _in_process("bare", str(path))
    taken, _ = _in_process("refresh", "whole")
    return taken, bare


def _written(slug: str, warehouse: Warehouse) -> Path:
    path = Path(os.environ["IMPORTS_DIR"]) / f"{slug}.ndjson"
    with path.open("wb") as file:
        file.writelines(event + b"\n" for event in warehouse.events())
    return path


def _in_process(what: str, argument: str) -> tuple[float, float]:
    """Seconds and MB that it took a process of its own."""
    command = [sys.executable, "-m", "tests.bench.refreshing", what, argument]
    told = subprocess.run(command, env=os.environ, capture_output=True, text=True, check=False)
    if told.returncode:
        raise RuntimeError(told.stdout + told.stderr)
    taken, memory = json.loads(told.stdout.splitlines()[-1])
    return float(taken), float(memory)


def _forget() -> None:
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE catalog_asset, catalog_flow, catalog_touched CASCADE")


def _ratio(what: str, ours: float, theirs: float, unit: str, at_most: float) -> Row:
    return Row(what, f"{ours:,.2f} {unit}", f"{theirs:,.2f} {unit}", ours / theirs, at_most, at_least=False)


def _mark(warehouse: Warehouse) -> None:
    ClassificationRule.objects.bulk_create(
        ClassificationRule(position=number, matches="tag", pattern=key.split(".")[1], category=key)
        for number, key in enumerate(warehouse.categories)
    )
    Binding.objects.bulk_create(Binding(key=key, feature=slug, stage="training") for key, slug in warehouse.features())


def _reached() -> Iterator[Row]:
    """Reachability and evidence over arrays, both with the graph already built."""
    found = labels(list(ClassificationRule.objects.all()), describable())
    lineage = load()
    edges = lineage.edges(timezone.now(), forgetful=True)
    number = {category: place for place, category in enumerate(sorted({category for _, category, _ in found}))}
    held = [(lineage.entry(lineage.names[key]), number[category]) for key, category, _ in found]
    graph = edges.graph(lineage.nodes, len(number))
    start, _ = bits(graph, held), (graph.led_to, graph.into)
    theirs = _rustworkx(graph, held)
    taken = [(seconds(theirs), seconds(lambda: reach(graph, start))) for _ in range(FEW)]
    ratio = median(their / our for their, our in taken)
    ours, other = (median(side[place] for side in taken) for place in (1, 0))
    what = f"Reachability, {len(number)} categories, {Binding.objects.count()} features"
    yield Row(what, f"{ours:,.2f} s", f"{other:,.2f} s", ratio, 8, at_least=True)
    yield _evidence(lineage, graph, start)


def _rustworkx(graph: Graph, held: list[tuple[int, int]]) -> Callable[[], object]:
    """A function that asks for the descendants of each category: a node of its own with an edge to all that hold it."""
    their = rustworkx.PyDiGraph()
    their.add_nodes_from(range(graph.nodes + graph.categories))
    their.add_edges_from_no_data(list(zip(graph.upstream.tolist(), graph.downstream.tolist(), strict=True)))
    their.add_edges_from_no_data([(graph.nodes + category, node) for node, category in held])
    return lambda: [rustworkx.descendants(their, graph.nodes + category) for category in range(graph.categories)]


def _evidence(lineage: Lineage, graph: Graph, start: Bits) -> Row:
    ends = np.array([lineage.names[key] for key in Binding.objects.values_list("key", flat=True)])
    nodes, categories = np.repeat(ends, graph.categories), np.tile(np.arange(graph.categories), ends.size)

    def shown() -> None:
        reached = reach(graph, start)
        seen = distances(reached, nodes, categories) >= 0
        paths(graph, reached, nodes[seen], categories[seen])

    taken = [(seconds(shown), seconds(lambda: reach(graph, start))) for _ in range(FEW)]
    return durations("Evidence for every observed pair, reachability included", taken, 5)


def _suggested() -> Row:
    """Suggestions where every column is described as if it held a salary, which no rule says of any."""
    Asset.objects.filter(kind="column").update(description="The monthly salary before tax, as it was typed in.")
    categories, now = [Category("work.salary", "Salary")], timezone.now()
    taken = []
    for _ in range(FEW):
        Suggesting.objects.all().delete()
        whole = seconds(lambda: actions.recompute(at=now, whole=True))
        taken.append((seconds(lambda: actions.suggest_labels(at=now, categories=categories)), whole))
    last = Suggesting.objects.get()
    what = f"Suggestions for {last.columns - last.left_out:,} of {last.columns:,} columns, against observations"
    return durations(what, taken, 3)


def _one_flow() -> Iterator[Row]:
    """One flow less and again one more: from the merge to observations that are right."""
    actions.recompute(at=timezone.now())
    some = list(Flow.objects.filter(direct=True, downstream__kind="column").order_by("downstream_id", "pk")[::90_000])
    taken = [seconds(partial(change, flow)) for flow in some for change in (_remove, _add)]
    whole = seconds(lambda: actions.recompute(at=timezone.now(), whole=True))
    yield _ratio(f"One flow came or went, the middle one of {len(taken)}", median(taken), whole, "s", 1 / 50)


def _remove(flow: Flow) -> None:
    _change(flow, Flow.objects.filter(pk=flow.pk).delete)


def _add(flow: Flow) -> None:
    _change(flow, lambda: flow.save(force_insert=True))


def _change(flow: Flow, change: Callable[[], object]) -> None:
    """As a merge does it."""
    with transaction.atomic():
        change()
        Touched.objects.create(key=flow.downstream.key)
        Source.objects.filter(pk=flow.source_id).update(last_good_at=timezone.now())
    actions.recompute(at=timezone.now())
