"""What we read of DataHub's aspects, typed; everything else in them is read past.

Field names are DataHub's own (its metadata model, as GMS answers and as the ``file`` sink writes). What its model
requires is required here as well: were it renamed one day, silence about it would pass for a smaller company.
"""

import msgspec
from msgspec import Struct

Texts = list[str]


class Aspect(Struct, rename="camel"):
    """One aspect of one entity."""


class Stamp(Struct):
    time: float = 0


class Edge(Aspect):
    """The other end of a lineage edge, in the newer form."""

    destination_urn: str


class Status(Aspect):
    removed: bool


class TagOf(Struct):
    tag: str


class Tags(Aspect):
    tags: list[TagOf]


class TermOf(Struct):
    urn: str


class Terms(Aspect):
    terms: list[TermOf]


class TagProperties(Aspect):
    name: str | None = None


class TermInfo(Aspect):
    name: str | None = None


class PropertyOf(Aspect):
    property_urn: str
    values: list[msgspec.Raw]


class StructuredProperties(Aspect):
    properties: list[PropertyOf]


class Owner(Struct):
    owner: str


class Ownership(Aspect):
    owners: list[Owner]


class SubTypes(Aspect):
    type_names: Texts


class Properties(Aspect):
    """Of a dataset, a job, a feature, a table of features, a group or a deployment: what nearly all of them have."""

    description: str | None = None


class Editable(Aspect):
    """What people wrote in DataHub's own pages; it goes before what an ingestion found."""

    description: str | None = None


class SchemaField(Aspect):
    field_path: str
    description: str | None = None
    native_data_type: str | None = None
    global_tags: Tags | None = None
    glossary_terms: Terms | None = None


class Schema(Aspect):
    fields: list[msgspec.Raw]


class EditableSchema(Aspect):
    editable_schema_field_info: list[msgspec.Raw]


class Upstream(Aspect):
    dataset: str
    type: str = ""
    audit_stamp: Stamp = msgspec.field(default_factory=Stamp)
    created: Stamp | None = None


class FineGrained(Aspect):
    """Which columns became which. ``transform_operation`` is free text, ``confidence_score`` from 0 to 1."""

    upstreams: Texts | None = None
    downstreams: Texts | None = None
    transform_operation: str | None = None
    confidence_score: float = 1.0


class UpstreamLineage(Aspect):
    upstreams: list[Upstream]
    fine_grained_lineages: list[FineGrained] | None = None


class Siblings(Aspect):
    siblings: Texts
    primary: bool = False


class JobInputOutput(Aspect):
    """Both forms of each list may be there, and say the same."""

    input_datasets: Texts
    output_datasets: Texts
    input_dataset_edges: list[Edge] | None = None
    output_dataset_edges: list[Edge] | None = None
    input_datajobs: Texts | None = None
    input_datajob_edges: list[Edge] | None = None
    input_dataset_fields: Texts | None = None
    fine_grained_lineages: list[FineGrained] | None = None


class RunInput(Aspect):
    inputs: Texts
    input_edges: list[Edge] | None = None


class RunOutput(Aspect):
    outputs: Texts
    output_edges: list[Edge] | None = None


class RunOf(Aspect):
    """``parent_template`` is the job that a run is one run of."""

    parent_template: str | None = None


class FeatureProperties(Aspect):
    description: str | None = None
    data_type: str | None = None
    sources: Texts | None = None


class FeatureTableProperties(Aspect):
    description: str | None = None
    ml_features: Texts | None = None
    ml_primary_keys: Texts | None = None


class ModelProperties(Aspect):
    description: str | None = None
    type: str | None = None
    ml_features: Texts | None = None
    training_jobs: Texts | None = None
    downstream_jobs: Texts | None = None
    groups: Texts | None = None
    deployments: Texts | None = None


class GroupProperties(Aspect):
    description: str | None = None
    training_jobs: Texts | None = None
    downstream_jobs: Texts | None = None


class BaseData(Struct):
    dataset: str


class TrainingData(Aspect):
    training_data: list[BaseData]


class EvaluationData(Aspect):
    evaluation_data: list[BaseData]
