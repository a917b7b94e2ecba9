"""The sample company shows every state that staff will meet."""

import pytest

from transparency.catalog.models import Barrier, Refresh, Source
from transparency.demo import company
from transparency.demo.register import first_edition, second_edition, third_edition
from transparency.register import queries as said
from transparency.register import rules
from transparency.register.schema import RecipientRole, Refusal, Stage
from transparency.review.models import Finding, Proposal


@pytest.fixture
def tandem(db, settings, tmp_path):
    settings.IMPORTS_DIR = tmp_path
    company.load()


def test_it_is_loaded_once(tandem):
    assert company.load() == ""
    assert Source.objects.count() == 2


def test_both_sources_were_read_well(tandem):
    assert {refresh.state for refresh in Refresh.objects.all()} == {"succeeded"}


def test_dbt_and_the_pipelines_speak_of_the_same_tables(tandem):
    reports, pipelines = Source.objects.get(slug="reports"), Source.objects.get(slug="pipelines")
    theirs = set(reports.assets.values_list("key", flat=True))
    assert "dataset:postgres://warehouse.tandem.example:5432/tandem.raw.posts" in theirs
    assert theirs & set(pipelines.assets.values_list("key", flat=True))


def test_there_is_work_of_several_kinds(tandem):
    kinds = set(Finding.objects.values_list("kind", flat=True))
    assert {"undeclared_use", "not_observed", "unbound_model", "barrier_expiring"} <= kinds


def test_a_barrier_and_a_proposal_wait_for_ines(tandem):
    assert Barrier.objects.filter(approver=None).count() == 1
    assert Proposal.objects.get().state == "submitted"


def test_three_editions_are_published(tandem):
    assert said.editions().count() == 3


def test_what_the_company_says_may_be_published():
    assert [rules.faults(edition) for edition in (first_edition(), second_edition(), third_edition())] == [[], [], []]


def test_members_meet_every_kind_of_answer():
    uses = third_edition().uses
    assert {scope.refusal for use in uses for scope in use.scopes} == set(Refusal)
    assert {use.stage for use in uses} == set(Stage)
    assert {one.role for use in uses for one in use.recipients} == set(RecipientRole)
