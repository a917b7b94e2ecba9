"""Which kinds of entities are read of DataHub, and which of their aspects."""

from typing import NamedTuple

ALWAYS = ("status", "globalTags", "glossaryTerms", "structuredProperties", "ownership", "subTypes")


class Asked(NamedTuple):
    """A kind of entity: what GraphQL calls it (nothing where it has no word for it), what people do, its aspects."""

    graphql: str
    plural: str
    aspects: tuple[str, ...]


# In the order in which they are read. The key aspect is asked for too: an entity has nothing else at times.
KINDS = {
    "tag": Asked("TAG", "tags", ("tagKey", "tagProperties")),
    "glossaryTerm": Asked("GLOSSARY_TERM", "glossary terms", ("glossaryTermKey", "glossaryTermInfo")),
    "dataset": Asked(
        "DATASET",
        "datasets",
        (
            "datasetKey",
            "datasetProperties",
            "editableDatasetProperties",
            "schemaMetadata",
            "editableSchemaMetadata",
            "upstreamLineage",
            "siblings",
            *ALWAYS,
        ),
    ),
    "schemaField": Asked(
        "SCHEMA_FIELD",
        "columns",
        ("schemaFieldKey", "status", "globalTags", "glossaryTerms", "structuredProperties"),
    ),
    "dataJob": Asked(
        "DATA_JOB", "jobs", ("dataJobKey", "dataJobInfo", "editableDataJobProperties", "dataJobInputOutput", *ALWAYS)
    ),
    "mlFeature": Asked(
        "MLFEATURE", "features", ("mlFeatureKey", "mlFeatureProperties", "editableMlFeatureProperties", *ALWAYS)
    ),
    "mlPrimaryKey": Asked(
        "MLPRIMARY_KEY",
        "keys of features",
        ("mlPrimaryKeyKey", "mlPrimaryKeyProperties", "editableMlPrimaryKeyProperties", *ALWAYS),
    ),
    "mlFeatureTable": Asked(
        "MLFEATURE_TABLE",
        "tables of features",
        ("mlFeatureTableKey", "mlFeatureTableProperties", "editableMlFeatureTableProperties", *ALWAYS),
    ),
    "mlModel": Asked(
        "MLMODEL",
        "models",
        (
            "mlModelKey",
            "mlModelProperties",
            "editableMlModelProperties",
            "mlModelTrainingData",
            "mlModelEvaluationData",
            *ALWAYS,
        ),
    ),
    "mlModelGroup": Asked(
        "MLMODEL_GROUP",
        "model groups",
        ("mlModelGroupKey", "mlModelGroupProperties", "editableMlModelGroupProperties", *ALWAYS),
    ),
    "mlModelDeployment": Asked("", "deployments", ("mlModelDeploymentKey", "mlModelDeploymentProperties", *ALWAYS)),
}
RUN = "dataProcessInstance"
RUN_ASPECTS = (
    "dataProcessInstanceKey",
    "dataProcessInstanceInput",
    "dataProcessInstanceOutput",
    "dataProcessInstanceRelationships",
)
