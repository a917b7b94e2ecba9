"""dbt: what a project builds from what, read from the files that ``dbt build`` and ``dbt docs generate`` leave.

Models, seeds, snapshots and sources are datasets, named as OpenLineage names them, so that they meet what pipelines
post about the same warehouse. Each model is also a job. An exposure is a model where dbt calls it ``ml``, else a job.
dbt writes no lineage of columns: flows are between tables, and the observations that rest on them say so.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

import msgspec

from transparency.catalog import limits
from transparency.catalog.connectors import openlineage_naming as naming
from transparency.catalog.connectors.base import Progress, SeenFault, Snapshot, SourceUnreadable, why_nothing
from transparency.catalog.connectors.dbt_artifacts import Catalog, CatalogNode, Column, Exposure, Manifest, Node
from transparency.catalog.connectors.files import located, whole_file
from transparency.catalog.connectors.openlineage_graph import Draft, Graph, Span
from transparency.catalog.connectors.openlineage_naming import Named
from transparency.catalog.untrusted import clean_name, clean_text, shortened

JOBS = "dbt"  # the namespace in which dbt's OpenLineage integration names its jobs, unless told otherwise
TABLES = frozenset({"model", "seed", "snapshot", "source"})
VERSIONS = range(4, 13)
PARTS = ("nodes", "sources", "exposures")
# Without these two a table's name has fewer parts than OpenLineage gives it.
WITHOUT_DATABASE = frozenset({"spark", "glue", "clickhouse"})
Part = TypeVar("Part")
File = TypeVar("File", Manifest, Catalog)


@dataclass
class DbtFiles:
    """The folder with ``manifest.json`` and, if there is one, ``catalog.json``. ``at`` is now.

    ``namespace`` is how OpenLineage calls the warehouse, e.g. ``snowflake://acme``: dbt's files don't say. A part that
    can't be used is noted as a fault; the rest counts, but the snapshot isn't complete then.
    """

    location: str
    namespace: str
    root: Path
    at: datetime

    def read(self, progress: Progress) -> Snapshot:
        folder = located(self.location, self.root)
        progress("Reading manifest.json", 0, None)
        manifest = _decoded(folder / "manifest.json", Manifest)
        reading = _Reading(manifest, self.namespace, _generated(manifest, self.at))
        if (folder / "catalog.json").exists():
            progress("Reading catalog.json", 0, None)
            reading.describe_columns(_decoded(folder / "catalog.json", Catalog))
        return reading.snapshot(progress)


class _Reading:
    """One manifest while it is turned into a graph."""

    def __init__(self, manifest: Manifest, namespace: str, at: datetime) -> None:
        self.faults: set[SeenFault] = set()
        self.span = Span(at, at)
        self.project = manifest.metadata.project_name or ""
        self.adapter = manifest.metadata.adapter_type or ""
        self.namespace = namespace or f"{self.adapter or 'dbt'}://{self.project}".removesuffix("://")
        self.nodes = {key: node for key, node in self._typed(manifest, PARTS[:2], Node) if node.resource_type in TABLES}
        self.exposures = dict(self._typed(manifest, PARTS[2:], Exposure))
        self.stored: dict[str, CatalogNode] = {}
        if len(self.nodes) + len(self.exposures) == 0:
            nothing = "manifest.json names no model, source or exposure that can be used."
            raise SourceUnreadable(nothing + why_nothing(self.faults))

    def describe_columns(self, catalog: Catalog) -> None:
        self.stored = dict(self._typed(catalog, PARTS[:2], CatalogNode))

    def snapshot(self, progress: Progress) -> Snapshot:
        graph = Graph(faults=set())
        for done, (key, node) in enumerate(self.nodes.items()):
            progress("Reading models", done, len(self.nodes))
            self._table(graph, key, node)
        for exposure in self.exposures.values():
            self._exposure(graph, exposure)
        graph.faults |= self.faults
        return graph.snapshot(complete=not self.faults)

    def _typed(self, file: Manifest | Catalog, parts: Iterable[str], kind: type[Part]) -> Iterator[tuple[str, Part]]:
        for part in parts:
            for key, raw in getattr(file, part).items():
                try:
                    yield key, msgspec.json.decode(raw, type=kind)
                except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as fault:
                    pointer = f"/{part}/{shortened(key.replace('~', '~0').replace('/', '~1'), 200)}"
                    self.faults.add(SeenFault("part", pointer, f"{shortened(str(fault), 300)}. It was left out."))

    def _named(self, node: Node) -> Named:
        name = node.identifier or node.alias or node.name
        database = None if self.adapter in WITHOUT_DATABASE else node.database
        return naming.dataset(self.namespace, ".".join(part for part in (database, node.schema, name) if part))

    def _table(self, graph: Graph, key: str, node: Node) -> None:
        named = self._named(node)
        self._describe(graph.assets[graph.mention(named, self.span)], node.description, _tags(node))
        for column in self._columns(key, node):
            column_key = graph.column(named, column.name, self.span)
            if column_key:
                self._describe(graph.assets[column_key], column.description, _tags(column), column.data_type)
        if node.depends_on.nodes:
            parts = (node.database, node.schema, node.package_name or self.project, node.name)
            job = naming.job(JOBS, ".".join(part for part in parts if part))
            graph.mention(job, self.span)
            graph.run(job, self._upstream(key, node.depends_on.nodes), [named], [], self.span)

    def _exposure(self, graph: Graph, exposure: Exposure) -> None:
        name = f"{self.project}.{exposure.name}".strip(".")
        target = naming.dataset(f"model://{JOBS}", name) if exposure.type == "ml" else naming.job(JOBS, name)
        draft = graph.assets[graph.mention(target, self.span)]
        self._describe(draft, exposure.description, _tags(exposure))
        owner = exposure.owner.name or exposure.owner.email
        draft.know({"exposure": clean_name(exposure.type), "owners": [clean_name(str(owner))] if owner else []})
        for upstream in self._upstream(name, exposure.depends_on.nodes):
            graph.flow(upstream.key, target.key, None, self.span)

    def _upstream(self, of: str, keys: Iterable[str]) -> list[Named]:
        """The tables that something is built from; macros, metrics and the like hold no data of their own."""
        missing = [key for key in keys if key not in self.nodes and key.partition(".")[0] in TABLES]
        for key in missing:
            message = f"It is built from {shortened(key, 200)}, which the manifest doesn't describe."
            self.faults.add(SeenFault("missing", f"/nodes/{shortened(of, 200)}/depends_on", message))
        return [self._named(self.nodes[key]) for key in keys if key in self.nodes]

    def _columns(self, key: str, node: Node) -> list[Column]:
        """Those that dbt documents and those that the database has, which may be spelt in another case."""
        told = {column.name.casefold(): column for column in node.columns.values()}
        stored = self.stored[key].columns.values() if key in self.stored else ()
        for found in sorted(stored, key=lambda column: column.index):
            known = told.get(found.name.casefold(), Column(found.name))
            known.name, known.data_type = found.name, found.type or known.data_type
            known.description = known.description or found.comment
            told[found.name.casefold()] = known
        if len(told) > limits.ITEMS:
            message = f"{len(told):,} columns; the first {limits.ITEMS:,} were taken."
            self.faults.add(SeenFault("list.size", f"/nodes/{shortened(key, 200)}/columns", message))
        return list(told.values())[: limits.ITEMS]

    def _describe(self, draft: Draft, description: str | None, tags: list[str], type_: str | None = None) -> None:
        draft.state(self.span.last)
        draft.description = clean_text(description or "")[: limits.DESCRIPTION]
        draft.tag(JOBS, tags)
        draft.know({"type": clean_name(type_)[: limits.IDENTIFIER]} if type_ else {})


def _decoded(path: Path, kind: type[File]) -> File:
    data = whole_file(path, limits.MANIFEST_BYTES)
    try:
        found = msgspec.json.decode(data, type=kind)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as fault:
        message = f"{path.name} can't be read: {shortened(str(fault), 200)}."
        raise SourceUnreadable(message, retryable=isinstance(fault, msgspec.DecodeError)) from fault
    version = re.fullmatch(r".*/dbt/(manifest|catalog)/v(\d{1,3})\.json", found.metadata.dbt_schema_version)
    if not version or (version[1] == "manifest" and int(version[2]) not in VERSIONS):
        told = shortened(found.metadata.dbt_schema_version, 100)
        raise SourceUnreadable(f"{path.name} is of the form “{told}”; manifests of v4 to v12 can be read.")
    return found


def _generated(manifest: Manifest, now: datetime) -> datetime:
    told = manifest.metadata.generated_at
    try:
        moment = datetime.fromisoformat(told)
    except ValueError as fault:
        raise SourceUnreadable(f"manifest.json says it was generated at “{shortened(told, 60)}”.") from fault
    moment = moment.replace(tzinfo=moment.tzinfo or UTC)
    if moment > now + timedelta(minutes=limits.AHEAD_MINUTES):
        raise SourceUnreadable(f"manifest.json says it was generated in the future, at {moment.isoformat()}.")
    return moment


def _tags(described: Node | Column | Exposure) -> list[str]:
    """Tags, and ``meta`` as tags: ``pii`` for ``pii: true``, ``kind:email`` for ``kind: email``."""
    config = described.config
    given = [*described.tags, *([config.tags] if isinstance(config.tags, str) else config.tags)]
    told = (tag for name, value in (described.meta | config.meta).items() for tag in _told(name, value))
    return sorted({clean_name(tag)[: limits.IDENTIFIER] for tag in (*given, *told) if tag.strip()})


def _told(name: str, value: object) -> Iterator[str]:
    if value is True:
        yield name
    elif isinstance(value, list):
        yield from (tag for item in value for tag in _told(name, item))
    elif isinstance(value, str | int | float) and value is not False:
        yield f"{name}:{value}"
