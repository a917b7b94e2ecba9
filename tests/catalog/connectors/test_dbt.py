"""A dbt project, read from the files that it leaves."""

import json
from datetime import UTC, datetime

import pytest

from tests.scenarios.dbt import META, WAREHOUSE, catalog, column, manifest, node, write
from tests.scenarios.openlineage import run_event
from transparency.catalog.connectors.base import SourceUnreadable
from transparency.catalog.connectors.dbt import DbtFiles
from transparency.catalog.connectors.openlineage import fold, parse_event

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
MEMBERS = f"dataset:{WAREHOUSE}/shop.public.dim_members"


@pytest.fixture
def read(tmp_path):
    """Reads a project; ``found`` has its assets by key."""

    def reading(**files):
        write(tmp_path / "target", **{"manifest": manifest(), **files})
        return DbtFiles("target", WAREHOUSE, tmp_path, NOON).read(lambda *progress: None)

    return reading


def assets(snapshot):
    return {asset.key: asset for asset in snapshot.assets}


def flows(snapshot):
    return {(flow.upstream.rpartition("/")[2], flow.downstream.rpartition("/")[2]) for flow in snapshot.flows}


def test_models_and_sources_are_datasets_by_their_names_in_the_database(read):
    names = {asset.name for asset in read().assets if asset.kind == "dataset"}
    assert names == {"shop.public.people_v2", "shop.public.dim_members", "shop.public.features"}


def test_what_is_built_from_what_is_a_flow_by_the_models_job(read):
    told = {(flow.upstream, flow.downstream): flow.job for flow in read().flows}
    assert told[f"dataset:{WAREHOUSE}/shop.public.people_v2", MEMBERS] == "job:dbt/shop.public.shop.members"


def test_a_table_meets_what_pipelines_post_about_it(read):
    event = run_event(outputs=[{"namespace": WAREHOUSE, "name": "shop.public.dim_members"}])
    posted = fold([parse_event(json.dumps(event))])
    assert MEMBERS in assets(posted)
    assert MEMBERS in assets(read())


def test_tags_and_meta_are_tags(read):
    email = assets(read())[f"column:{WAREHOUSE}/shop.public.dim_members#email"]
    assert email.tags == ("checked", "kind:email", "pii")


def test_newer_projects_keep_tags_and_meta_in_config(read):
    fields = column("email", config={"tags": ["pii"], "meta": {"kinds": ["a", "b"]}})
    found = read(manifest=manifest(nodes={"model.shop.members": node("members", columns=fields)}))
    assert assets(found)[f"column:{WAREHOUSE}/shop.public.members#email"].tags == ("kinds:a", "kinds:b", "pii")


def test_a_machine_learning_exposure_is_a_model(read):
    ranker = assets(read())["model:model://dbt/shop.ranker"]
    assert ranker.facts["owners"] == ["Jobs team"]
    assert ("shop.public.features", "shop.ranker") in flows(read())


def test_another_exposure_is_a_job(read):
    board = {"name": "board", "type": "dashboard", "depends_on": {"nodes": ["model.shop.features"]}}
    assert "job:dbt/shop.board" in assets(read(manifest=manifest(exposures={"exposure.shop.board": board})))


def test_tests_hold_no_data(read):
    assert not any("unique" in key for key in assets(read()))


def test_columns_that_nobody_documented_come_from_the_catalog(read):
    found = assets(read(catalog=catalog(ID="bigint", EMAIL="text")))
    assert found[f"column:{WAREHOUSE}/shop.public.dim_members#ID"].facts == {"type": "bigint"}
    assert found[f"column:{WAREHOUSE}/shop.public.dim_members#EMAIL"].tags == ("checked", "kind:email", "pii")


def test_flows_are_as_old_as_the_files(read):
    assert {flow.last_seen for flow in read().flows} == {datetime(2026, 11, 24, 11, tzinfo=UTC)}


def test_one_bad_model_does_not_keep_the_others_out(read):
    nodes = manifest()["nodes"] | {"model.shop.odd/one": node("odd", columns=[])}
    found = read(manifest=manifest(nodes=nodes))
    assert [fault.pointer for fault in found.faults] == ["/nodes/model.shop.odd~1one"]
    assert (MEMBERS in assets(found), found.complete) == (True, False)


def test_a_parent_that_is_not_there_is_said(read):
    nodes = {"model.shop.members": node("members", "model.shop.gone")}
    found = read(manifest=manifest(nodes=nodes))
    assert (found.faults[0].code, found.complete) == ("missing", False)


def test_names_with_marks_and_controls_are_kept_as_text(read):
    nodes = {"model.shop.x": node("x", alias="<b>\x1b[31m")}
    assert f"dataset:{WAREHOUSE}/shop.public.<b>\ufffd[31m" in assets(read(manifest=manifest(nodes=nodes)))


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("", "can't be read"),
        ('{"metadata": {', "can't be read"),
        ("[]", "can't be read"),
        ("{}", "metadata"),
        ('{"metadata": null}', "metadata"),
        ("[" * 100_000, "can't be read"),
        (manifest(metadata=META | {"dbt_schema_version": "v12"}), "is of the form"),
        (manifest(metadata=META | {"dbt_schema_version": ".../dbt/manifest/v99.json"}), "v4 to v12"),
        (manifest(metadata=META | {"generated_at": "yesterday"}), "generated at"),
        (manifest(metadata=META | {"generated_at": "2027-01-01T00:00:00Z"}), "in the future"),
        ({"metadata": META}, "no model"),
    ],
)
def test_a_manifest_that_is_none_leaves_the_source_unreadable(read, content, says):
    with pytest.raises(SourceUnreadable) as caught:
        read(manifest=content)
    assert says in caught.value.message


def test_where_no_node_can_be_used_the_first_reason_is_told(read):
    with pytest.raises(SourceUnreadable, match=r"no model.* /nodes/model.shop.a: Expected `object`"):
        read(manifest=manifest() | {"nodes": {"model.shop.a": 5}, "sources": {}, "exposures": {}})


def test_a_folder_without_a_manifest_may_get_one_later(tmp_path):
    (tmp_path / "target").mkdir()
    with pytest.raises(SourceUnreadable) as caught:
        DbtFiles("target", WAREHOUSE, tmp_path, NOON).read(lambda *progress: None)
    assert caught.value.retryable


@pytest.mark.parametrize("location", ["../target", "/etc", ""])
def test_a_folder_outside_the_imports_is_refused(tmp_path, location):
    with pytest.raises(SourceUnreadable):
        DbtFiles(location, WAREHOUSE, tmp_path, NOON).read(lambda *progress: None)
