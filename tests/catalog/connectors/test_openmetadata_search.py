"""OpenMetadata with more things than can be asked for one by one: its search tells, and is believed no further than it
agrees with the database."""

from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.catalog.connectors.tellers import asks_openmetadata, opens, quiet
from transparency.catalog.connectors import openmetadata_lineage
from transparency.catalog.connectors.base import SourceUnreadable
from transparency.demo.catalogs.company import COMPANY
from transparency.demo.catalogs.openmetadata import openmetadata
from transparency.demo.catalogs.server import FakeCatalog

THINGS = len(COMPANY.tables) + len(COMPANY.jobs) + len(COMPANY.models)


@pytest.fixture(autouse=True)
def compares_little(monkeypatch):
    """Pages of ten; three things are compared, or a few fewer."""
    monkeypatch.setattr(openmetadata_lineage, "AT_ONCE", 10)
    monkeypatch.setattr(openmetadata_lineage, "COMPARED", 1)


@pytest.fixture
def fake():
    with FakeCatalog(openmetadata()) as one:
        yield one


@pytest.fixture
def read(fake):
    """Reads all of it; ``few`` are asked for one by one, and ``in_all`` is for how many seconds it may ask."""
    return lambda few=0, **how: asks_openmetadata(opens(fake, **how), COMPANY.at, few=few).read(quiet)


def asked(fake, what):
    return [path for path in fake.asked if f"/{what}/" in path]


def searched(change):
    """The catalog, of whose search every answer is changed."""
    shape = openmetadata()

    def answer(asked):
        found = shape(asked)
        return change(found) if asked.path[-1] == "query" else found

    return answer


def documents(change):
    """The catalog, in whose search every document is changed; what ``change`` makes nothing of is not in it."""

    def changed(found):
        told = [(hit, change(hit["_source"])) for hit in found["hits"]["hits"]]
        hits = [hit | {"_source": document} for hit, document in told if document]
        return found | {"hits": {"hits": hits}}

    return searched(changed)


def without_flows(document):
    return document | {"upstreamLineage": []}


def test_the_search_tells_the_same_by_a_few_questions(read, fake):
    one_by_one = read(few=THINGS)
    assert len(asked(fake, "lineage")) == THINGS
    del fake.asked[:]
    found = read()
    assert (found.assets, found.flows, found.doubts) == (one_by_one.assets, one_by_one.flows, [])
    assert len(asked(fake, "lineage")) <= 3
    assert len(asked(fake, "search")) == 4 + 2 + 2  # pages of three kinds, the empty last ones included


def test_whoever_waits_hears_of_it_all_the_time(fake):
    """A worker that says nothing for minutes is given up, and 200,000 tables take minutes to put together."""
    heard = []
    asks_openmetadata(opens(fake), COMPANY.at, few=0).read(lambda phase, done, total: heard.append(phase))
    assert {"Reading tables", "Putting columns together", "Putting lineage together"} <= set(heard)


def test_few_things_are_asked_for_one_by_one(read, fake):
    read(few=THINGS)
    assert asked(fake, "search") == []


def with_other_kinds(asked):
    """The catalog, with a topic and a container: the index of each can be put in order by another field."""
    shape, last = openmetadata(), asked.path[-1]
    if asked.params.get("index", "").startswith(("topic", "container")):
        return {"hits": {"hits": []}}
    if "lineage" in asked.path and last in ("topics", "containers"):
        return {"entity": {"id": last, "type": last[:-1]}}
    if last not in ("topics", "containers"):
        return shape(asked)
    one = shape(replace(asked, path=(*asked.path[:-1], "pipelines")))["data"][0]
    return {"data": [one | {"id": last, "fullyQualifiedName": f"bus.{last}"}], "paging": {"total": 1}}


def test_each_kind_is_put_in_order_by_a_field_that_its_index_has(read, fake):
    fake.shape = with_other_kinds
    read()
    told = [parse_qs(urlsplit(path).query) for path in asked(fake, "search")]
    assert {one["index"][0].partition("_")[0]: one["sort_field"][0] for one in told} == {
        "table": "id.keyword",
        "pipeline": "id.keyword",
        "mlmodel": "id.keyword",
        "container": "id",
        "topic": "fqnHash.keyword",
    }


