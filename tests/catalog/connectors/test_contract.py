"""What every connector owes, whatever it reads: the same facts give the same graph, and nothing is ever half."""

import gc
from contextlib import contextmanager
from dataclasses import replace

import pytest

from tests.catalog.connectors.tellers import TELLERS, Served, quiet
from transparency.catalog import limits
from transparency.catalog.connectors import datahub_questions, marquez, openmetadata
from transparency.catalog.connectors.base import SourceUnreadable
from transparency.catalog.connectors.http import reader, retrying
from transparency.catalog.keys import column_key, dataset_key
from transparency.demo.catalogs.company import COMPANY, DATABASE, WAREHOUSE, Column, Table
from transparency.demo.catalogs.faults import HARMLESS, Fault

ASKED = [name for name, make in TELLERS.items() if isinstance(make(), Served)]


@pytest.fixture(autouse=True, scope="module")
def quickly():
    """Waits are as many as ever, and short; pages hold ten things."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(retrying, "FIRST", 0.01)
        patched.setattr(retrying, "LONGEST", 0.02)
        patched.setattr(marquez, "PAGE", 10)
        patched.setattr(openmetadata, "PAGE", 10)
        patched.setattr(datahub_questions, "PAGE", 10)
        yield


@pytest.fixture(params=TELLERS, scope="module")
def kind(request):
    return request.param


@contextmanager
def telling(kind):
    """One of this kind, which serves no longer afterwards."""
    one = TELLERS[kind]()
    try:
        yield one
    finally:
        if isinstance(one, Served) and hasattr(one, "fake"):
            one.stop()


@pytest.fixture
def teller(kind):
    with telling(kind) as one:
        yield one


@pytest.fixture(scope="module")
def found(kind, quickly, tmp_path_factory):
    """What the connector makes of the company, read once: no test changes it."""
    with telling(kind) as one:
        return one(tmp_path_factory.mktemp("told"))


@pytest.fixture(params=ASKED)
def served(request, tmp_path):
    """A catalog that is asked, and its connector."""
    one = TELLERS[request.param]()
    one.asks = one.connector(tmp_path)
    yield one
    one.stop()


def table(name):
    return dataset_key(WAREHOUSE, f"{DATABASE}.{name}")


def column(name):
    above, _, last = name.rpartition(".")
    return column_key(WAREHOUSE, f"{DATABASE}.{above}", last)


def kinds(snapshot, kind):
    return {asset.key for asset in snapshot.assets if asset.kind == kind}


def between(snapshot, kind):
    return {
        (one.upstream, one.downstream)
        for one in snapshot.flows
        if _is(one.upstream, kind) and _is(one.downstream, kind)
    }


def made(snapshot, **how):
    return {
        (one.upstream, one.downstream)
        for one in snapshot.flows
        if _is(one.upstream, "column")
        and _is(one.downstream, "column")
        and all(getattr(one, name) == value for name, value in how.items())
    }


def _is(key, kind):
    return key.startswith(f"{kind}:")


def of_columns(*wanted):
    return {(column(one.of), column(one.column)) for job in COMPANY.jobs for one in job.made if wanted[0](one)}


def test_tables_and_columns_have_the_names_that_pipelines_give_them(found):
    assert kinds(found, "dataset") == {table(one.name) for one in COMPANY.tables}
    assert kinds(found, "column") == {column(f"{t.name}.{c.name}") for t in COMPANY.tables for c in t.columns}


def test_tags_sit_on_the_same_columns(found):
    tags = {asset.key: [tag.replace(".", ":") for tag in asset.tags] for asset in found.assets if asset.tags}
    assert tags == {
        column("search.articles.text"): ["personal_data:articles"],
        column("search.queries.text"): ["personal_data:search_history"],
    }


def test_tables_flow_into_the_same_tables(found):
    flows = {(table(source), table(to)) for job in COMPANY.jobs for source in job.reads for to in job.writes}
    assert between(found, "dataset") == flows


def test_columns_flow_into_the_same_columns(teller, found):
    expected = of_columns(lambda one: one.direct) if "columns" in teller.tells else set()
    assert made(found, direct=True) == expected


def test_columns_that_only_decide_about_others_are_told_apart(teller, found):
    expected = of_columns(lambda one: not one.direct) if "indirect" in teller.tells else set()
    assert made(found, direct=False) == expected


def test_masked_columns_are_told_apart(teller, found):
    expected = of_columns(lambda one: one.masked) if "masked" in teller.tells else set()
    assert made(found, masking=True) == expected


def test_aggregated_columns_are_told_apart(teller, found):
    expected = of_columns(lambda one: one.aggregated) if "aggregated" in teller.tells else set()
    assert made(found, aggregating=True) == expected


def test_the_model_is_a_model_and_is_fed_by_its_table(found):
    (model,) = kinds(found, "model")
    assert {one.upstream for one in found.flows if one.downstream == model and _is(one.upstream, "dataset")} == {
        table("search.training")
    }


def test_every_flow_has_both_of_its_ends(found):
    known = {asset.key for asset in found.assets}
    assert {end for one in found.flows for end in (one.upstream, one.downstream, one.job) if end} <= known


def test_what_is_whole_says_so(found):
    assert (found.complete, found.faults, found.doubts) == (True, [], [])


def test_the_same_facts_give_the_same_graph_again(teller, found, tmp_path):
    again = teller(tmp_path)
    assert (again.assets, again.flows, again.aliases) == (found.assets, found.flows, found.aliases)


def test_names_are_text_and_nothing_else(teller, tmp_path):
    hostile = Table("search.<b>\u202e{{7*7}}", (Column("'; DROP TABLE x;--", tags=(("k", "<script>\x1b[31m"),)),))
    found = teller(tmp_path, replace(COMPANY, tables=(*COMPANY.tables, hostile)))
    (tags,) = [asset.tags for asset in found.assets if asset.field == "'; DROP TABLE x;--"]
    assert tags[0][2:] == "<script>\ufffd[31m"
    assert table("search.<b>\u202e{{7*7}}") in kinds(found, "dataset")


def test_a_name_that_is_too_long_to_keep_costs_the_others_nothing(teller, tmp_path):
    long = Table(f"search.{'x' * 5_000}", (Column("id"),))
    try:
        found = teller(tmp_path, replace(COMPANY, tables=(*COMPANY.tables, long)))
    except SourceUnreadable:
        return  # refusing the whole is never half either
    assert {table(one.name) for one in COMPANY.tables} <= kinds(found, "dataset")
    assert max(len(asset.name) for asset in found.assets) <= limits.IDENTIFIER


def test_nothing_that_is_no_more_is_read_as_being_there(served):
    served.fake.fault = Fault.HALF_GONE
    assert len(kinds(served.asks.read(quiet), "dataset")) == len(COMPANY.tables) // 2


@pytest.mark.parametrize("fault", sorted(HARMLESS))
def test_what_does_no_harm_changes_nothing(served, fault):
    before = served.asks.read(quiet)
    served.fake.fault = fault
    after = served.asks.read(quiet)
    assert (after.assets, after.flows, after.doubts) == (before.assets, before.flows, [])


DOUBTFUL = [Fault.SAME_PAGE, Fault.SHRINKS, Fault.LESS, Fault.OVERLAPS]
UNREADABLE = [
    Fault.BROKEN, Fault.BUSY_FOR_A_DAY, Fault.BUSY_SOMEHOW, Fault.LOCKED, Fault.CUT, Fault.CUT_CHUNK, Fault.HALF_JSON,
    Fault.SIGN_IN_PAGE, Fault.NOT_ZIPPED, Fault.HUGE, Fault.DEEP, Fault.LOOP, Fault.ELSEWHERE,
]  # fmt: skip


@pytest.mark.parametrize("fault", DOUBTFUL)
def test_lists_that_do_not_add_up_are_in_doubt(served, fault):
    served.fake.fault = fault
    assert served.asks.read(quiet).doubts


@pytest.mark.parametrize("after", [0, 3, 7])
@pytest.mark.parametrize("fault", UNREADABLE)
def test_whenever_it_goes_bad_nothing_is_read_by_half(served, fault, after):
    served.fake.fault, served.fake.after = fault, after
    with pytest.raises(SourceUnreadable):
        served.asks.read(quiet)


@pytest.mark.parametrize("fault", [Fault.SILENT, Fault.DRIPS])
def test_who_never_answers_is_not_waited_for(served, monkeypatch, fault):
    monkeypatch.setattr(reader, "AT_MOST", 0.5)
    served.fake.fault = fault
    with pytest.raises(SourceUnreadable):
        served.asks.read(quiet)


def test_a_bomb_is_not_unzipped(served):
    served.fake.fault = Fault.BOMB
    with pytest.raises(SourceUnreadable, match="more than is ever read"):
        served.asks.read(quiet)
    gc.collect()


def test_a_field_that_is_gone_is_named(served):
    served.fake.fault = Fault.FIELD_GONE
    with pytest.raises(SourceUnreadable, match=r"another form than agreed.*(fields|columns)"):
        served.asks.read(quiet)


def test_a_look_tells_how_much_there_is(served):
    found = served.asks.look(quiet)
    assert (found.assets, found.tags) == (len(COMPANY.tables) + len(COMPANY.jobs) + len(COMPANY.models), 2)


def test_the_token_is_shown_with_every_question(served):
    served.asks.read(quiet)
    assert set(served.fake.tokens) == {"Bearer s3cret-token"}
