"""What OpenMetadata answers, as far as we read it. Pure: what is not named here is skipped, unread."""

from typing import Annotated, Any, Generic, TypeVar

from msgspec import Meta, Struct
from msgspec import field as named

from transparency.catalog import limits

Name = Annotated[str, Meta(min_length=1, max_length=limits.TEXT)]
Entity = TypeVar("Entity")


class Reference(Struct, rename="camel"):
    """Another entity. Lineage names those too that are ``deleted``, which no list holds."""

    id: Name
    type: str
    name: str | None = None
    fully_qualified_name: str | None = None
    deleted: bool | None = None


class Via(Struct, rename="camel"):
    id: str | None = None
    fully_qualified_name: str | None = None


class TagLabel(Struct, rename="camel"):
    """A tag or a glossary term; ``state`` is Suggested where nobody has confirmed it yet."""

    tag: Name = named(name="tagFQN")
    source: str = "Classification"
    state: str = "Confirmed"


class Column(Struct, rename="camel"):
    name: Name
    data_type: str | None = None
    description: str | None = None
    tags: list[TagLabel] | None = None
    children: "list[Column] | None" = None


class Described(Struct, rename="camel"):
    """What every kind of entity has. ``updated_at`` is in milliseconds since 1970."""

    id: Name
    name: Name
    fully_qualified_name: Name
    updated_at: int
    description: str | None = None
    tags: list[TagLabel] | None = None
    service_type: str | None = None
    deleted: bool = False


class Table(Described, rename="camel", kw_only=True):
    columns: list[Column]


class Schema(Struct, rename="camel"):
    schema_fields: list[Column] | None = None


class Topic(Described, rename="camel"):
    message_schema: Schema | None = None


class Model(Struct, rename="camel"):
    columns: list[Column] | None = None


class Container(Described, rename="camel"):
    data_model: Model | None = None


class Pipeline(Described, rename="camel"):
    pass


class FeatureSource(Struct, rename="camel"):
    name: str | None = None
    fully_qualified_name: str | None = None
    data_source: Reference | None = None


class Feature(Struct, rename="camel"):
    name: Name
    description: str | None = None
    tags: list[TagLabel] | None = None
    feature_sources: list[FeatureSource] | None = None


class MlModel(Described, rename="camel"):
    algorithm: str | None = None
    ml_features: list[Feature] | None = None


class Paging(Struct):
    total: int
    after: str | None = None


class Listing(Struct, Generic[Entity]):
    data: list[Entity]
    paging: Paging


class ColumnLineage(Struct, rename="camel"):
    from_columns: list[str] | None = None
    to_column: str | None = None
    function: str | None = None


class Details(Struct, rename="camel"):
    columns_lineage: list[ColumnLineage] | None = None
    pipeline: Via | None = None
    source: str | None = None


class Edge(Struct, rename="camel"):
    from_entity: Name
    to_entity: Name
    lineage_details: Details | None = None


class Lineage(Struct, rename="camel"):
    entity: Reference
    nodes: list[Reference] | None = None
    upstream_edges: list[Edge] | None = None


class Found(Struct, rename="camel"):
    """One flow into a thing, as the search has it beside that thing. ``pipeline`` may be told of by its name alone."""

    from_entity: Reference
    columns: list[ColumnLineage] | None = None
    pipeline: Via | None = None
    source: str | None = None


class Document(Struct, rename="camel"):
    """A thing in the search. Versions before 1.7 don't have ``upstream_lineage`` there, which isn't to have none."""

    id: Name
    upstream_lineage: list[Found] | None = None


class Hit(Struct):
    document: Document = named(name="_source")
    sort: list[Any] | None = None


class Hits(Struct):
    hits: list[Hit]


class Shards(Struct):
    failed: int = 0


class Searched(Struct):
    """An answer of the search: with status 200 it may be only a part of what is there."""

    hits: Hits
    timed_out: bool = False
    shards: Shards | None = named(default=None, name="_shards")


class Version(Struct):
    version: str