def test_a_search_in_no_order_is_not_believed(read, fake):
    """One that knows no such field may answer all the same, with the same number for every thing."""
    whole = read(few=THINGS)
    number = {"sort": [9_223_372_036_854_775_807]}
    fake.shape = searched(lambda found: found | {"hits": {"hits": [hit | number for hit in found["hits"]["hits"]]}})
    assert read().flows == whole.flows
    with pytest.raises(SourceUnreadable, match="can’t put things in order"):
        read(per_second=20, in_all=3)


def test_what_the_search_does_not_know_is_asked_for_by_itself(read, fake):
    whole = read(few=THINGS)
    fake.shape = documents(lambda document: document if not document["upstreamLineage"] else None)
    del fake.asked[:]
    assert read().flows == whole.flows
    assert 3 <= len(asked(fake, "lineage")) <= 6


def test_a_flow_from_what_is_in_no_list_is_asked_for_by_itself(read, fake):
    """It may be deleted, or new: the database knows."""
    whole = read(few=THINGS)
    ghost = {"fromEntity": {"id": "ghost", "type": "table", "fullyQualifiedName": "a.b.c.d"}}
    fake.shape = documents(lambda document: document | {"upstreamLineage": [ghost]})
    found = read()
    assert (found.flows, found.faults, found.doubts) == (whole.flows, [], [])


def test_a_search_that_differs_from_the_database_is_in_doubt(read, fake, monkeypatch):
    monkeypatch.setattr(openmetadata_lineage, "COMPARED", THINGS)
    fake.shape = documents(without_flows)
    (doubt,) = read().doubts
    assert (doubt.code, "3 of 34 things" in doubt.message) == ("search", True)


def test_a_flow_that_the_search_alone_still_has_is_in_doubt(read, fake, monkeypatch):
    monkeypatch.setattr(openmetadata_lineage, "COMPARED", THINGS)
    shape = openmetadata()
    fake.shape = lambda asked: shape(asked) | ({"upstreamEdges": []} if "lineage" in asked.path else {})
    assert [doubt.code for doubt in read().doubts] == ["search"]


def test_models_are_always_among_what_is_compared(read, fake):
    """What stands nearest to the features that members meet, though tables were updated later."""
    shape = openmetadata()

    def answer(asked):
        found = shape(asked)
        for table in found["data"] if asked.path[-1] == "tables" else ():
            table["updatedAt"] += 1
        return found

    fake.shape = answer
    read()
    assert len(asked(fake, "lineage/mlmodel")) == 1


@pytest.mark.parametrize(
    "part", [{"timed_out": True}, {"_shards": {"total": 5, "failed": 1}}], ids=["in time", "of all shards"]
)
def test_a_search_that_found_only_a_part_is_not_believed(read, fake, part):
    whole = read(few=THINGS)
    fake.shape = searched(lambda found: found | part | {"hits": {"hits": found["hits"]["hits"][:3]}})
    assert read().flows == whole.flows
    with pytest.raises(SourceUnreadable, match="found only a part of what is there"):
        read(per_second=20, in_all=3)


@pytest.mark.parametrize(
    "answer",
    [lambda found: None, lambda found: {"errors": []}, lambda found: {"hits": {"hits": [{"_source": {}}]}}],
    ids=["none", "other form", "no id"],
)
def test_without_a_search_all_is_asked_for_one_by_one(read, fake, answer):
    whole = read(few=THINGS)
    fake.shape = searched(answer)
    assert read().flows == whole.flows


def test_an_older_search_without_lineage_is_not_a_company_without_flows(read, fake):
    whole = read(few=THINGS)
    fake.shape = documents(lambda document: {"id": document["id"]})
    assert read().flows == whole.flows


def test_it_is_said_at_once_that_there_is_too_much_to_ask(read, fake):
    fake.shape = searched(lambda found: None)
    with pytest.raises(SourceUnreadable, match=r"leaves open what flows into 34 things.*no such page.*1\.7 or later"):
        read(per_second=20, in_all=3)
    assert asked(fake, "lineage") == []
