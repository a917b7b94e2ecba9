"""DataHub's metadata files, read as a source."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.scenarios.datahub import (
    EMAIL,
    FEATURES,
    MEMBERS,
    NAMESPACES,
    RANKER,
    WAREHOUSE,
    became,
    column,
    company,
    dataset,
    event,
    feature,
    field,
    job,
    model,
    proposal,
    write,
)
from tests.scenarios.openlineage import run_event
from transparency.catalog import limits
from transparency.catalog.connectors.base import SourceUnreadable
from transparency.catalog.connectors.datahub_files import DataHubFiles
from transparency.catalog.connectors.openlineage import fold, parse_event

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)
ELEVEN = datetime(2026, 11, 25, 11, tzinfo=UTC)
MEMBERS_KEY = f"dataset:{WAREHOUSE}/shop.public.members"
EMAIL_KEY = f"column:{WAREHOUSE}/shop.public.members#email"
FEATURES_KEY = f"dataset:{WAREHOUSE}/shop.public.features"
MAIL_KEY = f"column:{WAREHOUSE}/shop.public.features#mail"
FEATURE_KEY = "feature:feature://members/mail"
RANKER_KEY = "model:mlflow://models/ranker_7"
TRAIN_KEY = "job:airflow/nightly.train"


@pytest.fixture
def read(tmp_path):
    """Reads a file with the records, in the folder ``datahub``."""

    def reading(*records, namespaces=NAMESPACES):
        write(tmp_path / "datahub", *records)
        return DataHubFiles("datahub", namespaces, tmp_path, NOON).read(lambda *progress: None)

    return reading


def assets(snapshot):
    return {asset.key: asset for asset in snapshot.assets}


def flows(snapshot):
    return {(flow.upstream, flow.downstream): flow for flow in snapshot.flows}


def schema(*columns):
    return proposal(MEMBERS, "schemaMetadata", {"fields": list(columns)})


def test_everything_can_be_used(read):
    assert (read(*company()).faults, read(*company()).complete) == ([], True)


def test_datasets_and_columns_are_called_as_openlineage_calls_them(read):
    posted = fold(
        [parse_event(json.dumps(run_event(outputs=[{"namespace": WAREHOUSE, "name": "shop.public.members"}])))]
    )
    assert MEMBERS_KEY in assets(posted)
    assert {MEMBERS_KEY, EMAIL_KEY} <= set(assets(read(*company())))


def test_a_dataset_is_described(read):
    members = assets(read(*company()))[MEMBERS_KEY]
    assert (members.description, members.facts["owners"], members.as_of) == ("One row a member.", ["growth"], ELEVEN)


def test_columns_have_tags_terms_and_types(read):
    email = assets(read(*company()))[EMAIL_KEY]
    assert (email.tags, email.terms, email.facts) == (("PII",), ("Contact.Email",), {"type": "text"})


def test_tags_and_terms_are_called_by_their_names_and_by_readable_urns(read):
    term = "4c0d6c1e-6d05-4a2b-9d4b-0c1f6a1f6f11"
    names = [
        proposal(f"urn:li:glossaryTerm:{term}", "glossaryTermInfo", {"name": "E-mail", "definition": ""}),
        proposal("urn:li:tag:pii_v2", "tagProperties", {"name": "Personal"}),
    ]
    email = assets(read(schema(column("email", "pii_v2", terms=(term,))), *names))[EMAIL_KEY]
    assert (email.tags, email.terms) == (("Personal", "pii_v2"), ("E-mail",))


def test_structured_properties_are_tags(read):
    urn = "urn:li:structuredProperty:io.acme.kind"
    values = [{"string": "email"}, "phone", {"double": 3.0}, {"double": 0.5}, True, None, [], 10**30]
    found = read(schema(column("email")), proposal(EMAIL, "structuredProperties", _properties(urn, *values)))
    kinds = ("10" + 29 * "0", "0.5", "3", "email", "phone")
    assert assets(found)[EMAIL_KEY].tags == tuple(sorted(f"io.acme.kind:{kind}" for kind in kinds))


def _properties(urn, *values):
    return {"properties": [{"propertyUrn": urn, "values": list(values)}]}


def test_what_people_edited_adds_tags_and_goes_before_what_was_ingested(read):
    edited = {"editableSchemaFieldInfo": [column("email", "reviewed", description="Where we write to.")]}
    ingested = schema(column("email", "PII", description="varchar"))
    email = assets(read(ingested, proposal(MEMBERS, "editableSchemaMetadata", edited)))[EMAIL_KEY]
    assert (email.tags, email.description) == (("PII", "reviewed"), "Where we write to.")


def test_nested_columns_have_dotted_names_and_a_record_is_its_dataset(read):
    nested = "[version=2.0].[type=Member].[type=Address].home.[type=string].city"
    found = assets(read(schema(column(nested, "place"), column("[version=2.0].[type=Member]", "whole"))))
    assert found[f"column:{WAREHOUSE}/shop.public.members#home.city"].tags == ("place",)
    assert found[MEMBERS_KEY].tags == ("whole",)


def test_lineage_of_datasets_and_of_columns(read):
    found = flows(read(*company()))
    assert (found[MEMBERS_KEY, FEATURES_KEY].transformation, found[MEMBERS_KEY, FEATURES_KEY].job) == (
        "transformed",
        None,
    )
    assert (found[EMAIL_KEY, MAIL_KEY].transformation, found[EMAIL_KEY, MAIL_KEY].direct) == ("COPY", True)


def test_a_filter_only_looked_at_the_data(read):
    filtered = became(EMAIL, field(FEATURES, "mail"), transformOperation="INDIRECT:FILTER", confidenceScore=0.9)
    found = flows(read(proposal(FEATURES, "upstreamLineage", {"upstreams": [], "fineGrainedLineages": [filtered]})))
    assert (found[EMAIL_KEY, MAIL_KEY].direct, found[EMAIL_KEY, MAIL_KEY].transformation) == (
        False,
        "INDIRECT:FILTER; 90% sure",
    )


def test_column_lineage_from_a_whole_dataset(read):
    whole = became(MEMBERS, field(FEATURES, "mail"), upstreamType="DATASET")
    found = read(proposal(FEATURES, "upstreamLineage", {"upstreams": [], "fineGrainedLineages": [whole]}))
    assert (MEMBERS_KEY, MAIL_KEY) in flows(found)


def test_too_many_columns_at_once_still_reach_the_dataset(read):
    many = [field(MEMBERS, f"c{number}") for number in range(101)]
    lineage = became(EMAIL, "", upstreams=many, downstreams=[field(FEATURES, f"d{number}") for number in range(101)])
    found = read(proposal(FEATURES, "upstreamLineage", {"upstreams": [], "fineGrainedLineages": [lineage]}))
    assert len(found.flows) == 101
    assert {flow.downstream for flow in found.flows} == {FEATURES_KEY}


def test_features_models_groups_and_the_jobs_that_train_them(read):
    found = flows(read(*company()))
    group = "model:mlflow://models/ranker"
    assert {(FEATURES_KEY, FEATURE_KEY), (FEATURE_KEY, RANKER_KEY), (RANKER_KEY, group)} <= set(found)
    assert {(FEATURES_KEY, TRAIN_KEY), (FEATURES_KEY, RANKER_KEY)} <= set(found)
    assert found[FEATURES_KEY, RANKER_KEY].job == TRAIN_KEY


def test_a_table_of_features_holds_its_features(read):
    table = "urn:li:mlFeatureTable:(urn:li:dataPlatform:feast,members)"
    found = read(proposal(table, "mlFeatureTableProperties", {"mlFeatures": [feature("mail")], "mlPrimaryKeys": []}))
    assert (FEATURE_KEY, "feature:feast/members") in flows(found)


def test_deployments_training_data_and_jobs_that_use_a_model(read):
    deployed = {"deployments": [model("ranker-live", "mlModelDeployment")], "downstreamJobs": [job("score")]}
    scores = dataset("shop.public.scores")
    records = [
        proposal(RANKER, "mlModelProperties", deployed),
        proposal(RANKER, "mlModelTrainingData", {"trainingData": [{"dataset": MEMBERS}]}),
        proposal(job("score"), "dataJobInputOutput", {"inputDatasets": [], "outputDatasets": [scores]}),
    ]
    found = set(flows(read(*records)))
    assert (RANKER_KEY, "model:mlflow://models/deployments/ranker-live") in found
    assert {(MEMBERS_KEY, RANKER_KEY), (RANKER_KEY, f"dataset:{WAREHOUSE}/shop.public.scores")} <= found


def test_what_a_model_was_only_tested_with_is_not_said_to_be_in_it(read):
    found = read(proposal(RANKER, "mlModelEvaluationData", {"evaluationData": [{"dataset": MEMBERS}]}))
    assert set(flows(found)) == {(MEMBERS_KEY, "model:mlflow://models/evaluations/ranker_7")}


def test_only_the_columns_that_a_training_job_reads_go_into_the_model(read):
    moved = {"inputDatasets": [MEMBERS, FEATURES], "outputDatasets": [], "inputDatasetFields": [EMAIL]}
    trained = proposal(RANKER, "mlModelProperties", {"trainingJobs": [job("train")]})
    found = set(flows(read(proposal(job("train"), "dataJobInputOutput", moved), trained)))
    assert {(EMAIL_KEY, RANKER_KEY), (FEATURES_KEY, RANKER_KEY)} <= found
    assert (MEMBERS_KEY, RANKER_KEY) not in found


def test_a_run_of_a_job_is_that_job(read):
    run = "urn:li:dataProcessInstance:9f2c"
    records = [
        proposal(run, "dataProcessInstanceInput", {"inputs": [MEMBERS]}),
        proposal(run, "dataProcessInstanceRelationships", {"parentTemplate": job("train"), "upstreamInstances": []}),
        proposal(RANKER, "mlModelProperties", {"trainingJobs": [run]}),
    ]
    found = flows(read(*records))
    assert found[MEMBERS_KEY, RANKER_KEY].job == TRAIN_KEY


def test_both_forms_of_a_jobs_inputs_say_the_same(read):
    edges = [{"destinationUrn": MEMBERS}, {"destinationUrn": FEATURES}]
    moved = {"inputDatasets": [MEMBERS], "inputDatasetEdges": edges, "outputDatasets": []}
    found = read(proposal(job("train"), "dataJobInputOutput", moved))
    assert set(flows(found)) == {(MEMBERS_KEY, TRAIN_KEY), (FEATURES_KEY, TRAIN_KEY)}


def test_that_one_job_runs_after_another_is_no_flow_of_data(read):
    moved = {"inputDatasets": [], "outputDatasets": [], "inputDatajobs": [job("prepare")]}
    found = flows(read(proposal(job("train"), "dataJobInputOutput", moved)))
    assert not found["job:airflow/nightly.prepare", TRAIN_KEY].direct


def test_what_was_removed_is_gone_with_all_that_led_to_it(read):
    found = read(*company(), proposal(FEATURES, "status", {"removed": True}))
    assert not {FEATURES_KEY, MAIL_KEY} & set(assets(found))
    assert not [flow for flow in found.flows if FEATURES_KEY in (flow.upstream, flow.downstream)]
    assert found.complete


def test_what_came_back_is_there(read):
    back = [proposal(FEATURES, "status", {"removed": True}), proposal(FEATURES, "status", {"removed": False})]
    assert FEATURES_KEY in assets(read(*company(), *back))


def test_a_table_in_another_environment_is_another_table(read):
    dev = proposal(dataset("shop.public.members", environment="DEV"), "datasetProperties", {})
    assert set(assets(read(*company(), dev))) - set(assets(read(*company()))) == {
        "dataset:postgres;env=DEV/shop.public.members"
    }


def test_namespaces_are_told_by_instance_and_environment(read):
    namespaces = "postgres/main=postgres://main:5432, postgres@DEV=postgres://dev:5432"
    main = proposal(dataset("main.shop.public.a"), "datasetProperties", {})
    dev = proposal(dataset("shop.public.a", environment="DEV"), "datasetProperties", {})
    assert set(assets(read(main, dev, namespaces=namespaces))) == {
        "dataset:postgres://main:5432/shop.public.a",
        "dataset:postgres://dev:5432/shop.public.a",
    }


def test_a_file_in_a_bucket_is_called_by_its_bucket(read):
    found = read(proposal(dataset("members/2026/a,b (1).csv", "s3"), "datasetProperties", {}))
    assert set(assets(found)) == {"dataset:s3://members/2026/a,b (1).csv"}


@pytest.mark.parametrize("namespaces", ["postgres", "=a", "postgres="])
def test_namespaces_that_say_nothing_are_named(read, namespaces):
    with pytest.raises(SourceUnreadable) as caught:
        read(*company(), namespaces=namespaces)
    assert "is not like platform=namespace" in caught.value.message


DBT = dataset("shop.public.members", "dbt")


def test_dbts_model_is_another_name_of_the_table_that_it_builds(read):
    found = read(*company(), proposal(DBT, "siblings", {"siblings": [MEMBERS], "primary": True}))
    alias = found.aliases[0]
    assert (alias.key, alias.canonical_key, alias.reason) == ("dataset:dbt/shop.public.members", MEMBERS_KEY, "sibling")


@pytest.mark.parametrize(
    "siblings", [[MEMBERS, FEATURES], [dataset("shop.public.members", environment="DEV")], [DBT], []]
)
def test_what_may_be_several_tables_is_none_of_them(read, siblings):
    found = read(*company(), proposal(DBT, "siblings", {"siblings": siblings, "primary": True}))
    assert not [alias for alias in found.aliases if alias.reason == "sibling"]


def test_a_metadata_change_event_says_the_same(read):
    properties = {"description": "One row a member."}
    told = event(
        MEMBERS,
        common__Status={"removed": False},
        dataset__DatasetProperties=properties,
        schema__SchemaMetadata={"fields": [column("id"), column("email", "PII", terms=("Contact.Email",))]},
    )
    found = assets(read(*company()[3:], told))
    assert (found[MEMBERS_KEY].description, found[EMAIL_KEY].tags) == ("One row a member.", ("PII",))


def test_an_aspect_within_a_text_says_the_same(read):
    text = {"value": json.dumps({"description": "One row a member."}), "contentType": "application/json"}
    found = read(proposal(MEMBERS, "datasetProperties", None, aspect=text))
    assert assets(found)[MEMBERS_KEY].description == "One row a member."


def test_models_are_read_from_events_as_well(read):
    found = read(event(RANKER, ml__metadata__MLModelProperties={"mlFeatures": [feature("mail")]}))
    assert (FEATURE_KEY, RANKER_KEY) in flows(found)


def test_the_last_statement_holds_across_files(read, tmp_path):
    write(tmp_path / "datahub", proposal(MEMBERS, "datasetProperties", {"description": "New."}), name="z.json")
    assert assets(read(*company()))[MEMBERS_KEY].description == "New."


def test_a_deleted_aspect_and_a_deleted_entity_say_nothing_more(read):
    aspect = proposal(MEMBERS, "datasetProperties", None, changeType="DELETE", aspect=None)
    entity = proposal(RANKER, "mlModelKey", None, changeType="DELETE", aspect=None)
    found = assets(read(*company(), aspect, entity))
    assert (found[MEMBERS_KEY].description, RANKER_KEY in found) == ("", False)


def test_flows_are_as_old_as_the_ingestion(read):
    assert {flow.last_seen for flow in read(*company()).flows} == {ELEVEN}


def test_an_edge_is_as_old_as_it_says_and_never_from_the_future(read):
    made = [{"dataset": MEMBERS, "created": {"time": 1_700_000_000_000}}, {"dataset": DBT, "created": {"time": 9e15}}]
    found = flows(read(proposal(FEATURES, "upstreamLineage", {"upstreams": made})))
    assert found[MEMBERS_KEY, FEATURES_KEY].first_seen == datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)
    assert found["dataset:dbt/shop.public.members", FEATURES_KEY].first_seen == ELEVEN


BAD = [
    (proposal("urn:li:dataset:members", "status", {}), "urn"),
    (proposal(MEMBERS, "schemaMetadata", {"fields": [{"name": "email"}]}), "aspect"),
    (proposal(MEMBERS, "schemaMetadata", {"fields": {}}), "aspect"),
    (proposal(MEMBERS, "datasetProperties", []), "aspect"),
    (proposal(FEATURES, "upstreamLineage", {"upstreams": [{"dataset": "members"}]}), "urn"),
    (proposal(dataset("x" * 600), "datasetProperties", {}), "name.length"),
    (proposal(MEMBERS, "globalTags", [{"op": "move", "path": "/a"}], changeType="PATCH"), "item"),
    ({"entityUrn": 7}, "item"),
    ("text", "item"),
]


@pytest.mark.parametrize(("record", "code"), BAD)
def test_one_bad_item_does_not_keep_the_others_out(read, record, code):
    found = read(*company(), record)
    assert ([fault.code for fault in found.faults], found.complete) == ([code], False)
    assert RANKER_KEY in assets(found)


def test_a_catalog_that_names_many_things_it_does_not_know_was_cut_short(read):
    upstreams = [{"dataset": dataset(f"gone_{number}")} for number in range(30)]
    found = read(*company(), proposal(FEATURES, "upstreamLineage", {"upstreams": upstreams}))
    assert ([fault.code for fault in found.faults], found.complete) == (["missing"], False)


def test_of_too_many_tags_the_first_are_taken(read):
    found = read(schema(column("email", *(f"tag{number:03}" for number in range(300)))))
    assert (len(assets(found)[EMAIL_KEY].tags), found.faults[0].code) == (200, "list.size")


def test_more_than_can_be_held_is_not_read(read, monkeypatch):
    monkeypatch.setattr(limits, "GRAPH", 5)
    with pytest.raises(SourceUnreadable, match="split the source"):
        read(*company())


def test_names_with_marks_and_controls_are_kept_as_text(read):
    found = read(schema(column("<b>\x1b[31m", "<script>")))
    odd = assets(found)[f"column:{WAREHOUSE}/shop.public.members#<b>\ufffd[31m"]
    assert odd.tags == ("<script>",)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
        _nested := (
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(st.sampled_from(["tags", "fields", "upstreams", "x"]), inner)
            )
        ),
        max_leaves=8,
    )
)
def test_whatever_stands_in_an_aspect_the_rest_is_read(read, value):
    names = ("schemaMetadata", "globalTags", "upstreamLineage", "siblings", "structuredProperties", "status")
    found = read(*company(), *(proposal(dataset("odd"), name, value) for name in names))
    assert RANKER_KEY in assets(found)
