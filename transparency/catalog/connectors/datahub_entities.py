"""What each kind of DataHub's entities adds to the graph.

Tags, glossary terms and structured properties are kept the same way for all; a structured property becomes the tag
``io.acme.kind:email``. An ML feature comes from its sources and goes into its table and its models; a model goes into
its group and its deployments, and comes from what its training jobs read.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import msgspec

from transparency.catalog import limits
from transparency.catalog.connectors import datahub_aspects as aspects
from transparency.catalog.connectors import datahub_urns
from transparency.catalog.connectors.datahub_reading import Reading, Told, state
from transparency.catalog.connectors.datahub_urns import BadUrn, Urn
from transparency.catalog.connectors.openlineage_graph import Draft
from transparency.catalog.connectors.openlineage_naming import Named
from transparency.catalog.keys import dataset_of
from transparency.catalog.untrusted import clean_name, clean_text

DATAHUB = "DataHub"  # who gave the tags
OWNERS = 50  # of one asset
Entity = Mapping[str, Told]


def add(reading: Reading, text: str, told: Entity) -> None:
    """Add one entity with all of its aspects. What can't be used is noted as a fault."""
    reading.added.add(text)
    reading.bound()
    try:
        urn = datahub_urns.parse(text)
        if urn.kind in _NAMES:
            _NAMES[urn.kind](reading, text, told)
        elif urn.kind == "schemaField":
            _field(reading, text, told)
        elif urn.kind == "dataProcessInstance":
            _run(reading, text, told)
        elif urn.kind in _READERS:
            _entity(reading, text, urn, told)
    except BadUrn as bad:
        reading.fault("urn", text, f"{bad} It was left out.")


def is_removed(reading: Reading, text: str, told: Entity) -> bool:
    """Whether DataHub only keeps it to tell that it is gone; from now on the reading knows."""
    status = reading.aspect(text, told, "status", aspects.Status)
    if status and status.removed:
        reading.removed.add(reading.names.named(datahub_urns.parse(text)).key)
        return True
    return False


def _entity(reading: Reading, text: str, urn: Urn, told: Entity) -> None:
    if is_removed(reading, text, told):
        return
    if named := reading.named(urn):
        reading.live.add(named.key)
        draft = reading.graph.assets[named.key]
        state(reading, draft, told)
        _describe(reading, text, told, draft)
        _READERS[urn.kind](reading, text, told, named)


def _describe(reading: Reading, text: str, told: Entity, draft: Draft) -> None:
    tags = reading.aspect(text, told, "globalTags", aspects.Tags)
    terms = reading.aspect(text, told, "glossaryTerms", aspects.Terms)
    owners = reading.aspect(text, told, "ownership", aspects.Ownership)
    types = reading.aspect(text, told, "subTypes", aspects.SubTypes)
    _mark(reading, draft, tags, terms)
    draft.tag(DATAHUB, [*draft.tags[DATAHUB], *_properties(reading, text, told)])
    if owners:
        draft.know({"owners": [clean_name(datahub_urns.short(one.owner)) for one in owners.owners[:OWNERS]]})
    if types:
        draft.know({"type": clean_name("/".join(types.type_names))[: limits.IDENTIFIER]})


def _mark(reading: Reading, draft: Draft, tags: aspects.Tags | None, terms: aspects.Terms | None) -> None:
    """Tags and terms, beside those that are known from elsewhere."""
    draft.tag(DATAHUB, [*draft.tags.get(DATAHUB, ()), *(reading.tags(one.tag for one in tags.tags) if tags else ())])
    draft.terms += tuple(reading.tags(one.urn for one in terms.terms) if terms else ())


def _properties(reading: Reading, text: str, told: Entity) -> Iterator[str]:
    found = reading.aspect(text, told, "structuredProperties", aspects.StructuredProperties)
    for one in found.properties if found else ():
        for value in one.values:
            if (said := _said(reading.decoded(f"{text} structuredProperties", value, Any))) is not None:
                tag = f"{datahub_urns.short(one.property_urn)}:{said}"
                yield clean_name(tag)[: limits.IDENTIFIER]


