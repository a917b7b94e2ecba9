"""What each facet says about the thing it sits on. One reader per facet, in one table."""

from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

import msgspec

from transparency.catalog import limits
from transparency.catalog.connectors import openlineage_events as events
from transparency.catalog.connectors import openlineage_naming as naming
from transparency.catalog.connectors.openlineage_graph import Graph, Span
from transparency.catalog.connectors.openlineage_naming import Named
from transparency.catalog.untrusted import clean_json, clean_name, clean_text

OTHER = ""
AGGREGATION = "AGGREGATION"
_UNTRUE = {"false", "no", "0"}
_TRUE = {"", "true", "yes", "1"}


def read_facet(graph: Graph, facet: str, value: bytes, named: Named, job: Named | None, span: Span) -> None:
    """Put what the facet says into the graph."""
    kind, read = _READERS[facet]
    read(graph, msgspec.json.decode(value, type=kind), named, job, span)


def _schema(graph: Graph, facet: events.SchemaFacet, named: Named, _: Named | None, span: Span) -> None:
    for position, (path, seen) in enumerate(_flattened(facet.fields or []), start=1):
        key = graph.column(named, path, span)
        if key is None:
            continue
        draft = graph.assets[key]
        draft.state(span.last)
        draft.know(_shape(position, seen.type or ""))
        draft.description = clean_text(seen.description or "") or draft.description


@lru_cache(maxsize=4_096)
def _shape(position: int, kind: str) -> Mapping[str, Any]:
    """What a schema tells of a column; many columns are alike, and share it."""
    return {"position": position, "type": clean_text(kind)} if kind else {"position": position}


def _flattened(fields: list[events.SchemaField], above: str = "") -> Iterator[tuple[str, events.SchemaField]]:
    """Columns and the columns inside them: ``address`` and ``address.city``."""
    for seen in fields:
        path = f"{above}.{seen.name}" if above else seen.name
        yield path, seen
        yield from _flattened(seen.fields or [], path)


def _column_lineage(
    graph: Graph, facet: events.ColumnLineageFacet, named: Named, job: Named | None, span: Span
) -> None:
    """The flow of each column, and of its dataset: who knows nothing of columns still sees the datasets connected."""
    job_key = job.key if job else None
    sources = _Sources(graph, span)
    tables: dict[tuple[str, str, bool], None] = {}
    for column, told in (facet.fields or {}).items():
        downstream = graph.column(named, column, span)
        for seen in told.input_fields or []:
            ways = _ways(seen, told, whole=False)
            tables[seen.namespace, seen.name, ways[0].direct] = None
            _column_flows(graph, sources[seen.namespace, seen.name, seen.field], ways, downstream, job_key, span)
    for seen in facet.dataset or []:
        ways = _ways(seen, events.ColumnFields(), whole=True)
        tables[seen.namespace, seen.name, ways[0].direct] = None
        _column_flows(graph, sources[seen.namespace, seen.name, seen.field], ways, named.key, job_key, span)
    for namespace, name, direct in tables:
        graph.flow(graph.mention(naming.dataset(namespace, name), span), named.key, job_key, span, direct=direct)


class _Sources(dict[tuple[str, str, str], str | None]):
    """The columns that one statement takes from: each is looked up once, though many others may be made of it."""

    def __init__(self, graph: Graph, span: Span) -> None:
        super().__init__()
        self._graph, self._span = graph, span

    def __missing__(self, place: tuple[str, str, str]) -> str | None:
        namespace, name, column = place
        key = self[place] = self._graph.column(naming.dataset(namespace, name), column, self._span)
        return key


def _lineage(graph: Graph, facet: events.LineageFacet, named: Named, job: Named | None, span: Span) -> None:
    """Explicit lineage: told by a job of each thing that it names, by anything else of itself."""
    if named.kind != "job":
        _flows_into(graph, facet, named, job, span)
        return
    for entry in facet.entries or []:
        target = _meant(entry, named)
        if target:
            graph.mention(target, span)
            _flows_into(graph, entry, target, named, span)


