"""Marquez: what it says in ways of its own."""

from datetime import timedelta

import pytest

from tests.catalog.connectors.tellers import opens, quiet
from transparency.catalog.connectors.marquez import Marquez
from transparency.demo.catalogs.company import COMPANY, JOBS
from transparency.demo.catalogs.marquez import marquez
from transparency.demo.catalogs.server import FakeCatalog

SEARCH = "dataset:postgres://search.tandem.example:5432/tandem.search."


@pytest.fixture
def fake():
    with FakeCatalog(marquez()) as one:
        yield one


@pytest.fixture
def read(fake):
    return lambda: Marquez(opens(fake), COMPANY.at).read(quiet)


@pytest.fixture
def told(fake):
    """Changes what is answered about each thing of a kind: ``datasets``, ``jobs`` or ``namespaces``."""
    shape = marquez()

    def change(kind, how):
        def answer(asked):
            found = shape(asked)
            for one in found.get(kind, []) if found else ():
                how(one)
            return found

        fake.shape = answer

    return change


def assets(snapshot):
    return {asset.key: asset for asset in snapshot.assets}


def test_flows_are_as_old_as_the_last_run(read, told):
    run = (COMPANY.at - timedelta(days=40)).isoformat()
    told("jobs", lambda job: job.update(latestRun={"endedAt": run, "updatedAt": run}, updatedAt=run, createdAt=run))
    assert {flow.last_seen for flow in read().flows if flow.job} == {COMPANY.at - timedelta(days=40)}


def test_a_clock_that_is_ahead_makes_nothing_newer_than_now(read, told):
    run = (COMPANY.at + timedelta(days=400)).isoformat()
    told("jobs", lambda job: job.update(latestRun={"endedAt": run}, updatedAt=run))
    assert max(flow.last_seen for flow in read().flows) == COMPANY.at


def test_a_deleted_dataset_is_not_there(read, told):
    told("datasets", lambda one: one.update(deleted=one["name"].endswith("archive.articles_2001")))
    assert SEARCH.replace("search.", "archive.articles_2001") not in assets(read())


def test_a_hidden_namespace_is_not_read(read, told, fake):
    told("namespaces", lambda one: one.update(isHidden=one["name"] == JOBS))
    assert not [asset for asset in read().assets if asset.kind == "job"]


def test_columns_are_told_by_the_job_that_made_them(read):
    jobs = {flow.job for flow in read().flows if flow.downstream.endswith("words#word") and flow.direct}
    assert jobs == {f"job:{JOBS}/count_words"}


def test_where_two_jobs_made_it_nobody_knows_which_told_of_the_columns(read, told):
    """Then the flows of the tables count beside those of the columns: better too much than too little."""
    inputs = [{"namespace": "postgres://search.tandem.example:5432", "name": "tandem.search.articles"}]
    outputs = [{"namespace": "postgres://search.tandem.example:5432", "name": "tandem.search.words"}]
    told("jobs", lambda job: job.update(inputs=inputs, outputs=outputs))
    assert {flow.job for flow in read().flows if flow.downstream.endswith("words#word")} == {None}


def test_a_run_that_has_just_begun_takes_nothing_away(read, told):
    """Marquez lists what the latest run moved: nothing as yet."""
    begun = {"state": "RUNNING", "inputDatasetVersions": [], "outputDatasetVersions": []}
    before = {(flow.upstream, flow.downstream, flow.job) for flow in read().flows}
    told("jobs", lambda job: job.update(inputs=[], outputs=[], latestRun=begun, latestRuns=[begun, *job["latestRuns"]]))
    assert {(flow.upstream, flow.downstream, flow.job) for flow in read().flows} == before


def test_what_an_older_run_read_is_not_read_any_more(read, told):
    """The last run that came to its end tells what the job is today."""
    old = {"state": "COMPLETED", "inputDatasetVersions": [{"datasetVersionId": {"namespace": "s3://old", "name": "x"}}]}
    told("jobs", lambda job: job.update(latestRuns=[*job["latestRuns"], old]))
    assert "dataset:s3://old/x" not in assets(read())


def test_jobs_have_tags_too(read, told):
    told("jobs", lambda job: job.update(tags=["nightly"]))
    assert {asset.tags for asset in read().assets if asset.kind == "job"} == {("nightly",)}


def test_symlinks_and_owners_of_its_facets_are_read(read, told):
    other = {"namespace": "s3://lake", "name": "articles"}
    facets = {"symlinks": {"identifiers": [other]}, "ownership": {"owners": [{"name": "search"}]}}
    told("datasets", lambda one: one.update(facets=facets if one["name"].endswith("search.articles") else {}))
    found = read()
    aliases = {alias.key: alias.canonical_key for alias in found.aliases}
    assert aliases["dataset:s3://lake/articles"] == f"{SEARCH}articles"
    assert assets(found)[f"{SEARCH}articles"].facts["owners"] == ["search"]


@pytest.mark.parametrize("facet", ["symlinks", "columnLineage", "ownership"])
def test_a_facet_of_another_form_is_left_out_and_said(read, told, facet):
    told("datasets", lambda one: one.update(facets={facet: {"owners": 7, "identifiers": 7, "fields": 7}}))
    found = read()
    assert ({fault.code for fault in found.faults}, found.complete) == ({"facet"}, False)
    assert f"{SEARCH}articles" in assets(found)


def test_the_facet_tells_more_than_the_one_word_of_the_list(read, told):
    told("datasets", lambda one: one.update(facets={}))
    by_word = {(flow.direct, flow.masking) for flow in read().flows if flow.downstream.endswith("words#author")}
    assert by_word == {(True, True)}


def test_more_tags_than_one_page_holds_are_all_counted(fake, monkeypatch):
    monkeypatch.setattr("transparency.catalog.connectors.marquez.PAGE", 1)
    assert Marquez(opens(fake), COMPANY.at).look(quiet).tags == 2
