import json
from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.scenarios.openlineage import WAREHOUSE, dataset, run_event, without
from transparency.catalog import limits
from transparency.catalog.connectors.openlineage import fold, parse_event

JOB = "job:airflow/rank.train"


def seen(*events):
    return fold(parse_event(json.dumps(event)) for event in events)


def key(name):
    return f"dataset:{WAREHOUSE}/{name}"


def column(name, field):
    return f"column:{WAREHOUSE}/{name}#{field}"


def flows(snapshot):
    return {(flow.upstream, flow.downstream) for flow in snapshot.flows}


def asset(snapshot, wanted):
    return next(each for each in snapshot.assets if each.key == wanted)


def aliases(snapshot):
    return {(alias.key, alias.canonical_key, alias.reason) for alias in snapshot.aliases}


def lineage(**fields):
    return {"columnLineage": {"fields": fields}}


def comes_from(table, field, *transformations, **more):
    source = {"namespace": WAREHOUSE, "name": table, "field": field, "transformations": list(transformations)}
    return {"inputFields": [source]} | more


def test_data_flows_from_each_input_to_each_output_and_to_the_job():
    snapshot = seen(run_event([dataset("a"), dataset("b")], [dataset("x")]))
    assert flows(snapshot) == {(key("a"), key("x")), (key("b"), key("x")), (key("a"), JOB), (key("b"), JOB)}


def test_a_flow_names_the_job_and_when_it_was_seen():
    snapshot = seen(run_event([dataset("a")], [dataset("x")]))
    moment = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
    assert {(flow.job, flow.first_seen, flow.last_seen) for flow in snapshot.flows} == {(JOB, moment, moment)}


def test_a_training_job_that_reports_inputs_only_is_reached():
    assert flows(seen(run_event([dataset("a")]))) == {(key("a"), JOB)}


def test_inputs_at_the_start_and_outputs_at_the_end_of_a_run_belong_together():
    start = run_event([dataset("a")], eventType="START")
    end = run_event(outputs=[dataset("x")], eventTime="2026-03-04T06:00:00Z")
    assert (key("a"), key("x")) in flows(seen(start, end))


def test_inputs_and_outputs_of_different_runs_do_not():
    one = run_event([dataset("a")])
    other = run_event(outputs=[dataset("x")], run={"runId": "another"})
    assert (key("a"), key("x")) not in flows(seen(one, other))


def test_two_events_about_a_job_without_a_run_are_not_mixed():
    one = without(run_event([dataset("a")], [dataset("x")]), "run")
    other = without(run_event([dataset("b")], [dataset("y")]), "run")
    assert (key("a"), key("y")) not in flows(seen(one, other))


def test_a_failed_run_may_have_moved_data():
    assert (key("a"), key("x")) in flows(seen(run_event([dataset("a")], [dataset("x")], eventType="FAIL")))


def test_a_job_flows_to_the_job_that_it_is_a_part_of():
    parent = {"run": {"runId": "p"}, "job": {"namespace": "airflow", "name": "rank"}}
    snapshot = seen(run_event([dataset("a")], run={"runId": "r", "facets": {"parent": parent}}))
    assert (JOB, "job:airflow/rank") in flows(snapshot)


def test_columns_that_were_alike_may_come_to_differ():
    before = (
        dataset("a", schema={"fields": [{"name": "c", "type": "text"}]}),
        dataset("b", schema={"fields": [{"name": "c", "type": "text"}]}),
    )
    after = dataset("b", schema={"fields": [{"name": "c", "type": "int"}]})
    snapshot = seen(run_event(outputs=list(before)), run_event(outputs=[after], eventTime="2026-03-05T00:00:00Z"))
    assert asset(snapshot, column("a", "c")).facts == {"position": 1, "type": "text"}
    assert asset(snapshot, column("b", "c")).facts == {"position": 1, "type": "int"}


def test_columns_come_from_the_schema_nested_ones_with_a_dot():
    fields = [{"name": "id", "type": "int"}, {"name": "home", "fields": [{"name": "city", "description": "Where"}]}]
    snapshot = seen(run_event(outputs=[dataset("t", schema={"fields": fields})]))
    city = asset(snapshot, column("t", "home.city"))
    assert (city.field, city.description, city.facts) == ("home.city", "Where", {"position": 3})
    assert asset(snapshot, column("t", "id")).facts == {"position": 1, "type": "int"}


def test_column_lineage_gives_flows_of_columns_and_of_their_datasets():
    snapshot = seen(run_event(outputs=[dataset("x", **lineage(out=comes_from("a", "in")))]))
    assert flows(snapshot) == {(column("a", "in"), column("x", "out")), (key("a"), key("x"))}