def _meant(told: events.LineageEntry | events.LineageInput, own: Named | None) -> Named | None:
    """The dataset or job that is meant; a job without a name is the event's own."""
    is_job = (told.type or "").upper() == "JOB"
    if told.namespace and told.name:
        return (naming.job if is_job else naming.dataset)(told.namespace, told.name)
    return own if is_job else None


def _flows_into(graph: Graph, told: events.Target, target: Named, job: Named | None, span: Span) -> None:
    for seen in told.inputs or []:
        _explicit_flow(graph, seen, target.key, target.key, job, span)
    for column, entry in (told.fields or {}).items():
        downstream = graph.column(target, column, span)
        for seen in entry.inputs or []:
            _explicit_flow(graph, seen, downstream, target.key, job, span)


def _explicit_flow(
    graph: Graph, seen: events.LineageInput, downstream: str | None, whole: str, job: Named | None, span: Span
) -> None:
    """The flow as it is told, and that of the whole things: who knows nothing of columns still sees them connected."""
    source = _meant(seen, job)
    if source is None:
        return
    key, job_key = graph.mention(source, span), job.key if job else None
    has_field = seen.field is not None and source.kind != "job"
    upstream = graph.column(source, seen.field, span) if has_field and seen.field else key
    # A field of the source that affects the whole target decides about its rows; its values don't go on.
    ways = _ways(seen, events.ColumnFields(), whole=has_field and downstream == whole)
    for way in ways:
        if upstream is not None and downstream is not None:
            graph.flow(upstream, downstream, job_key, span, *way)
    if (upstream, downstream) != (key, whole):
        graph.flow(key, whole, job_key, span, direct=ways[0].direct)


def _column_flows(
    graph: Graph, upstream: str | None, ways: "Ways", downstream: str | None, job_key: str | None, span: Span
) -> None:
    if upstream is None or downstream is None:
        return
    for way in ways:
        graph.flow(upstream, downstream, job_key, span, *way)


class Way(NamedTuple):
    """Whether the values themselves go on or were only looked at, whether masked or aggregated, and the description."""

    direct: bool
    masking: bool
    words: str
    aggregating: bool


Ways = tuple[Way, ...]


def _ways(seen: events.InputField | events.LineageInput, told: events.ColumnFields, whole: bool) -> Ways:
    """Up to two: one of the steps that carry the values on, then one of those that only look at them."""
    if not seen.transformations:
        kind = told.transformation_type
        words = _words(kind, told.transformation_description)
        word = (kind or "").upper()
        return (Way(not whole, word == "MASKED", words, word == AGGREGATION),)
    return _together(seen.transformations)


@lru_cache(maxsize=4_096)
def _together(steps: tuple[events.Transformation, ...]) -> Ways:
    ways = []
    for direct in (True, False):
        alike = [step for step in steps if ((step.type or "").upper() != "INDIRECT") is direct]
        if alike:
            words = "; ".join(sorted({_words(step.subtype or step.type, step.description) for step in alike}))
            aggregating = all((step.subtype or "").upper() == AGGREGATION for step in alike)
            ways.append(Way(direct, all(step.masking for step in alike), words, aggregating))
    return tuple(ways)


def _words(kind: str | None, description: str | None) -> str:
    return clean_name(": ".join(part for part in (kind, description) if part))


def _symlinks(graph: Graph, facet: events.SymlinksFacet, named: Named, _: Named | None, span: Span) -> None:
    for other in facet.identifiers or []:
        graph.alias(naming.dataset(other.namespace, other.name).key, named.key, "symlink", span.last)


def _lifecycle(graph: Graph, facet: events.LifecycleFacet, named: Named, _: Named | None, span: Span) -> None:
    change, before = clean_name(facet.lifecycle_state_change).upper(), facet.previous_identifier
    draft = graph.assets[named.key]
    draft.state(span.last)
    draft.know({"lifecycle": {"change": change, "at": span.last.isoformat()}})
    if change == "RENAME" and before:
        graph.alias(naming.dataset(before.namespace, before.name).key, named.key, "rename", span.last)


