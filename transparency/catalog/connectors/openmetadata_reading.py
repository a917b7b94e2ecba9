"""Entities of OpenMetadata, one after the other, while they are turned into one graph."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

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
GONE = "Lineage names it, and there is no such column any more. That part of the lineage was left out."


class Into(NamedTuple):
    """One flow, by the keys of its ends and of the job that it goes by."""

    upstream: str
    downstream: str
    via: str | None
    transformation: str = ""
    masking: bool = False
    aggregating: bool = False


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
        self.inside: dict[Named, frozenset[str]] = {}  # columns or features; of what is not in it, nobody tells them

    def know(self, kind: str, told: answers.Described) -> None:
        try:
            named = self.names.named(KINDS[kind], told.fully_qualified_name, told.service_type)
        except ValueError as bad:
            self.fault("name", told.fully_qualified_name, f"{shortened(str(bad), 200)} It was left out.")
            return
        if told.deleted:
            return
        self.named[told.id] = self.by_name[told.fully_qualified_name] = named
        if (inside := _inside(told)) is not None:
            self.inside[named] = frozenset(inside)

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
        """Put in what flows into one entity."""
        for one in self.into(told, lineage):
            self.graph.flow(
                one.upstream,
                one.downstream,
                one.via,
                self.span,
                masking=one.masking,
                transformation=one.transformation,
                aggregating=one.aggregating,
            )

    def into(self, told: answers.Described, lineage: answers.Lineage) -> Iterator[Into]:
        """What flows into one entity, as far as both ends of it are there."""
        others = {one.id: one for one in (*(lineage.nodes or ()), lineage.entity)}
        for edge in lineage.upstream_edges or ():
            if edge.to_entity != told.id:
                continue
            upstream, downstream = self._end(edge.from_entity, others), self._key(told.id)
            if upstream and downstream:
                yield from self._along(upstream, downstream, edge.lineage_details or answers.Details())

    def _along(self, upstream: str, downstream: str, details: answers.Details) -> Iterator[Into]:
        via = self._job(details.pipeline)
        yield Into(upstream, downstream, via, clean_name(details.source or ""))
        if via:
            yield Into(upstream, via, via)
        for made in details.columns_lineage or ():
            target = self._column_called(made.to_column or "")
            done = (made.function or "").partition("(")[0].strip().casefold()
            words, masking, aggregating = clean_name(made.function or ""), done in MASKING, done in AGGREGATING
            for source in filter(None, map(self._column_called, made.from_columns or ())):
                if target:
                    yield Into(source, target, via, words, masking, aggregating)

    def _job(self, pipeline: answers.Via | None) -> str | None:
        """The key of the job that a flow goes by, where it is still there: a flow remembers the one that drew it."""
        if pipeline is None:
            return None
        named = self.named.get(pipeline.id or "") or self.by_name.get(pipeline.fully_qualified_name or "")
        return self._known(named) if named and named.kind == "job" else None

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
        return self._known(self.named.get(id_))

    def _known(self, named: Named | None) -> str | None:
        return self.mention(named, self.span, named.namespace, named.name) if named else None

    def _columns(self, key: str, told: answers.Described) -> Iterator[tuple[answers.Column, str]]:
        for number, found in enumerate(_flattened(_listed(told) or ())):
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
        key = self._known(_feature_of(model, told.name))
        if key is None:
            return
        self._say(self.graph.assets[key], at, told.description, told.tags)
        self.graph.flow(key, model.key, None, self.span)
        for source in told.feature_sources or ():
            found = self._source(source)
            if found:
                self.graph.flow(found, key, None, self.span)

    def _source(self, told: answers.FeatureSource) -> str | None:
        """The column where it is named and there, else the table."""
        table = self.named.get(told.data_source.id) if told.data_source else None
        if table is None:
            return self._column_called(told.fully_qualified_name or "")
        return (self._part(table, told.name) if told.name else None) or self._known(table)

    def _column_called(self, full_name: str) -> str | None:
        """The column of that full name, in a table that a list held; a feature, where it is of a model."""
        head, dot, last = full_name.rpartition(".")
        column = last
        while dot:
            if named := self.by_name.get(head):
                return self._part(named, ".".join(parts_of(column)))
            head, dot, last = head.rpartition(".")
            column = f"{last}.{column}"
        return None

    def _part(self, named: Named, part: str) -> str | None:
        """The key of a column or feature; nothing where there is none of that name any more, which is noted.

        OpenMetadata keeps lineage of columns that are gone. One that is only written otherwise is the one there is.
        """
        there = self.inside.get(named)
        if there is not None and part not in there:
            alike = [one for one in there if one.casefold() == part.casefold()]
            if len(alike) != 1:
                self.remark("column.gone", f"{named.name}.{part}", GONE)
                return None
            part = alike[0]
        if named.kind == "model":
            return self._known(_feature_of(named, part))
        self._known(named)
        return self.graph.column(named, part, self.span)

    def _say(self, draft: Draft, at: int, description: str | None, labels: list[answers.TagLabel] | None) -> None:
        """Confirmed tags and terms count; what OpenMetadata only suggests is kept as a fact, for people to see."""
        told = labels or []
        sure = [one for one in told if one.state.casefold() != "suggested"]
        self.describe(draft, _moment(at), description, [one.tag for one in sure if not _is_term(one)], BY)
        draft.terms = tuple(clean_name(one.tag)[: limits.IDENTIFIER] for one in sure if _is_term(one))
        suggested = sorted(clean_name(one.tag)[: limits.IDENTIFIER] for one in told if one not in sure)
        draft.know({"suggested tags": suggested} if suggested else {})


def _feature_of(model: Named, name: str) -> Named:
    return make("feature", model.namespace, f"{model.name}.{name}")


def _listed(told: answers.Described) -> Iterable[answers.Column] | None:
    """The columns of what has any, as far as OpenMetadata knows them."""
    if isinstance(told, answers.Table):
        return told.columns
    if isinstance(told, answers.Topic) and told.message_schema:
        return told.message_schema.schema_fields
    return told.data_model.columns if isinstance(told, answers.Container) and told.data_model else None


def _inside(told: answers.Described) -> Iterable[str] | None:
    if isinstance(told, answers.MlModel):
        return None if told.ml_features is None else [feature.name for feature in told.ml_features]
    columns = _listed(told)
    return None if columns is None else [path for _, path in _flattened(columns)]


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