def test_masking_and_what_was_done_stand_on_the_flow():
    masked = {"type": "DIRECT", "subtype": "TRANSFORMATION", "description": "sha256", "masking": True}
    snapshot = seen(run_event(outputs=[dataset("x", **lineage(out=comes_from("a", "in", masked)))]))
    flow = next(flow for flow in snapshot.flows if flow.downstream == column("x", "out"))
    assert (flow.direct, flow.masking, flow.transformation) == (True, True, "TRANSFORMATION: sha256")


def test_aggregated_is_what_is_only_aggregated():
    count, copy = ({"type": "DIRECT", "subtype": kind} for kind in ("AGGREGATION", "IDENTITY"))
    told = {"out": comes_from("a", "in", count), "both": comes_from("a", "in", count, copy)}
    snapshot = seen(run_event(outputs=[dataset("x", **lineage(**told))]))
    assert [flow.downstream for flow in snapshot.flows if flow.aggregating] == [column("x", "out")]


def test_the_older_way_to_say_masked_is_understood():
    told = comes_from("a", "in") | {"transformationType": "MASKED", "transformationDescription": "hash"}
    snapshot = seen(run_event(outputs=[dataset("x", **lineage(out=told))]))
    assert next(flow for flow in snapshot.flows if flow.downstream == column("x", "out")).masking


def test_one_unmasked_way_is_enough_to_be_unmasked():
    both = ({"type": "DIRECT", "masking": True}, {"type": "DIRECT", "masking": False})
    snapshot = seen(run_event(outputs=[dataset("x", **lineage(out=comes_from("a", "in", *both)))]))
    assert not next(flow for flow in snapshot.flows if flow.downstream == column("x", "out")).masking


def test_a_column_used_directly_and_in_a_filter_flows_in_both_ways():
    both = ({"type": "DIRECT", "subtype": "IDENTITY"}, {"type": "INDIRECT", "subtype": "FILTER"})
    snapshot = seen(run_event(outputs=[dataset("x", **lineage(out=comes_from("a", "in", *both)))]))
    assert {flow.direct for flow in snapshot.flows if flow.downstream == column("x", "out")} == {True, False}


def test_a_column_that_filters_the_whole_dataset_flows_to_the_dataset_indirectly():
    facet = {"fields": {}, "dataset": comes_from("a", "in", {"type": "INDIRECT", "subtype": "FILTER"})["inputFields"]}
    snapshot = seen(run_event(outputs=[dataset("x", columnLineage=facet)]))
    assert {(flow.upstream, flow.direct) for flow in snapshot.flows if flow.downstream == key("x")} == {
        (key("a"), False),
        (column("a", "in"), False),
    }


def explicit(**told):
    return {"lineage": told}


def source(name, **more):
    return {"namespace": WAREHOUSE, "name": name, "type": "DATASET"} | more


def told_by_job(*entries):
    return {"namespace": "airflow", "name": "rank.train", "facets": explicit(entries=list(entries))}


def test_a_job_may_say_itself_what_flows_into_what():
    snapshot = seen(run_event(job=told_by_job(source("x", inputs=[source("a")]), source("y", inputs=[source("b")]))))
    assert flows(snapshot) == {(key("a"), key("x")), (key("b"), key("y"))}
    assert {flow.job for flow in snapshot.flows} == {JOB}


def test_explicit_lineage_takes_no_flow_away():
    told = told_by_job(source("x", inputs=[source("a")]))
    snapshot = seen(run_event([dataset("a"), dataset("b")], [dataset("x")], job=told))
    assert (key("b"), key("x")) in flows(snapshot)


def test_a_dataset_may_say_what_flows_into_it_without_a_job():
    event = {"eventTime": "2026-03-04T05:06:07Z", "dataset": dataset("view", **explicit(inputs=[source("a")]))}
    (flow,) = seen(event).flows
    assert (flow.upstream, flow.downstream, flow.job, flow.direct) == (key("a"), key("view"), None, True)


def test_explicit_lineage_of_fields_gives_flows_of_columns_and_of_their_datasets():
    masked = [{"type": "DIRECT", "subtype": "TRANSFORMATION", "masking": True}]
    fields = {"out": {"inputs": [source("a", field="in", transformations=masked)]}}
    snapshot = seen(run_event(job=told_by_job(source("x", fields=fields))))
    assert flows(snapshot) == {(column("a", "in"), column("x", "out")), (key("a"), key("x"))}
    assert next(flow for flow in snapshot.flows if flow.downstream == column("x", "out")).masking


def test_a_field_that_affects_a_whole_dataset_flows_to_it_indirectly():
    snapshot = seen(run_event(job=told_by_job(source("x", inputs=[source("a", field="in")]))))
    assert {(flow.upstream, flow.direct) for flow in snapshot.flows} == {(column("a", "in"), False), (key("a"), False)}


