"""DataHub asked over HTTP: a real server on this machine that answers as GMS does."""

from datetime import UTC, datetime
from urllib.parse import parse_qs

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.scenarios.datahub import (
    ELEVEN,
    EMAIL,
    FEATURES,
    MEMBERS,
    NAMESPACES,
    RANKER,
    WAREHOUSE,
    column,
    company,
    dataset,
    feature,
    job,
    model,
    write,
)
from transparency.catalog.connectors import datahub_kinds, datahub_questions
from transparency.catalog.connectors.base import SourceUnreadable
from transparency.catalog.connectors.datahub import DataHub
from transparency.catalog.connectors.datahub_files import DataHubFiles
from transparency.catalog.connectors.http import Address, Reader, root_of
from transparency.demo.catalogs.datahub import Gms
from transparency.demo.catalogs.server import FakeCatalog

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)
TODAY = datetime(2026, 11, 25, tzinfo=UTC)
FEATURES_KEY = f"dataset:{WAREHOUSE}/shop.public.features"
RANKER_KEY = "model:mlflow://models/ranker_7"
RUN = "urn:li:dataProcessInstance:9f2c"


def entities():
    """The company as GMS knows it."""
    found = {}
    for one in company():
        found.setdefault(one["entityUrn"], {})[one["aspectName"]] = one["aspect"]["json"]
    return found


@pytest.fixture
def gms():
    return Gms(entities(), ELEVEN, size=2)


@pytest.fixture
def fake(gms):
    with FakeCatalog(gms) as one:
        yield one


@pytest.fixture
def asked(fake):
    """The connector of the fake, for all of it or for the changes since a cursor."""

    def opened():
        root = root_of(fake.url, hosts=(), private=[fake.host])
        return Reader(Address(root, "s3cret", "DATAHUB"), per_second=10_000, in_all=60, attempts=1)

    return lambda since=None: DataHub(opened, NAMESPACES, NOON, since or {})


@pytest.fixture
def read(asked):
    return lambda since=None: asked(since).read(quiet)


def quiet(*progress):
    """Nobody looks."""


def assets(snapshot):
    return {asset.key: asset for asset in snapshot.assets}


def flows(snapshot):
    return {(flow.upstream, flow.downstream) for flow in snapshot.flows}


def test_it_says_the_same_as_its_files(read, tmp_path):
    write(tmp_path / "datahub", *company())
    told = DataHubFiles("datahub", NAMESPACES, tmp_path, NOON).read(quiet)
    asked = read()
    assert assets(asked) == assets(told)
    assert flows(asked) == flows(told)
    assert (asked.faults, asked.doubts, asked.complete) == ([], [], True)


def test_it_was_all_seen_today(read):
    assert {flow.last_seen for flow in read().flows} == {TODAY}


def test_it_is_asked_page_by_page_with_the_token(read, gms, fake):
    gms.size = 1
    read()
    assert sum("/openapi/v3/entity/dataset?" in path for path in fake.asked) == 2
    assert set(fake.tokens) == {"Bearer s3cret"}


def test_whoever_waits_hears_of_it_while_it_is_put_together(asked):
    heard = []
    asked().read(lambda phase, done, total: heard.append(phase))
    assert {"Reading datasets", "Putting datasets together"} <= set(heard)


def test_columns_come_more_at_once_than_what_says_more(read, fake):
    read()
    counts = {parse_qs(path)["count"][0] for path in fake.asked if "/entity/schemaField?" in path}
    others = {parse_qs(path)["count"][0] for path in fake.asked if "/entity/dataset?" in path}
    assert (counts, others) == ({"1000"}, {"250"})


def test_more_than_a_search_would_find_comes_by_scrolling(read, gms, monkeypatch):
    monkeypatch.setattr(datahub_questions, "SEARCH_ENDS", 4)
    for number in range(5):
        gms.entities[dataset(f"more_{number}")] = {}
    found = read()
    assert (len([key for key in assets(found) if "more_" in key]), found.doubts) == (5, [])


@pytest.fixture
def versions(gms):
    """Three older versions of the ranker, beside the newest."""
    for number in (4, 5, 6):
        gms.tell(model(f"ranker_{number}"), "mlModelProperties", {"trainingJobs": [job("train")]})
        gms.tell(model(f"ranker_{number}"), "versionProperties", {"isLatest": False, "sortId": str(number)})
    gms.tell(RANKER, "versionProperties", {"isLatest": True, "sortId": "7"})


