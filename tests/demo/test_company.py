"""The sample company shows every state that staff will meet."""

from datetime import date, timedelta

import pytest
from django.core.management import CommandError
from django.db import transaction
from django.test import override_settings
from django.utils import timezone

from transparency.accounts.models import HistoryEntry, User
from transparency.catalog import queries
from transparency.catalog.cards import joined_names
from transparency.catalog.models import Barrier, Refresh, Source, Suggestion
from transparency.demo import company
from transparency.demo.management.commands import load_demo
from transparency.demo.register import first_edition, fourth_edition, second_edition, third_edition
from transparency.ledger.sealing import RolledBack
from transparency.register import queries as said
from transparency.register import rules
from transparency.register.actions import in_order
from transparency.register.schema import RecipientRole, Refusal, Stage
from transparency.review.models import Finding, Proposal

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def tandem(django_db_setup, django_db_blocker, tmp_path_factory):
    """The company, loaded once: each test takes back only what itself wrote, as none here commits."""
    folder = tmp_path_factory.mktemp("company")
    own = override_settings(IMPORTS_DIR=folder, LEDGER_DIR=folder / "ledger", PROJECTIONS_DIR=folder / "projections")
    with django_db_blocker.unblock(), transaction.atomic():
        with own:
            company.load()
        yield
        transaction.set_rollback(True)


def test_it_is_loaded_once(tandem):
    assert company.load() == {}
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
    assert "unclassified" in kinds
    assert {"uncovered_use", "clause_changed", "idle_purpose"} <= kinds


def test_one_use_is_only_looked_at_and_counts_and_one_waits_for_somebody(tandem):
    found = {(one.observation.category, one.counted is not None) for one in queries.looked_at()}
    assert found == {("jobs.open_to_work", True), ("profile.place", False)}


def test_names_that_differ_in_case_are_one_and_a_wrong_link_is_kept_apart(tandem):
    told = joined_names("dataset:postgres://warehouse.tandem.example:5432/tandem.raw.activity")
    capitals, link = sorted(told, key=lambda one: one.apart is not None)
    assert capitals.key.endswith("tandem.raw.Activity")
    assert link.canonical_key.endswith("tandem.analytics.events_daily")


def test_columns_that_nobody_labelled_are_suggested_with_reasons(tandem):
    found = {one.category: one for one in Suggestion.objects.all()}
    assert {"activity.search_history", "device.device", "profile.place", "work.salary"} <= found.keys()
    assert all("mobile.app_sessions#" in one.key for one in found.values())
    assert {one.state for one in found.values()} == {"open"}
    assert found["work.salary"].reasons == ["Its description speaks of “salary”."]
    assert found["activity.search_history"].features == ["job-recommendations", "notices"]
    assert found["activity.search_history"].news == ["notices"]


def test_a_barrier_and_a_proposal_wait_for_ines(tandem):
    assert Barrier.objects.filter(approver=None).count() == 1
    assert Proposal.objects.get(edition=None).state == "submitted"


def test_four_editions_are_published(tandem):
    assert said.editions().count() == 4
    assert [said.document(one).register for one in said.editions().order_by("number")[:3]] == [
        in_order(edition) for edition in (first_edition(), second_edition(), third_edition())
    ]


def test_members_were_told_a_month_before_more_was_done(tandem):
    second, third = said.edition(2), said.edition(3)
    assert second.effective_at - second.published_at == third.effective_at - third.published_at == timedelta(days=31)


def test_the_fourth_admits_a_mistake(tandem):
    (one,) = said.corrections()
    assert (one.field, one.until) == ("retention", said.edition(4).effective_at.date().isoformat())


def test_two_policies_are_published_and_one_has_changed(tandem):
    assert [policy.title for policy in said.newest_register()[1].policies] == ["Privacy policy", "Terms of service"]
    assert [one.version for one in said.wordings("privacy-policy", 4)] == ["2.0", "1.0"]


def test_each_was_written_by_otto_and_approved_by_ines_at_its_time(tandem):
    for proposal in Proposal.objects.filter(state="published"):
        edition, approval = said.edition(proposal.edition), proposal.decisions.get()
        assert {edit.author.name for edit in proposal.edits.all()} == {"Otto"}
        assert (approval.reviewer.name, edition.authors, edition.approver) == ("Ines", ["Otto"], "Ines")
        assert proposal.created_at < approval.at < edition.published_at < timezone.now() - timedelta(days=8)


def test_the_history_tells_it_in_order(tandem):
    told = HistoryEntry.objects.filter(subject_kind="proposal").order_by("id")
    assert [entry.at for entry in told] == sorted(entry.at for entry in told)
    verbs = [entry.verb for entry in told.exclude(verb__in=("proposal.edit", "proposal.comment"))]
    once = ["proposal.start", "proposal.submit", "proposal.approve", "proposal.publish"]
    assert verbs == [*once * 4, "proposal.start", "proposal.submit"]


def test_mia_has_refused_three_things_before_the_demo_begins(client, tandem):
    client.force_login(User.objects.get(email="mia@tandem.example"))
    assert "You have refused" in client.get("/choices/").content.decode()


def test_what_the_company_says_may_be_published():
    fourth = fourth_edition(date(2026, 5, 1), date(2026, 11, 1))
    assert [rules.faults(edition) for edition in (first_edition(), second_edition(), third_edition(), fourth)] == [
        []
    ] * 4


def test_members_meet_every_kind_of_answer():
    uses = third_edition().uses
    assert {scope.refusal for use in uses for scope in use.scopes} == set(Refusal)
    assert {use.stage for use in uses} == set(Stage)
    assert {one.role for use in uses for one in use.recipients} == set(RecipientRole)


def test_on_a_log_that_was_tampered_with_it_ends_with_a_sentence(tandem, monkeypatch):
    def refuses(at):
        raise RolledBack("Restore a backup.")

    monkeypatch.setattr(load_demo, "seal", refuses)
    with pytest.raises(CommandError, match=r"^Restore a backup\.$"):
        load_demo._seal()
