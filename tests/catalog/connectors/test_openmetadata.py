"""OpenMetadata: what it says in ways of its own, and changes between two readings of all of it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.catalog.connectors.tellers import TELLERS, asks_openmetadata, opens, quiet
from transparency.catalog import actions
from transparency.catalog.connectors.base import SourceUnreadable
from transparency.catalog.connectors.openmetadata_names import Names, parts_of
from transparency.catalog.models import Source
from transparency.catalog.namespaces import read_namespaces
from transparency.demo.catalogs.company import COMPANY, Column, Table
from transparency.demo.catalogs.openmetadata import openmetadata
from transparency.demo.catalogs.server import FakeCatalog

NAMES = Names(read_namespaces("warehouse=postgres://db:5432 shop=mysql://shop:3306 Models=mlflow://models"))
HOUR = timedelta(hours=1)
LATER = replace(COMPANY, at=COMPANY.at + HOUR)


@pytest.mark.parametrize(
    ("written", "parts"),
    [
        ("a.b.c", ["a", "b", "c"]),
        ('a."b.c".d', ["a", "b.c", "d"]),
        ('"a ""b"" c".d', ['a "b" c', "d"]),
        ("", []),
    ],
)
def test_names_are_taken_apart(written, parts):
    assert parts_of(written) == parts


@pytest.mark.parametrize(
    ("kind", "full_name", "service_type", "key"),
    [
        ("dataset", "warehouse.shop.public.members", "Postgres", "dataset:postgres://db:5432/shop.public.members"),
        ("dataset", "shop.default.shop.members", "Mysql", "dataset:mysql://shop:3306/shop.members"),
        ("dataset", "lake.default.raw.t", "Snowflake", "dataset:snowflake://lake/default.raw.t"),
        ("dataset", 'warehouse.shop.public."a.b"', "Postgres", "dataset:postgres://db:5432/shop.public.a.b"),
        ("model", "models.ranker", "Mlflow", "model:mlflow://models/ranker"),
        ("job", "airflow.nightly", "Airflow", "job:airflow/nightly"),
    ],
)
def test_names_are_those_of_openlineage(kind, full_name, service_type, key):
    assert NAMES.named(kind, full_name, service_type).key == key


@pytest.mark.parametrize("full_name", ["", "warehouse", f"warehouse.{'x' * 600}"])
def test_a_name_that_can_not_be_kept_is_refused(full_name):
    with pytest.raises(ValueError, match=r"service|too long"):
        NAMES.named("dataset", full_name, "Postgres")


@pytest.fixture
def fake():
    with FakeCatalog(openmetadata()) as one:
        yield one


@pytest.fixture
def read(fake):
    """Reads all of it, or what changed since a cursor, an hour later."""
    return lambda cursor=None: asks_openmetadata(opens(fake), LATER.at, cursor).read(quiet)


def lineage(fake):
    return [path for path in fake.asked if "/lineage/" in path]


def stated(snapshot):
    return {asset.name for asset in snapshot.assets if asset.stated and asset.kind == "dataset"}


def test_the_cursor_is_the_newest_change(read):
    assert read().cursor == {"updated": str(int(COMPANY.at.timestamp() * 1000))}


def test_lineage_is_asked_for_what_changed_alone(read, fake):
    cursor = {"updated": str(int(LATER.at.timestamp() * 1000))}
    del fake.asked[:]
    found = read(cursor)
    assert (lineage(fake), stated(found), found.changes_only, found.complete) == ([], set(), True, False)


def test_what_changed_comes_with_all_that_flows_into_it(read, fake):
    cursor = read().cursor
    fake.shape = merged(openmetadata(LATER), "search.training")
    del fake.asked[:]
    found = read({"updated": str(int(cursor["updated"]) + 600_000)})
    assert (len(lineage(fake)), stated(found)) == (1, {"tandem.search.training"})
    assert {flow.downstream.rpartition("/")[2] for flow in found.flows if flow.downstream.startswith("dataset:")} == {
        "tandem.search.training"
    }


def of_column(snapshot, name):
    return next(asset for asset in snapshot.assets if asset.field == name)


def labelled(**label):
    """The catalog, in which each column has such a label."""
    shape = openmetadata()

    def answer(asked):
        found = shape(asked)
        for table in found.get("data", []) if asked.path[-1] == "tables" else ():
            for column in table["columns"]:
                column["tags"] = [{"tagFQN": "PII.Sensitive"} | label]
        return found

    return answer


def test_a_glossary_term_is_a_term(read, fake):
    fake.shape = labelled(source="Glossary")
    found = of_column(read(), "asked")
    assert (found.tags, found.terms) == ((), ("PII.Sensitive",))


def test_a_tag_that_nobody_confirmed_is_shown_and_does_not_count(read, fake):
    fake.shape = labelled(state="Suggested")
    found = of_column(read(), "asked")
    assert (found.tags, found.facts["suggested tags"]) == ((), ["PII.Sensitive"])


def test_columns_inside_of_columns_have_a_path(read, fake):
    shape = openmetadata()

    def nested(asked):
        found = shape(asked)
        for table in found.get("data", []) if asked.path[-1] == "tables" else ():
            table["columns"] = [{"name": "address", "children": [{"name": "city"}]}]
        return found

    fake.shape = nested
    assert {"address", "address.city"} <= {asset.field for asset in read().assets}


def test_what_a_model_is_worked_out_from_flows_into_it_by_its_features(read):
    flows = {(flow.upstream.rpartition("/")[2], flow.downstream.rpartition("/")[2]) for flow in read().flows}
    assert ("tandem.search.training#word", "search-training.word") in flows
    assert ("search-training.word", "search-training") in flows


def test_an_older_one_without_containers_is_read(read, fake):
    shape = openmetadata()
    fake.shape = lambda asked: None if asked.path[-1] == "containers" else shape(asked)
    assert read().complete


def test_a_look_asks_for_what_is_read(fake):
    """A version that sends no columns unless it is asked for them is no version of another form."""
    shape = openmetadata()

    def answer(asked):
        found = shape(asked)
        unasked = asked.path[-1] == "tables" and "columns" not in asked.params.get("fields", "")
        for table in found["data"] if unasked else ():
            del table["columns"]
        return found

    fake.shape = answer
    assert asks_openmetadata(opens(fake), COMPANY.at).look(quiet).assets == 34


def test_a_thing_that_goes_away_while_it_is_read_is_no_fault(read, fake):
    shape = openmetadata()
    fake.shape = lambda asked: None if asked.path[-2:-1] == ("mlmodel",) else shape(asked)
    found = read()
    assert (found.complete, found.doubts) == (True, [])


def test_lineage_that_is_not_there_at_all_is_not_taken_for_a_company_without_flows(read, fake):
    """A proxy before it may let through the lists alone."""
    shape = openmetadata()
    fake.shape = lambda asked: None if "lineage" in asked.path else shape(asked)
    with pytest.raises(SourceUnreadable, match="34 things, and has no page of lineage"):
        read()


def test_what_is_deleted_is_gone_though_lineage_still_names_it(read, fake):
    """No list holds it any more. Were that in doubt, nothing of this source would ever go."""
    shape = openmetadata()
    everything = read()

    def answer(asked):
        found = shape(asked)
        if asked.path[-1] == "tables":
            found["data"] = [one for one in found["data"] if one["name"] != "articles"]
            found["paging"]["total"] -= 1
        for node in found["nodes"] if "lineage" in asked.path else ():
            node["deleted"] = node["fullyQualifiedName"].endswith(".articles")
        return found

    fake.shape = answer
    found = read()
    assert (found.complete, found.faults) == (True, [])
    assert {flow.upstream for flow in everything.flows} - {flow.upstream for flow in found.flows}


def test_a_flow_outlives_the_pipeline_that_drew_it(read, fake):
    shape = openmetadata()

    def answer(asked):
        found = shape(asked)
        return found | {"data": [], "paging": {"total": 0}} if asked.path[-1] == "pipelines" else found

    fake.shape = answer
    found = read()
    assert (found.complete, {flow.job for flow in found.flows}) == (True, {None})


def test_a_flow_from_something_that_is_in_no_list_is_said(read, fake):
    shape = openmetadata()

    def answer(asked):
        found = shape(asked)
        if "lineage" in asked.path and found["upstreamEdges"]:
            found["upstreamEdges"][0]["fromEntity"] = "ghost"
        return found

    fake.shape = answer
    found = read()
    assert ({fault.code for fault in found.faults}, found.complete) == ({"missing"}, False)


def tells_of_columns(*made):
    """The catalog, in which the lineage of the words' table tells of these pairs of columns as well."""
    shape = openmetadata()
    told = [{"fromColumns": [f"search-db.tandem.{of}"], "toColumn": to} for of, to in made]

    def answer(asked):
        found = shape(asked)
        for edge in found["upstreamEdges"] if "lineage" in asked.path else ():
            edge["lineageDetails"]["columnsLineage"] += told
        return found

    return answer


