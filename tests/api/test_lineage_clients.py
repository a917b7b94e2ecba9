"""What the real client posts, over a real socket, without any adaptation."""

import json
from datetime import UTC, datetime

import pytest
from openlineage.client import OpenLineageClient
from openlineage.client.event_v2 import (
    DatasetEvent,
    InputDataset,
    Job,
    JobEvent,
    OutputDataset,
    Run,
    RunEvent,
    RunState,
    StaticDataset,
)
from openlineage.client.generated import (
    column_lineage_dataset,
    dataset_type_dataset,
    documentation_dataset,
    lifecycle_state_change_dataset,
    ownership_dataset,
    parent_run,
    schema_dataset,
    sql_job,
    symlinks_dataset,
    tags_dataset,
    tags_job,
)
from openlineage.client.generated import lineage as explicit
from openlineage.client.serde import Serde
from openlineage.client.transport.http import HttpConfig, HttpTransport
from openlineage.client.uuid import generate_new_uuid

from transparency.accounts.actions import issue_token
from transparency.api.endpoints import lineage
from transparency.catalog.connectors.openlineage import fold, parse_event
from transparency.catalog.models import LineageEvent, Source

COPIED = column_lineage_dataset.Transformation("DIRECT", "IDENTITY", "", masking=False)
FACETS = {
    "schema": schema_dataset.SchemaDatasetFacet(fields=[schema_dataset.SchemaDatasetFacetFields("email", "VARCHAR")]),
    "columnLineage": column_lineage_dataset.ColumnLineageDatasetFacet(
        fields={
            "email": column_lineage_dataset.Fields(
                inputFields=[
                    column_lineage_dataset.InputField(
                        "n",
                        "a",
                        "email",
                        [column_lineage_dataset.Transformation("DIRECT", "IDENTITY", "", masking=False)],
                    )
                ]
            )
        },
        dataset=[column_lineage_dataset.InputField("n", "a", "id")],
    ),
    "symlinks": symlinks_dataset.SymlinksDatasetFacet([symlinks_dataset.Identifier("hive", "a", "TABLE")]),
    "tags": tags_dataset.TagsDatasetFacet([tags_dataset.TagsDatasetFacetFields("pii", "true", "USER", "email")]),
    "ownership": ownership_dataset.OwnershipDatasetFacet([ownership_dataset.Owner("team:ranking")]),
    "documentation": documentation_dataset.DocumentationDatasetFacet("Messages"),
    "lifecycleStateChange": lifecycle_state_change_dataset.LifecycleStateChangeDatasetFacet(
        lifecycle_state_change_dataset.LifecycleStateChange.RENAME,
        lifecycle_state_change_dataset.PreviousIdentifier("old", "n"),
    ),
    "lineage": explicit.LineageDatasetFacet(inputs=[explicit.LineageDatasetInput("n", "view", "DATASET")]),
    "datasetType": dataset_type_dataset.DatasetTypeDatasetFacet("TABLE"),
}
JOB = Job(
    "airflow",
    "rank.train",
    {
        "sql": sql_job.SQLJobFacet("select 1"),
        "lineage": explicit.LineageJobFacet(
            [explicit.LineageDatasetEntry("n", "extra", "DATASET", [explicit.LineageJobInput("JOB")])]
        ),
        "tags": tags_job.TagsJobFacet([tags_job.TagsJobFacetFields("team", "ranking")]),
    },
)
PARENT = parent_run.ParentRunFacet(parent_run.Run(str(generate_new_uuid())), parent_run.Job("airflow", "rank"))


def now():
    return datetime.now(UTC).isoformat()


def run_event():
    run = Run(str(generate_new_uuid()), {"parent": PARENT})
    inputs, outputs = [InputDataset("n", "a", facets=FACETS)], [OutputDataset("n", "x", facets=FACETS)]
    return RunEvent(eventTime=now(), eventType=RunState.COMPLETE, run=run, job=JOB, inputs=inputs, outputs=outputs)


def job_event():
    return JobEvent(eventTime=now(), job=JOB, inputs=[InputDataset("n", "a")], outputs=[OutputDataset("n", "x")])


def dataset_event():
    return DatasetEvent(eventTime=now(), dataset=StaticDataset("n", "x", facets=FACETS))


@pytest.fixture
def secret(transactional_db, amir, monkeypatch):
    """The secret of a token for a source that takes events; the workers are left in peace."""
    monkeypatch.setattr(lineage, "ring", lambda source: None)
    Source.objects.create(slug="airflow", name="Airflow", connector="openlineage_http")
    return issue_token(by=amir, name="Airflow", scopes=["lineage:airflow"])[1]


@pytest.mark.parametrize("make", [run_event, job_event, dataset_event])
@pytest.mark.parametrize("compression", [False, True])
def test_the_real_client_is_understood(live_server, secret, make, compression):
    config = {"url": live_server.url, "auth": {"type": "api_key", "apiKey": secret}}
    transport = HttpTransport(HttpConfig.from_dict(config | ({"compression": "gzip"} if compression else {})))
    event = make()
    OpenLineageClient(transport=transport).emit(event)
    assert json.loads(LineageEvent.objects.get().body) == json.loads(Serde.to_json(event))


def test_every_facet_of_the_real_client_is_read():
    snapshot = fold([parse_event(Serde.to_json(run_event()))])
    email = next(asset for asset in snapshot.assets if asset.key == "column:n/x#email")
    assert (email.tags, email.facts) == (("pii",), {"position": 1, "type": "VARCHAR"})
    flows = {(flow.upstream, flow.downstream) for flow in snapshot.flows}
    assert {
        ("column:n/a#email", "column:n/x#email"),
        ("dataset:n/view", "dataset:n/x"),
        ("job:airflow/rank.train", "dataset:n/extra"),
    } <= flows
    assert {alias.key for alias in snapshot.aliases} == {"dataset:hive/a", "dataset:n/old"}
    assert snapshot.faults == []