def test_jobs_may_hand_data_to_each_other():
    other = {"type": "JOB", "namespace": "airflow", "name": "prepare"}
    snapshot = seen(run_event(job=told_by_job({"type": "JOB", "inputs": [other, source("a")]})))
    assert flows(snapshot) == {("job:airflow/prepare", JOB), (key("a"), JOB)}


def test_a_job_may_make_data_out_of_nothing():
    assert flows(seen(run_event(job=told_by_job(source("x", inputs=[{"type": "JOB"}]))))) == {(JOB, key("x"))}


def test_explicit_lineage_that_names_nothing_says_nothing():
    told = told_by_job({"type": "DATASET", "inputs": [source("a")]}, source("x", inputs=[{"type": "DATASET"}]))
    assert flows(seen(run_event(job=told))) == set()


def test_tags_go_to_the_dataset_and_to_its_columns():
    tags = [{"key": "pii", "value": "true"}, {"key": "category", "value": "messages", "field": "body"}]
    snapshot = seen(run_event([dataset("t", tags={"tags": tags})]))
    assert asset(snapshot, key("t")).tags == ("pii",)
    assert asset(snapshot, column("t", "body")).tags == ("category:messages",)


def test_a_tag_that_says_false_is_no_tag():
    snapshot = seen(run_event([dataset("t", tags={"tags": [{"key": "pii", "value": "false"}]})]))
    assert asset(snapshot, key("t")).tags == ()


def test_the_newest_tags_of_one_tagger_replace_their_older_ones_only():
    old = [{"key": "old", "value": "", "source": "USER"}, {"key": "kept", "value": "", "source": "DBT"}]
    new = [{"key": "new", "value": "", "source": "USER"}]
    first = run_event([dataset("t", tags={"tags": old})])
    second = run_event([dataset("t", tags={"tags": new})], eventTime="2026-03-05T00:00:00Z")
    assert asset(seen(second, first), key("t")).tags == ("kept", "new")


def test_jobs_have_tags_owners_and_descriptions_too():
    facets = {
        "tags": {"tags": [{"key": "team", "value": "ranking"}]},
        "ownership": {"owners": [{"name": "team:ranking", "type": "MAINTAINER"}]},
        "documentation": {"description": "Trains the ranker"},
        "jobType": {"processingType": "BATCH", "integration": "AIRFLOW", "jobType": "TASK"},
    }
    job = asset(seen(run_event(job={"namespace": "airflow", "name": "rank.train", "facets": facets})), JOB)
    assert (job.tags, job.description) == (("team:ranking",), "Trains the ranker")
    assert job.facts == {"owners": ["team:ranking"], "type": "AIRFLOW/TASK/BATCH"}


def test_a_symlink_is_an_alias():
    identifiers = [{"namespace": "hive://meta", "name": "db.t", "type": "TABLE"}]
    snapshot = seen(run_event([dataset("t", symlinks={"identifiers": identifiers})]))
    assert aliases(snapshot) == {("dataset:hive://meta/db.t", key("t"), "symlink")}


def test_a_renamed_dataset_is_still_known_by_its_old_name():
    change = {"lifecycleStateChange": "RENAME", "previousIdentifier": {"namespace": WAREHOUSE, "name": "old"}}
    snapshot = seen(run_event(outputs=[dataset("new", lifecycleStateChange=change)]))
    assert aliases(snapshot) == {(key("old"), key("new"), "rename")}


def test_a_dropped_dataset_keeps_its_flows():
    moved = run_event([dataset("a")], [dataset("x")])
    dropped = run_event(
        outputs=[dataset("a", lifecycleStateChange={"lifecycleStateChange": "DROP"})],
        eventTime="2026-03-05T00:00:00Z",
        run={"runId": "later"},
    )
    snapshot = seen(moved, dropped)
    assert (key("a"), key("x")) in flows(snapshot)
    assert asset(snapshot, key("a")).facts["lifecycle"] == {"change": "DROP", "at": "2026-03-05T00:00:00+00:00"}


def test_a_facet_that_was_deleted_says_nothing():
    told = run_event([dataset("t", documentation={"description": "Messages"})])
    deleted = run_event([dataset("t", documentation={"_deleted": True})], eventTime="2026-03-05T00:00:00Z")
    assert asset(seen(told, deleted), key("t")).description == "Messages"


def test_a_facet_that_nobody_knows_is_kept_as_it_came():
    snapshot = seen(run_event([dataset("t", acme={"_producer": "file:///etc/passwd", "level": [1, {"a": None}]})]))
    kept = {"_producer": "file:///etc/passwd", "level": [1, {"a": None}]}
    assert asset(snapshot, key("t")).facts == {"facets": {"acme": kept}}