def _said(told: object) -> str | None:
    """A text or a number, bare or wrapped in the name of its type, as either form of DataHub's JSON has it."""
    if isinstance(told, dict):
        told = next(iter(told.values()), None)
    if isinstance(told, str):
        return datahub_urns.short(told)
    if isinstance(told, float):
        return f"{told:g}"
    return str(told) if isinstance(told, int) and not isinstance(told, bool) else None


def _text(*descriptions: str | None) -> str:
    """The first that says something."""
    found = next((each for each in descriptions if each and each.strip()), "")
    return clean_text(found)[: limits.DESCRIPTION]


def _documented(reading: Reading, text: str, told: Entity, own: str, edited: str) -> str:
    written = reading.aspect(text, told, edited, aspects.Editable)
    found = reading.aspect(text, told, own, aspects.Properties)
    return _text(*(one.description for one in (written, found) if one))


def _dataset(reading: Reading, text: str, told: Entity, named: Named) -> None:
    draft = reading.graph.assets[named.key]
    draft.description = _documented(reading, text, told, "datasetProperties", "editableDatasetProperties")
    draft.know({"environment": clean_name(datahub_urns.parse(text).parts[2])[: limits.IDENTIFIER]})
    _columns(reading, text, told, named)
    _upstream(reading, text, told, named)
    _siblings(reading, text, told, named)


def _columns(reading: Reading, text: str, told: Entity, named: Named) -> None:
    schema = reading.aspect(text, told, "schemaMetadata", aspects.Schema)
    edited = reading.aspect(text, told, "editableSchemaMetadata", aspects.EditableSchema)
    fields = schema.fields if schema else []
    if len(fields) > limits.ITEMS:
        message = f"{len(fields):,} columns; the first {limits.ITEMS:,} were taken."
        reading.fault("list.size", f"{text} schemaMetadata", message)
    for raw in fields[: limits.ITEMS]:
        _column(reading, text, "schemaMetadata", told, named, raw)
    for raw in (edited.editable_schema_field_info if edited else [])[: limits.ITEMS]:
        _column(reading, text, "editableSchemaMetadata", told, named, raw)


def _column(reading: Reading, text: str, aspect: str, told: Entity, named: Named, raw: msgspec.Raw) -> None:
    """One column as the platform has it, or as people edited it: the latter comes second and adds to the former."""
    column = reading.decoded(f"{text} {aspect}", raw, aspects.SchemaField)
    key = reading.column(named, column.field_path) if column else None
    if column is None or key is None:
        return
    if not reading.whole:
        reading.paths.setdefault(text, []).append(column.field_path)
    draft = reading.graph.assets[key]
    state(reading, draft, {aspect: told[aspect]})
    _mark(reading, draft, column.global_tags, column.glossary_terms)
    if key != named.key:
        draft.description = _text(column.description, draft.description)
        draft.know({"type": clean_name(column.native_data_type)[:512]} if column.native_data_type else {})


def _field(reading: Reading, text: str, told: Entity) -> None:
    """What is said of a column as an entity of its own; that it exists is for its dataset to say."""
    status = reading.aspect(text, told, "status", aspects.Status)
    if status and status.removed:
        return
    if key := reading.key(text):
        draft = reading.graph.assets[key]
        state(reading, draft, told)
        _describe(reading, text, told, draft)


def _upstream(reading: Reading, text: str, told: Entity, named: Named) -> None:
    lineage = reading.aspect(text, told, "upstreamLineage", aspects.UpstreamLineage)
    for one in lineage.upstreams if lineage else ():
        if key := reading.key(one.dataset):
            span = reading.since((one.created or one.audit_stamp).time)
            reading.graph.flow(key, named.key, None, span, transformation=clean_text(one.type).lower())
    reading.became(lineage.fine_grained_lineages if lineage else None, None)


