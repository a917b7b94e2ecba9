"""A small company's DataHub as its ``file`` sink writes it down: members, features, a model, and who trains it."""

import json

ELEVEN = 1_795_604_400_000  # 25 November 2026, 11:00 UTC
WAREHOUSE = "postgres://db:5432"
NAMESPACES = f"postgres={WAREHOUSE} mlflow=mlflow://models"


def dataset(name, platform="postgres", environment="PROD"):
    return f"urn:li:dataset:(urn:li:dataPlatform:{platform},{name},{environment})"


def field(of, path):
    return f"urn:li:schemaField:({of},{path})"


def job(task, flow="nightly", orchestrator="airflow"):
    return f"urn:li:dataJob:(urn:li:dataFlow:({orchestrator},{flow},prod),{task})"


def model(name, kind="mlModel"):
    return f"urn:li:{kind}:(urn:li:dataPlatform:mlflow,{name},PROD)"


def feature(name, table="members"):
    return f"urn:li:mlFeature:({table},{name})"


def proposal(urn, name, value, **changes):
    """One aspect as a MetadataChangeProposal."""
    told = {"entityType": urn.split(":")[2], "entityUrn": urn, "changeType": "UPSERT", "aspectName": name}
    seen = {"lastObserved": ELEVEN, "runId": "nightly"}
    return told | {"aspect": {"json": value}, "systemMetadata": seen} | changes


def event(urn, **aspects):
    """A snapshot with several aspects as a MetadataChangeEvent; names are those of the classes, dots as ``__``."""
    told = [{f"com.linkedin.pegasus2avro.{name.replace('__', '.')}": value} for name, value in aspects.items()]
    kind = "com.linkedin.pegasus2avro.metadata.snapshot.DatasetSnapshot"
    return {"auditHeader": None, "proposedSnapshot": {kind: {"urn": urn, "aspects": told}}, "proposedDelta": None}


def column(path, *tags, terms=(), **changes):
    told = {"fieldPath": path, "nullable": False, "nativeDataType": "text", "recursive": False}
    told |= {"type": {"type": {"com.linkedin.schema.StringType": {}}}}
    told |= {"globalTags": {"tags": [{"tag": f"urn:li:tag:{tag}"} for tag in tags]}} if tags else {}
    told |= {"glossaryTerms": {"terms": [{"urn": f"urn:li:glossaryTerm:{term}"} for term in terms]}} if terms else {}
    return told | changes


def became(upstream, downstream, **changes):
    """Column lineage from one column to another."""
    told = {
        "upstreamType": "FIELD_SET",
        "upstreams": [upstream],
        "downstreamType": "FIELD",
        "downstreams": [downstream],
    }
    return told | {"confidenceScore": 1.0} | changes


MEMBERS = dataset("shop.public.members")
FEATURES = dataset("shop.public.features")
EMAIL = field(MEMBERS, "email")
RANKER = model("ranker_7")


def company():
    """members.email -> features.mail -> feature of the ranker, trained by a job; every aspect a proposal."""
    lineage = {
        "upstreams": [
            {"dataset": MEMBERS, "type": "TRANSFORMED", "auditStamp": {"time": 0, "actor": "urn:li:corpuser:x"}}
        ],
        "fineGrainedLineages": [became(EMAIL, field(FEATURES, "mail"), transformOperation="COPY")],
    }
    trained = {
        "mlFeatures": [feature("mail")],
        "trainingJobs": [job("train")],
        "groups": [model("ranker", "mlModelGroup")],
    }
    return [
        proposal(
            MEMBERS, "schemaMetadata", {"fields": [column("id"), column("email", "PII", terms=("Contact.Email",))]}
        ),
        proposal(MEMBERS, "datasetProperties", {"description": "One row a member."}),
        proposal(MEMBERS, "ownership", {"owners": [{"owner": "urn:li:corpGroup:growth", "type": "DATAOWNER"}]}),
        proposal(FEATURES, "schemaMetadata", {"fields": [column("mail")]}),
        proposal(FEATURES, "upstreamLineage", lineage),
        proposal(feature("mail"), "mlFeatureProperties", {"dataType": "TEXT", "sources": [FEATURES]}),
        proposal(job("train"), "dataJobInputOutput", {"inputDatasets": [FEATURES], "outputDatasets": []}),
        proposal(RANKER, "mlModelProperties", {"description": "Ranks jobs.", **trained}),
        proposal(model("ranker", "mlModelGroup"), "mlModelGroupProperties", {"description": "All rankers."}),
    ]


def write(folder, *records, name="metadata.json"):
    """Puts the records into a file, the way the sink formats them."""
    folder.mkdir(exist_ok=True)
    (folder / name).write_text("[\n" + ",\n".join(json.dumps(one, indent=4) for one in records) + "\n]")