def pairs(snapshot):
    return {tuple(end.rpartition("/tandem.")[2] for end in (one.upstream, one.downstream)) for one in snapshot.flows}


WORD = "search-db.tandem.search.words.word"


def test_lineage_of_a_column_that_is_gone_is_told_of_and_left_out(read, fake):
    """OpenMetadata keeps it. It leaves no doubt of what is there: else nothing of the source would ever go again."""
    before = pairs(read())
    fake.shape = tells_of_columns(("search.articles.headline", WORD), ("search.articles.text", f"{WORD}_count"))
    found = read()
    assert (found.complete, pairs(found)) == (True, before)
    assert {(fault.code, fault.pointer) for fault in found.faults} == {
        ("column.gone", "tandem.search.articles.headline"),
        ("column.gone", "tandem.search.words.word_count"),
    }
    assert not {"headline", "word_count"} & {asset.field for asset in found.assets}


def test_a_column_that_lineage_writes_otherwise_is_the_one_there_is(read, fake):
    fake.shape = tells_of_columns(("search.articles.ID", WORD))
    found = read()
    assert ("search.articles#id", "search.words#word") in pairs(found)
    assert found.faults == []


def test_a_table_whose_columns_nobody_tells_keeps_what_lineage_says_of_them(read, fake):
    shape = tells_of_columns(("topics.clicks.page", WORD))
    topic = {"id": "t", "name": "clicks", "fullyQualifiedName": "search-db.tandem.topics.clicks", "updatedAt": 0}
    lists = {"topics": {"data": [topic | {"serviceType": "Postgres"}], "paging": {"total": 1}}}
    fake.shape = lambda asked: lists.get(asked.path[-1]) or shape(asked)
    assert ("topics.clicks#page", "search.words#word") in pairs(read())