def test_a_model_that_is_not_the_newest_version_is_read_too(read, versions):
    found = read()
    assert {f"model:mlflow://models/ranker_{number}" for number in (4, 5, 6, 7)} <= assets(found).keys()
    assert found.doubts == []


def test_an_older_datahub_that_knows_no_versions_leaves_none_out(read, gms, monkeypatch):
    refused = {"errors": [{"message": "contains a field not in 'SearchFlags': 'filterNonLatestVersions'"}]}
    monkeypatch.setattr(gms, "older", lambda asked: refused)
    assert RANKER_KEY in assets(read())


def test_older_versions_that_cannot_be_listed_leave_the_source_unreadable(read, gms, monkeypatch):
    monkeypatch.setattr(gms, "older", lambda asked: {"data": None, "errors": [{"message": "Too busy"}]})
    with pytest.raises(SourceUnreadable, match="older versions of datasets: Too busy"):
        read()


def test_exactly_as_many_as_a_search_would_find_is_doubtful(read, monkeypatch):
    monkeypatch.setattr(datahub_questions, "SEARCH_ENDS", 2)
    assert [doubt.code for doubt in read().doubts] == ["capped"]


@pytest.mark.parametrize("tells_totals", [True, False])
def test_less_than_was_promised_is_doubtful(read, gms, tells_totals, monkeypatch):
    gms.tells_totals = tells_totals
    monkeypatch.setattr(gms, "size", 1)
    monkeypatch.setattr(gms, "entity", lambda urn, aspects: {"urn": MEMBERS})
    assert {"less", "repeats"} == {doubt.code for doubt in read().doubts}


def test_what_is_promised_and_shrinks_is_doubtful(read, gms, monkeypatch):
    told = iter([3, 2])
    none = {kind: {"total": 0} for kind in datahub_kinds.KINDS}
    monkeypatch.setattr(gms, "count", lambda asked: {"data": none | {"dataset": {"total": next(told)}}})
    assert [doubt.code for doubt in read().doubts] == ["shrinks"]


def test_errors_of_graphql_are_no_empty_catalog(read, gms, monkeypatch):
    monkeypatch.setattr(gms, "count", lambda asked: {"data": None, "errors": [{"message": "Unauthorized"}]})
    with pytest.raises(SourceUnreadable, match="could not count: Unauthorized"):
        read()


def test_a_kind_that_is_not_counted_is_named(read, gms, monkeypatch):
    monkeypatch.setattr(gms, "count", lambda asked: {"data": {"dataset": {"total": 2}}})
    with pytest.raises(SourceUnreadable, match="does not say how many there are of tag"):
        read()


@pytest.mark.parametrize("entity", [{}, {"urn": 7}, {"urn": MEMBERS, "status": {}}, {"urn": MEMBERS, "status": 1}])
def test_an_entity_of_another_form_leaves_the_source_unreadable(read, gms, monkeypatch, entity):
    monkeypatch.setattr(gms, "entity", lambda urn, aspects: entity)
    with pytest.raises(SourceUnreadable, match="another form than agreed"):
        read()


def test_a_field_that_is_not_there_any_more_is_named(read, gms):
    gms.entities[FEATURES]["upstreamLineage"] = {"upstream": []}
    with pytest.raises(SourceUnreadable, match=r"features.*another form than agreed.*upstreams"):
        read()


def test_what_was_removed_is_not_there(read, gms):
    gms.entities[FEATURES]["status"] = {"removed": True}
    found = read()
    assert FEATURES_KEY not in assets(found)
    assert not [pair for pair in flows(found) if FEATURES_KEY in pair]


def test_only_the_runs_that_trained_a_model_are_asked_for(read, gms, fake):
    gms.entities[RUN] = {"dataProcessInstanceInput": {"inputs": [MEMBERS]}}
    gms.entities["urn:li:dataProcessInstance:other"] = {"dataProcessInstanceInput": {"inputs": [FEATURES]}}
    gms.entities[RANKER]["mlModelProperties"]["trainingJobs"] = [RUN]
    assert (f"dataset:{WAREHOUSE}/shop.public.members", RANKER_KEY) in flows(read())
    assert "job:datahub/run/other" not in assets(read())


def test_the_next_reading_begins_where_this_one_began(read, gms):
    gms.tell(MEMBERS, "datasetProperties", {"description": "First."})
    assert read().cursor == {"offset": "1"}