def _tags(graph: Graph, facet: events.TagsFacet, named: Named, _: Named | None, span: Span) -> None:
    """Tags of the thing and of its columns. Who tags it anew replaces their own tags, not those of others."""
    told: dict[tuple[str, str], list[str]] = {}
    for tag in facet.tags or []:
        told.setdefault((tag.field or "", tag.source or ""), []).extend(_tag_text(tag))
    for (column, source), tags in told.items():
        key = graph.column(named, column, span) if column else named.key
        if key is not None:
            graph.assets[key].state(span.last)
            graph.assets[key].tag(source, tags)


def _tag_text(tag: events.Tag) -> Iterator[str]:
    """``pii`` where the value only says yes, nothing where it says no, ``key:value`` otherwise."""
    value = (tag.value or "").strip()
    if value.casefold() in _TRUE:
        yield clean_name(tag.key)
    elif value.casefold() not in _UNTRUE:
        yield clean_name(f"{tag.key}:{value}")


def _ownership(graph: Graph, facet: events.OwnershipFacet, named: Named, _: Named | None, span: Span) -> None:
    draft = graph.assets[named.key]
    draft.state(span.last)
    draft.know({"owners": [clean_name(owner.name) for owner in facet.owners or []]})


def _documentation(graph: Graph, facet: events.DocumentationFacet, named: Named, _: Named | None, span: Span) -> None:
    draft = graph.assets[named.key]
    draft.state(span.last)
    draft.description = clean_text(facet.description or "") or draft.description


def _dataset_type(graph: Graph, facet: events.TypeFacet, named: Named, _: Named | None, span: Span) -> None:
    draft = graph.assets[named.key]
    draft.state(span.last)
    draft.know({"type": clean_name("/".join(part for part in (facet.dataset_type, facet.sub_type) if part))})


def _job_type(graph: Graph, facet: events.JobTypeFacet, named: Named, _: Named | None, span: Span) -> None:
    parts = (facet.integration, facet.job_type, facet.processing_type)
    draft = graph.assets[named.key]
    draft.state(span.last)
    draft.know({"type": clean_name("/".join(part for part in parts if part))})


def _other(graph: Graph, facet: dict[str, Any], named: Named, _: Named | None, span: Span) -> None:
    """A facet that we know nothing about is kept as it came, if it isn't long."""
    draft = graph.assets[named.key]
    draft.state(span.last)
    shown = {clean_name(name): clean_json(value) for name, value in facet.items() if _is_shown(name, value)}
    draft.know({"facets": {**draft.facts.get("facets", {}), **shown}})


def shown_as(value: bytes) -> tuple[str, bool]:
    """The name under which a facet that we know nothing about is kept, and whether it is, or too long for that."""
    ((name, facet),) = msgspec.json.decode(value, type=dict[str, Any]).items()
    return clean_name(name), _is_shown(name, facet)


def _is_shown(name: str, facet: object) -> bool:
    return name not in _NOT_KEPT and len(msgspec.json.encode(facet)) <= limits.KEPT_FACET_BYTES


_NOT_KEPT = {"sql", "sourceCode"}
_Reader = Callable[[Graph, Any, Named, Named | None, Span], None]
_READERS: dict[str, tuple[Any, _Reader]] = {
    "schema": (events.SchemaFacet, _schema),
    "columnLineage": (events.ColumnLineageFacet, _column_lineage),
    "lineage": (events.LineageFacet, _lineage),
    "symlinks": (events.SymlinksFacet, _symlinks),
    "tags": (events.TagsFacet, _tags),
    "ownership": (events.OwnershipFacet, _ownership),
    "documentation": (events.DocumentationFacet, _documentation),
    "lifecycleStateChange": (events.LifecycleFacet, _lifecycle),
    "datasetType": (events.TypeFacet, _dataset_type),
    "jobType": (events.JobTypeFacet, _job_type),
    OTHER: (dict[str, Any], _other),
}
# The facets that are read, by their name in JSON: the name of the typed field.
FACETS = {
    "schema": "schema",
    "columnLineage": "column_lineage",
    "lineage": "lineage",
    "symlinks": "symlinks",
    "tags": "tags",
    "ownership": "ownership",
    "documentation": "documentation",
    "lifecycleStateChange": "lifecycle_state_change",
    "datasetType": "dataset_type",
    "jobType": "job_type",
}