def _siblings(reading: Reading, text: str, told: Entity, named: Named) -> None:
    """dbt's model and the table that it builds are one: the table's name counts, as all others use it.

    A model that builds several tables (one for each environment, say) is none of them.
    """
    found = reading.aspect(text, told, "siblings", aspects.Siblings)
    if not found or not _is_dbt(text):
        return
    tables = [one for one in found.siblings if not _is_dbt(one)]
    canonical = reading.key(tables[0]) if len(tables) == 1 else None
    if canonical and _environment(tables[0]) == _environment(text):
        reading.graph.alias(named.key, canonical, "sibling", reading.at)


def _is_dbt(text: str) -> bool:
    urn = datahub_urns.parse(text)
    return urn.kind == "dataset" and datahub_urns.short(urn.parts[0]).casefold() == "dbt"


def _environment(text: str) -> str:
    return datahub_urns.parse(text).parts[-1]


def _job(reading: Reading, text: str, told: Entity, named: Named) -> None:
    draft = reading.graph.assets[named.key]
    draft.description = _documented(reading, text, told, "dataJobInfo", "editableDataJobProperties")
    moved = reading.aspect(text, told, "dataJobInputOutput", aspects.JobInputOutput)
    if moved:
        _moves(reading, text, moved)
        reading.became(moved.fine_grained_lineages, named.key)
        for before in _ends(reading, moved.input_datajobs, moved.input_datajob_edges):
            reading.graph.flow(before, named.key, named.key, reading.span, direct=False, transformation="runs after")


def _moves(reading: Reading, text: str, moved: aspects.JobInputOutput) -> None:
    work = reading.works(text)
    work.inputs |= dict.fromkeys(_ends(reading, moved.input_datasets, moved.input_dataset_edges))
    work.outputs |= dict.fromkeys(_ends(reading, moved.output_datasets, moved.output_dataset_edges))
    for key in reading.keys(moved.input_dataset_fields):
        work.columns.setdefault(dataset_of(key), {})[key] = None


def _ends(reading: Reading, urns: Iterable[str] | None, edges: Iterable[aspects.Edge] | None) -> list[str]:
    """Keys of both forms of one list."""
    return reading.keys(dict.fromkeys((*(urns or ()), *(edge.destination_urn for edge in edges or ()))))


def _run(reading: Reading, text: str, told: Entity) -> None:
    """One run of a job: what it moved, the job moves."""
    into = reading.aspect(text, told, "dataProcessInstanceInput", aspects.RunInput)
    out = reading.aspect(text, told, "dataProcessInstanceOutput", aspects.RunOutput)
    of = reading.aspect(text, told, "dataProcessInstanceRelationships", aspects.RunOf)
    work = reading.works(text)
    work.inputs |= dict.fromkeys(_ends(reading, into.inputs, into.input_edges) if into else ())
    work.outputs |= dict.fromkeys(_ends(reading, out.outputs, out.output_edges) if out else ())
    if of and of.parent_template and datahub_urns.parse(of.parent_template).kind == "dataJob":
        reading.run_of[text] = of.parent_template


def _feature(reading: Reading, text: str, told: Entity, named: Named) -> None:
    own, edited = _FEATURES[datahub_urns.parse(text).kind]
    found = reading.aspect(text, told, own, aspects.FeatureProperties)
    draft = reading.graph.assets[named.key]
    draft.description = _documented(reading, text, told, own, edited)
    if found and found.data_type:
        draft.know({"type": clean_name(found.data_type)[: limits.IDENTIFIER]})
    for key in reading.keys(found.sources if found else None):
        reading.flow(key, named.key, text="source of the feature")


def _feature_table(reading: Reading, text: str, told: Entity, named: Named) -> None:
    found = reading.aspect(text, told, "mlFeatureTableProperties", aspects.FeatureTableProperties)
    draft = reading.graph.assets[named.key]
    draft.description = _documented(reading, text, told, "mlFeatureTableProperties", "editableMlFeatureTableProperties")
    if found:
        for key in reading.keys((*(found.ml_features or ()), *(found.ml_primary_keys or ()))):
            reading.flow(key, named.key, text="in the table of features")