def test_a_catalog_that_tells_no_changes_is_read_as_a_whole(read, gms):
    gms.tells_changes = False
    found = read({"offset": "0"})
    assert (found.changes_only, found.cursor, found.complete) == (False, {}, True)


def test_one_that_refuses_the_topic_of_changes_is_read_as_a_whole(read, gms, fake):
    """As the open DataHub does, which knows the topic and lets nobody have it."""
    fake.locked = ("openapi", "v1", "events")
    found = read({"offset": "0"})
    assert (found.changes_only, found.cursor, found.complete) == (False, {}, True)


def test_only_what_changed_is_read_again(read, gms, fake):
    cursor = read().cursor
    fields = [column("id"), column("email"), column("phone", "PII")]
    gms.tell(MEMBERS, "schemaMetadata", {"fields": fields})
    del fake.asked[:]
    found = read(cursor)
    assert assets(found)[f"column:{WAREHOUSE}/shop.public.members#phone"].tags == ("PII",)
    assert (found.changes_only, found.complete, found.cursor) == (True, False, {"offset": "1"})
    assert not any(path.startswith("/openapi/v3/entity/dataset?") for path in fake.asked)


def test_a_new_model_comes_with_what_trained_it(read, gms):
    cursor = read().cursor
    gms.tell(model("ranker_8"), "mlModelProperties", {"mlFeatures": [feature("mail")], "trainingJobs": [job("train")]})
    found = flows(read(cursor))
    new = "model:mlflow://models/ranker_8"
    assert {("feature:feature://members/mail", new), (FEATURES_KEY, new)} <= found


@pytest.mark.parametrize(
    ("urn", "aspect", "value"),
    [
        (FEATURES, "status", {"removed": True}),
        (FEATURES, "upstreamLineage", None),
        (FEATURES, "upstreamLineage", {"upstreams": []}),
        (MEMBERS, "schemaMetadata", {"fields": [column("id")]}),
        (RANKER, "mlModelProperties", {"mlFeatures": []}),
        ("urn:li:tag:PII", "tagProperties", {"name": "Other"}),
    ],
)
def test_what_takes_something_away_or_renames_it_makes_all_of_it_be_read(read, gms, urn, aspect, value):
    gms.entities["urn:li:tag:PII"] = {"tagProperties": {"name": "Personal"}}
    cursor = read().cursor
    gms.tell(urn, aspect, value)
    found = read(cursor)
    assert (found.changes_only, found.complete) == (False, True)


def test_what_was_removed_long_ago_makes_nobody_read_all_of_it(read, gms):
    gms.entities[model("old")] = {"status": {"removed": True}}
    cursor = read().cursor
    gms.tell(MEMBERS, "datasetProperties", {"description": "Told anew."})
    assert read(cursor).changes_only


def test_a_change_of_what_is_not_read_is_no_change(read, gms, fake):
    cursor = read().cursor
    gms.tell(MEMBERS, "browsePathsV2", {"path": []})
    del fake.asked[:]
    found = read(cursor)
    assert (found.changes_only, found.assets, found.cursor) == (True, [], {"offset": "1"})
    assert not any("/entity/" in path for path in fake.asked)


def test_an_event_that_is_none_makes_all_of_it_be_read(read, gms, monkeypatch):
    cursor = read().cursor
    monkeypatch.setattr(gms, "poll", lambda asked: {"offsetId": "9", "events": [{"value": "{"}]})
    assert not read(cursor).changes_only


@pytest.mark.parametrize("value", ["{", "[" * 100_000, "7"])
def test_a_change_that_can_not_be_understood_makes_all_of_it_be_read(read, gms, value):
    cursor = read().cursor
    gms.tell(FEATURES, "status", {"removed": False})
    gms.changes[-1]["aspect"] = {"value": value}
    gms.changes[-1]["previousAspectValue"] = {"value": '{"removed": true}'}
    assert not read(cursor).changes_only


@pytest.mark.parametrize("urn", ["urn:li:schemaField:email", "urn:li:schemaField:(a,b)", "email", ""])
def test_a_change_of_something_without_a_name_adds_nothing_false(read, gms, urn):
    whole = read()
    gms.tell(EMAIL, "globalTags", {"tags": []})
    gms.changes[-1]["entityUrn"] = urn
    assert set(assets(read(whole.cursor))) <= set(assets(whole))