def test_what_flows_into_an_input_of_a_model_flows_into_that_feature(read, fake):
    fake.shape = tells_of_columns(("search.articles.topic", "search-models.search-training.word"))
    flows = {(flow.upstream.rpartition("/")[2], flow.downstream) for flow in read().flows}
    feature = "feature:mlflow://search.tandem.example/search-training.word"
    assert ("tandem.search.articles#topic", feature) in flows


def test_an_input_of_a_model_whose_column_is_gone_is_fed_by_the_table(read, fake):
    shape = openmetadata()

    def answer(asked):
        found = shape(asked)
        for model in found["data"] if asked.path[-1] == "mlmodels" else ():
            for feature in model["mlFeatures"]:
                feature["featureSources"][0]["name"] = "renamed"
        return found

    fake.shape = answer
    flows = {(flow.upstream.rpartition("/")[2], flow.downstream.rpartition("/")[2]) for flow in read().flows}
    assert ("tandem.search.training", "search-training.word") in flows


def test_a_wide_table_keeps_its_first_columns(tmp_path):
    wide = Table("search.wide", tuple(Column(f"c{i}") for i in range(10_001)))
    teller = TELLERS["openmetadata"]()
    found = teller(tmp_path, replace(COMPANY, tables=(*COMPANY.tables, wide)))
    teller.stop()
    assert [fault.code for fault in found.faults] == ["list.size"]
    assert sum(asset.name == "tandem.search.wide" for asset in found.assets) == 10_001


def rows(source):
    """What the database holds of a source, without when it came."""
    assets = {
        (one.key, one.description, *one.tags, *one.terms, *sorted(map(str, one.facts.items())))
        for one in source.assets.all()
    }
    ends = source.flows.values_list("upstream__key", "downstream__key", "job__key", "direct", "masking")
    return assets, set(ends)


@pytest.mark.parametrize("table", ["search.articles", "search.words", "search.training", "archive.articles_2001"])
def test_reading_what_changed_is_reading_all_of_it(db, fake, table):
    """One source is read as a whole and then for changes; another one only after them, as a whole."""
    other = Column("other", tags=(("personal_data", "other"),))
    grown = tuple(replace(one, columns=(*one.columns, other)) if one.name == table else one for one in LATER.tables)
    later = openmetadata(replace(LATER, tables=grown))
    step, whole = (Source.objects.create(slug=name, name=name, connector="openmetadata") for name in ("step", "whole"))

    def refresh(source, **how):
        asked = actions.request_refresh(by=None, source=source)
        connector = asks_openmetadata(opens(fake), LATER.at, how.get("cursor"))
        return actions.refresh(refresh_id=asked.pk, connector_for=lambda source: connector)

    refresh(step)
    fake.shape = merged(later, table)
    step.refresh_from_db()
    refresh(step, cursor={"updated": str(int(step.cursor["updated"]) + 600_000)})
    refresh(whole)
    assert rows(step) == rows(whole)
    assert step.refreshes.first().summary["assets"] == len(rows(whole)[0])


def merged(later, table):
    """The catalog, in which that table alone is as it is later."""
    before = openmetadata()

    def answer(asked):
        found = before(asked)
        if asked.path[-1] == "tables":
            ours = {one["id"]: one for one in later(asked)["data"] if one["fullyQualifiedName"].endswith(f".{table}")}
            found["data"] = [ours.get(one["id"], one) for one in found["data"]]
        return found

    return answer