def _model(reading: Reading, text: str, told: Entity, named: Named) -> None:
    found = reading.aspect(text, told, "mlModelProperties", aspects.ModelProperties)
    draft = reading.graph.assets[named.key]
    draft.description = _documented(reading, text, told, "mlModelProperties", "editableMlModelProperties")
    trained = reading.aspect(text, told, "mlModelTrainingData", aspects.TrainingData)
    for key in reading.keys(one.dataset for one in trained.training_data) if trained else ():
        reading.flow(key, named.key, text="training data")
    _evaluated(reading, text, told, named)
    if not found:
        return
    if found.type:
        draft.know({"type": clean_name(found.type)[: limits.IDENTIFIER]})
    for key in reading.keys(found.ml_features):
        reading.flow(key, named.key, text="feature of the model")
    for key in reading.keys((*(found.groups or ()), *(found.deployments or ()))):
        reading.flow(named.key, key, text="version, or deployment")
    _jobs(reading, named, found.training_jobs, found.downstream_jobs)


def _evaluated(reading: Reading, text: str, told: Entity, named: Named) -> None:
    """What a model was only tested with doesn't go into it: an asset of its own stands for the test."""
    found = reading.aspect(text, told, "mlModelEvaluationData", aspects.EvaluationData)
    if found and found.evaluation_data:
        test = Named(named.kind, named.namespace, f"evaluations/{named.name}"[: limits.IDENTIFIER])
        key = reading.graph.mention(test, reading.span)
        state(reading, reading.graph.assets[key], told)
        for upstream in reading.keys(one.dataset for one in found.evaluation_data):
            reading.flow(upstream, key, text="evaluation data")


def _jobs(reading: Reading, named: Named, before: Iterable[str] | None, after: Iterable[str] | None) -> None:
    """Jobs that train a model, and jobs that use it."""
    for job in before or ():
        reading.works(job).outputs[named.key] = None
    for job in after or ():
        reading.works(job).inputs[named.key] = None


def _group(reading: Reading, text: str, told: Entity, named: Named) -> None:
    found = reading.aspect(text, told, "mlModelGroupProperties", aspects.GroupProperties)
    draft = reading.graph.assets[named.key]
    draft.description = _documented(reading, text, told, "mlModelGroupProperties", "editableMlModelGroupProperties")
    draft.know({"type": "model group"})
    if found:
        _jobs(reading, named, found.training_jobs, found.downstream_jobs)


def _deployment(reading: Reading, text: str, told: Entity, named: Named) -> None:
    draft = reading.graph.assets[named.key]
    draft.description = _documented(reading, text, told, "mlModelDeploymentProperties", "")
    draft.know({"type": "deployment"})


def _tag(reading: Reading, text: str, told: Entity) -> None:
    found = reading.aspect(text, told, "tagProperties", aspects.TagProperties)
    reading.called[text] = (found.name if found else "") or ""


def _term(reading: Reading, text: str, told: Entity) -> None:
    found = reading.aspect(text, told, "glossaryTermInfo", aspects.TermInfo)
    reading.called[text] = (found.name if found else "") or ""


_FEATURES = {
    "mlFeature": ("mlFeatureProperties", "editableMlFeatureProperties"),
    "mlPrimaryKey": ("mlPrimaryKeyProperties", "editableMlPrimaryKeyProperties"),
}
_NAMES: dict[str, Callable[[Reading, str, Entity], None]] = {"tag": _tag, "glossaryTerm": _term}
_READERS: dict[str, Callable[[Reading, str, Entity, Named], None]] = {
    "dataset": _dataset,
    "dataJob": _job,
    "mlFeature": _feature,
    "mlPrimaryKey": _feature,
    "mlFeatureTable": _feature_table,
    "mlModel": _model,
    "mlModelGroup": _group,
    "mlModelDeployment": _deployment,
}
