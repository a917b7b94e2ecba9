"""One OpenLineage event: what we read of it, typed; everything the spec doesn't require may be missing."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cache, cached_property
from typing import Annotated, Literal, get_type_hints

import msgspec
from msgspec import Meta, Struct

from transparency.catalog import limits

# Nor may it be blank. A pattern here would say so, and cost three times as much as all the rest of parsing.
Identifier = Annotated[str, Meta(min_length=1, max_length=limits.IDENTIFIER)]
State = Literal["START", "RUNNING", "COMPLETE", "ABORT", "FAIL", "OTHER"]


class SchemaField(Struct, omit_defaults=True):
    name: Identifier
    type: str | None = None
    description: str | None = None
    fields: list["SchemaField"] | None = None


class SchemaFacet(Struct, omit_defaults=True):
    fields: list[SchemaField] | None = None


class Transformation(Struct, omit_defaults=True, frozen=True):
    type: str | None = None
    subtype: str | None = None
    description: str | None = None
    masking: bool | None = None


class InputField(Struct, omit_defaults=True):
    namespace: Identifier
    name: Identifier
    field: Identifier
    transformations: tuple[Transformation, ...] | None = None


class ColumnFields(Struct, omit_defaults=True, rename="camel"):
    input_fields: list[InputField] | None = None
    transformation_description: str | None = None
    transformation_type: str | None = None


class ColumnLineageFacet(Struct, omit_defaults=True):
    fields: dict[Identifier, ColumnFields] | None = None
    dataset: list[InputField] | None = None


class LineageInput(Struct, omit_defaults=True):
    """Where data comes from; a job without a name is the event's own."""

    type: str | None = None
    namespace: Identifier | None = None
    name: Identifier | None = None
    field: Identifier | None = None
    transformations: tuple[Transformation, ...] | None = None


class LineageField(Struct, omit_defaults=True):
    inputs: list[LineageInput] | None = None


class Target(Struct, omit_defaults=True):
    """What flows into one thing: into the whole of it, and into its fields."""

    inputs: list[LineageInput] | None = None
    fields: dict[Identifier, LineageField] | None = None


class LineageEntry(Target, omit_defaults=True):
    type: str | None = None
    namespace: Identifier | None = None
    name: Identifier | None = None


class LineageFacet(Target, omit_defaults=True):
    """Explicit lineage (LineageFacet.json): of a dataset what flows into it, of a job ``entries``, one a target."""

    entries: list[LineageEntry] | None = None


class Identified(Struct, omit_defaults=True):
    namespace: Identifier
    name: Identifier


class SymlinksFacet(Struct, omit_defaults=True):
    identifiers: list[Identified] | None = None


class Tag(Struct, omit_defaults=True):
    key: Identifier
    value: str | None = None
    source: str | None = None
    field: str | None = None


class TagsFacet(Struct, omit_defaults=True):
    tags: list[Tag] | None = None


class Owner(Struct, omit_defaults=True):
    name: str
    type: str | None = None


class OwnershipFacet(Struct, omit_defaults=True):
    owners: list[Owner] | None = None


class DocumentationFacet(Struct, omit_defaults=True):
    description: str | None = None


class LifecycleFacet(Struct, omit_defaults=True, rename="camel"):
    lifecycle_state_change: str
    previous_identifier: Identified | None = None


class TypeFacet(Struct, omit_defaults=True, rename="camel"):
    dataset_type: str | None = None
    sub_type: str | None = None


class JobTypeFacet(Struct, omit_defaults=True, rename="camel"):
    processing_type: str | None = None
    integration: str | None = None
    job_type: str | None = None


class DatasetFacets(Struct, rename="camel"):
    schema: SchemaFacet | None = None
    column_lineage: ColumnLineageFacet | None = None
    lineage: LineageFacet | None = None
    symlinks: SymlinksFacet | None = None
    tags: TagsFacet | None = None
    ownership: OwnershipFacet | None = None
    documentation: DocumentationFacet | None = None
    lifecycle_state_change: LifecycleFacet | None = None
    dataset_type: TypeFacet | None = None


class JobFacets(Struct, rename="camel"):
    lineage: LineageFacet | None = None
    tags: TagsFacet | None = None
    ownership: OwnershipFacet | None = None
    documentation: DocumentationFacet | None = None
    job_type: JobTypeFacet | None = None


class ParentFacet(Struct):
    job: Identified


class RunFacets(Struct):
    parent: ParentFacet | None = None


class Dataset(Identified):
    facets: DatasetFacets | None = None


class Job(Identified):
    facets: JobFacets | None = None


class Run(Struct, rename="camel"):
    run_id: Identifier
    facets: RunFacets | None = None


class Body(Struct, rename="camel"):
    """The three kinds of event in one: which one it is follows from what it holds."""

    event_time: str
    event_type: State | None = None
    producer: str | None = None
    run: Run | None = None
    job: Job | None = None
    dataset: Dataset | None = None
    inputs: list[Dataset] = []
    outputs: list[Dataset] = []


RawFacets = dict[str, msgspec.Raw]


class Holder(Struct):
    """Whatever carries facets, without looking into them."""

    facets: RawFacets | None = None


class Told(Struct):
    """An event by the things that carry facets."""

    run: Holder | None = None
    job: Holder | None = None
    dataset: Holder | None = None
    inputs: list[Holder] = []
    outputs: list[Holder] = []


_told = msgspec.json.Decoder(Told)


@cache
def identifiers(kind: type[Struct]) -> frozenset[str]:
    """The fields of a type that hold names, of which none may be blank."""
    hints = get_type_hints(kind, include_extras=True)
    return frozenset(field for field, hint in hints.items() if hint in (Identifier, Identifier | None))


@dataclass(frozen=True)
class Event:
    """One event that passed every check. ``data`` is its JSON as it came."""

    body: Body
    data: bytes
    at: datetime
    digest: bytes

    @cached_property
    def told(self) -> "Told":
        """Its facets as they came, unread: most are known by type, and the others are seldom looked at."""
        return _told.decode(self.data)

    def datasets(self) -> Iterator[tuple[Dataset, RawFacets]]:
        """Every dataset it mentions, each with its facets as they came."""
        told = self.told
        pairs = [(self.body.dataset, told.dataset)] if self.body.dataset and told.dataset else []
        pairs += zip(self.body.inputs, told.inputs, strict=True)
        pairs += zip(self.body.outputs, told.outputs, strict=True)
        return ((dataset, raw.facets or {}) for dataset, raw in pairs)