def test_more_changes_than_it_would_take_to_read_all_are_not_read_one_by_one(read, gms, monkeypatch):
    cursor = read().cursor
    monkeypatch.setattr(datahub_questions, "CHANGED", 0)
    gms.tell(MEMBERS, "datasetProperties", {"description": "First."})
    assert not read(cursor).changes_only


def test_a_quick_look_tells_how_much_there_is(asked, gms):
    gms.entities["urn:li:tag:PII"] = {"tagProperties": {"name": "Personal"}}
    gms.entities["urn:li:glossaryTerm:Email"] = {}
    found = asked().look(quiet)
    assert (found.assets, found.tags, found.says) == (6, 1, "DataHub v1.2.0")


def test_properties_of_columns_are_read(read, gms):
    urn = "urn:li:structuredProperty:io.acme.kind"
    gms.entities[EMAIL] = {
        "structuredProperties": {"properties": [{"propertyUrn": urn, "values": [{"string": "email"}]}]}
    }
    email = assets(read())[f"column:{WAREHOUSE}/shop.public.members#email"]
    assert email.tags == ("PII", "io.acme.kind:email")


TAGGED = column("email", "PII"), column("email"), column("email", "Other", terms=("Contact.Email",))
EDITS = [
    *((MEMBERS, "schemaMetadata", {"fields": [column("id"), one]}) for one in TAGGED),
    (MEMBERS, "schemaMetadata", {"fields": [column("id")]}),
    (MEMBERS, "datasetProperties", {"description": "Told anew."}),
    (MEMBERS, "globalTags", {"tags": [{"tag": "urn:li:tag:PII"}]}),
    (MEMBERS, "globalTags", {"tags": []}),
    (FEATURES, "upstreamLineage", {"upstreams": [{"dataset": MEMBERS, "type": "COPY"}]}),
    (FEATURES, "upstreamLineage", {"upstreams": []}),
    (FEATURES, "upstreamLineage", None),
    (FEATURES, "status", {"removed": True}),
    (FEATURES, "status", {"removed": False}),
    (job("train"), "dataJobInputOutput", {"inputDatasets": [MEMBERS, FEATURES], "outputDatasets": []}),
    (job("train"), "dataJobInputOutput", {"inputDatasets": [FEATURES], "outputDatasets": [dataset("out")]}),
    (RANKER, "mlModelProperties", {"trainingJobs": [job("train")], "mlFeatures": [feature("mail")]}),
    (RANKER, "mlModelProperties", {"trainingJobs": [RUN]}),
    (RUN, "dataProcessInstanceInput", {"inputs": [MEMBERS]}),
    (RUN, "dataProcessInstanceRelationships", {"parentTemplate": job("train"), "upstreamInstances": []}),
    (feature("mail"), "mlFeatureProperties", {"sources": [MEMBERS]}),
    ("urn:li:tag:PII", "tagProperties", {"name": "Personal"}),
    ("urn:li:tag:PII", "tagProperties", {"name": "PII"}),
    (EMAIL, "globalTags", {"tags": [{"tag": "urn:li:tag:PII"}]}),
]


class Known:
    """What a site knows after one reading and the next, as its database merges them."""

    def __init__(self):
        self.assets, self.flows, self.cursor = {}, set(), {}

    def merge(self, snapshot):
        if not snapshot.changes_only:
            self.assets, self.flows = {}, set()
        told = {one.key: one for one in snapshot.assets if one.stated or one.key not in self.assets}
        self.assets |= {key: (one.tags, one.terms, one.description) for key, one in told.items()}
        self.flows |= {(one.upstream, one.downstream, one.job, one.direct) for one in snapshot.flows}
        self.cursor = snapshot.cursor
        return self


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=15, deadline=None)
@given(st.lists(st.lists(st.sampled_from(EDITS), min_size=1, max_size=3), min_size=1, max_size=4))
def test_reading_only_changes_always_comes_to_what_reading_all_comes_to(asked, gms, rounds):
    gms.entities, gms.changes = entities(), []
    known = Known().merge(asked().read(quiet))
    for edits in rounds:
        for edit in edits:
            gms.tell(*edit)
        known.merge(asked(known.cursor).read(quiet))
        whole = Known().merge(asked().read(quiet))
        assert known.flows ^ whole.flows == set()
        assert {k: (v, whole.assets.get(k)) for k, v in known.assets.items() if v != whole.assets.get(k)} == {}
        assert known.assets.keys() == whole.assets.keys()
