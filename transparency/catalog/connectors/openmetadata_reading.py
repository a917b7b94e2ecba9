"""Entities of OpenMetadata, one after the other, while they are turned into one graph."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta

from transparency.catalog import limits
from transparency.catalog.connectors import openmetadata_answers as answers
from transparency.catalog.connectors.asked import Asked
from transparency.catalog.connectors.base import Progress
from transparency.catalog.connectors.openlineage_graph import Draft, Span
from transparency.catalog.connectors.openlineage_naming import Named
from transparency.catalog.connectors.openlineage_naming import named as make
from transparency.catalog.connectors.openmetadata_names import Names, parts_of
from transparency.catalog.untrusted import clean_name, shortened

BY = "openmetadata"
KINDS = {"table": "dataset", "topic": "dataset", "container": "dataset", "pipeline": "job", "mlmodel": "model"}
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MASKING = frozenset({"hash", "md5", "sha1", "sha2", "sha256", "sha512", "mask", "redact", "tokenize", "hmac"})
# Not the least and the greatest: each is somebody's own value.
AGGREGATING = frozenset({"count", "sum", "avg", "average", "median", "stddev", "variance", "approx_count_distinct"})


class Reading(Asked):
    """What is known by its id and by its full name comes first: lineage names things by these.

    A catalog says what is so today, not when data last went along: what it tells of was seen today.
    """

    def __init__(self, names: Names, at: datetime, progress: Progress) -> None:
        super().__init__(at, progress)
        today = at.replace(hour=0, minute=0, second=0, microsecond=0)
        self.names, self.span = names, Span(today, today)
        self.named: dict[str, Named] = {}
        self.by_name: dict[str, Named] = {}

    def know(self, kind: str, told: answers.Described) -> None:
        try:
            named = self.names.named(KINDS[kind], told.fully_qualified_name, told.service_type)
        except ValueError as bad:
            self.fault("name", told.fully_qualified_name, f"{shortened(str(bad), 200)} It was left out.")
            return
        if not told.deleted:
            self.named[told.id] = self.by_name[told.fully_qualified_name] = named

    def take(self, told: answers.Described) -> None:
        """Put in what is said of one entity, columns and features included."""
        key = self._key(told.id)
        if key is None:
            return
        named, draft = self.named[told.id], self.graph.assets[key]
        self._say(draft, told.updated_at, told.description, told.tags)
        draft.know({"service": clean_name(told.service_type)} if told.service_type else {})
        for column, path in self._columns(key, told):
            self._column(named, column, path, told.updated_at)
        for feature in (told.ml_features or ()) if isinstance(told, answers.MlModel) else ():
            self._feature(named, feature, told.updated_at)

    def flows(self, told: answers.Described, lineage: answers.Lineage) -> None:
        """What flows into one entity."""
        others = {one.id: one for one in (*(lineage.nodes or ()), lineage.entity)}
        for edge in lineage.upstream_edges or ():
            if edge.to_entity != told.id:
                continue
            upstream, downstream = self._end(edge.from_entity, others), self._key(told.id)
            if upstream and downstream:
                self._flow(upstream, downstream, edge.lineage_details or answers.Details())

    def _flow(self, upstream: str, downstream: str, details: answers.Details) -> None:
        via = self._job(details.pipeline)
        self.graph.flow(upstream, downstream, via, self.span, transformation=clean_name(details.source or ""))
        if via:
            self.graph.flow(upstream, via, via, self.span)
        for made in details.columns_lineage or ():
            target = self._column_called(made.to_column or "")
            done = (made.function or "").partition("(")[0].strip().casefold()
            how = {"masking": done in MASKING, "aggregating": done in AGGREGATING}
            for source in filter(None, map(self._column_called, made.from_columns or ())):
                words = clean_name(made.function or "")
                if target:
                    self.graph.flow(source, target, via, self.span, transformation=words, **how)

    def _job(self, pipeline: answers.Reference | None) -> str | None:
        """The key of the job that a flow goes by, where it is still there: a flow remembers the one that drew it."""
        named = self.named.get(pipeline.id) if pipeline else None
        return self._key(pipeline.id) if pipeline and named and named.kind == "job" else None

    def _end(self, id_: str, others: dict[str, answers.Reference]) -> str | None:
        """The key of one end of a flow. Of what is deleted, and of dashboards and the like, which are no data, there
        is none."""
        if id_ in self.named:
            return self._key(id_)
        other = others.get(id_)
        if other is not None and other.deleted:
            return None
        if other is None or (other.type in KINDS and not other.fully_qualified_name):
            self.fault("missing", id_, "A flow comes from something that OpenMetadata doesn't name. It was left out.")
        elif other.type in KINDS:
            self.fault("missing", other.fully_qualified_name or "", "A flow comes from something that is in no list.")
        return None

    def _key(self, id_: str) -> str | None:
        named = self.named.get(id_)
        return self.mention(named, self.span, named.namespace, named.name) if named else None

    def _columns(self, key: str, told: answers.Described) -> Iterator[tuple[answers.Column, str]]:
        columns: Iterable[answers.Column] | None = None
        if isinstance(told, answers.Table):
            columns = told.columns
        elif isinstance(told, answers.Topic) and told.message_schema:
            columns = told.message_schema.schema_fields
        elif isinstance(told, answers.Container) and told.data_model:
            columns = told.data_model.columns
        for number, found in enumerate(_flattened(columns or ())):
            if number == limits.ITEMS:
                self.fault("list.size", key, f"More than {limits.ITEMS:,} columns; the first of them were taken.")
                return
            yield found

    def _column(self, named: Named, told: answers.Column, path: str, at: int) -> None:
        key = self.graph.column(named, path, self.span)
        if key:
            draft = self.graph.assets[key]
            self._say(draft, at, told.description, told.tags)
            draft.know({"type": clean_name(told.data_type)} if told.data_type else {})

    def _feature(self, model: Named, told: answers.Feature, at: int) -> None:
        """An input of a model, and the columns that it is worked out from."""
        feature = make("feature", model.namespace, f"{model.name}.{told.name}")
        key = self.mention(feature, self.span, feature.namespace, feature.name)
        if key is None:
            return
        self._say(self.graph.assets[key], at, told.description, told.tags)
        self.graph.flow(key, model.key, None, self.span)
        for source in told.feature_sources or ():
            found = self._source(source)
            if found:
                self.graph.flow(found, key, None, self.span)

    def _source(self, told: answers.FeatureSource) -> str | None:
        """The column where it is named, else the table."""
        table = self.named.get(told.data_source.id) if told.data_source else None
        if table is None:
            return self._column_called(told.fully_qualified_name or "")
        self._key(told.data_source.id) if told.data_source else None
        return self.graph.column(table, told.name, self.span) if told.name else table.key

    def _column_called(self, full_name: str) -> str | None:
        """The column of that full name, in a table that a list held."""
        head, dot, last = full_name.rpartition(".")
        column = last
        while dot:
            if named := self.by_name.get(head):
                self.graph.mention(named, self.span)
                return self.graph.column(named, ".".join(parts_of(column)), self.span)
            head, dot, last = head.rpartition(".")
            column = f"{last}.{column}"
        return None

    def _say(self, draft: Draft, at: int, description: str | None, labels: list[answers.TagLabel] | None) -> None:
        """Confirmed tags and terms count; what OpenMetadata only suggests is kept as a fact, for people to see."""
        told = labels or []
        sure = [one for one in told if one.state.casefold() != "suggested"]
        self.describe(draft, _moment(at), description, [one.tag for one in sure if not _is_term(one)], BY)
        draft.terms = tuple(clean_name(one.tag)[: limits.IDENTIFIER] for one in sure if _is_term(one))
        suggested = sorted(clean_name(one.tag)[: limits.IDENTIFIER] for one in told if one not in sure)
        draft.know({"suggested tags": suggested} if suggested else {})


def _flattened(columns: Iterable[answers.Column], above: str = "") -> Iterator[tuple[answers.Column, str]]:
    for column in columns:
        path = f"{above}.{column.name}" if above else column.name
        yield column, path
        yield from _flattened(column.children or (), path)


def _is_term(label: answers.TagLabel) -> bool:
    return label.source.casefold() == "glossary"


def _moment(milliseconds: int) -> datetime:
    try:
        return EPOCH + timedelta(milliseconds=milliseconds)
    except OverflowError:
        return EPOCH