def test_a_long_facet_that_nobody_knows_is_not_kept():
    long = {"values": ["x" * 4_000] * 5}
    assert asset(seen(run_event([dataset("t", acme=long)])), key("t")).facts == {"facets": {}}


def test_a_model_is_known_by_its_registry():
    model = {"namespace": "mlflow://models", "name": "job-ranker"}
    assert "model:mlflow://models/job-ranker" in {each.key for each in seen(run_event(outputs=[model])).assets}


def test_a_model_is_known_by_its_type_and_by_its_plain_name_too():
    snapshot = seen(run_event(outputs=[dataset("ranker", datasetType={"datasetType": "MODEL"})]))
    assert aliases(snapshot) == {(key("ranker"), f"model:{WAREHOUSE}/ranker", "symlink")}


def test_an_ml_feature_is_known_by_a_facet_of_its_own():
    snapshot = seen(run_event(outputs=[dataset("clicks", mlFeature={"entity": "member"})]))
    assert f"feature:{WAREHOUSE}/clicks" in {each.key for each in snapshot.assets}


def test_control_characters_in_a_name_are_replaced_and_noted():
    snapshot = seen(run_event([dataset("a\x1b[31mb")]))
    assert key("a\ufffd[31mb") in {each.key for each in snapshot.assets}
    assert [fault.code for fault in snapshot.faults] == ["name.characters"]


def test_two_ways_to_write_one_name_are_one_dataset():
    snapshot = seen(run_event([dataset("caf\u00e9")]), run_event([dataset("cafe\u0301")]))
    assert [each.key for each in snapshot.assets if each.kind == "dataset"] == [key("café")]


def test_a_column_whose_whole_key_is_too_long_is_left_out_and_noted():
    long = dataset("n" * 512, schema={"fields": [{"name": "c" * 512}]}) | {"namespace": "s" * 512}
    snapshot = seen(run_event([long]))
    assert [each.kind for each in snapshot.assets] == ["dataset", "job"]
    assert [fault.code for fault in snapshot.faults] == ["name.length"]


def test_the_same_run_told_in_two_ways_is_noted_and_both_count():
    snapshot = seen(run_event([dataset("a")]), run_event([dataset("b")]))
    assert flows(snapshot) == {(key("a"), JOB), (key("b"), JOB)}
    assert [fault.code for fault in snapshot.faults] == ["event.conflict"]


def test_very_many_pairs_pass_through_the_job():
    inputs, outputs = [[dataset(f"{side}{n}") for n in range(101)] for side in "io"]
    snapshot = seen(run_event(inputs, outputs))
    assert len(inputs) * len(outputs) > limits.PAIRS
    assert len(snapshot.flows) == 202
    assert (JOB, key("o7")) in flows(snapshot)


times = st.sampled_from([f"2026-03-0{day}T00:00:00Z" for day in range(1, 5)])
names = st.sampled_from(["a", "b", "c"])
facets = st.fixed_dictionaries(
    {},
    optional={
        "schema": st.builds(lambda found: {"fields": [{"name": name} for name in found]}, st.sets(names)),
        "documentation": st.builds(lambda text: {"description": text}, st.text("aé\x07", max_size=3)),
        "tags": st.builds(
            lambda tags: {"tags": [{"key": key, "value": "", "source": source} for key, source in tags]},
            st.lists(st.tuples(names, names), max_size=3),
        ),
        "columnLineage": st.builds(
            lambda to, table, masked: lineage(**{to: comes_from(table, "a", {"type": "DIRECT", "masking": masked})}),
            names,
            names,
            st.booleans(),
        ).map(lambda facet: facet["columnLineage"]),
        "lineage": st.builds(
            lambda table, to: {"inputs": [source(table)], "fields": {to: {"inputs": [source(table, field=to)]}}},
            names,
            names,
        ),
        "lifecycleStateChange": st.builds(
            lambda old: {
                "lifecycleStateChange": "RENAME",
                "previousIdentifier": {"namespace": WAREHOUSE, "name": old},
            },
            names,
        ),
        "datasetType": st.sampled_from([{"datasetType": "TABLE"}, {"datasetType": "MODEL"}]),
        "acme": st.integers(0, 2),
    },
)
datasets = st.lists(st.builds(lambda name, facets: dataset(name, **facets), names, facets), max_size=2)
events = st.builds(
    lambda inputs, outputs, time, run: run_event(inputs, outputs, eventTime=time, run={"runId": run}),
    datasets,
    datasets,
    times,
    names,
)


@given(st.lists(events, max_size=6), st.randoms())
@settings(max_examples=150, deadline=None)
def test_neither_order_nor_repetition_changes_the_graph(told, chance):
    again = told + told[: len(told) // 2]
    chance.shuffle(again)
    assert seen(*again) == seen(*told)
