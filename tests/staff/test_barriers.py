"""Where data stops: chosen from what is known, with what would follow; approved, or declined with a reason."""

from datetime import timedelta

import pytest
from django.utils import timezone

from tests.catalog.builders import Shelf, flow, key, snapshot
from transparency.accounts.models import HistoryEntry
from transparency.catalog import actions as catalog
from transparency.catalog.models import Barrier, Source
from transparency.config.chain import follow

GRAPH = flow("users.email", "features.email"), flow("features", "model ranker"), flow("users.email", "clicks.email")


@pytest.fixture(autouse=True)
def _read(settings, otto, client, db):
    settings.STAFF_SECOND_FACTOR = False
    source = Source.objects.create(slug="warehouse", name="Data warehouse", connector="dbt")
    catalog.add_rule(by=otto, matches="tag", pattern="pii", category="contact.email")
    catalog.add_binding(by=otto, key=key("model ranker"), feature="job-ranking", stage="training")
    asked = catalog.request_refresh(by=None, source=source)
    done = catalog.refresh(refresh_id=asked.pk, connector_for=Shelf(snapshot(*GRAPH, tags={"users.email": "pii"})))
    follow(done.finished_at)
    client.force_login(otto)


def proposed(by, days=9, **where):
    until = timezone.now() + timedelta(days=days)
    where = {"key": key("features")} | where
    return catalog.propose_barrier(by=by, reason="Counts only.", expires_at=until, **where)


def shown(client, address="", **asked):
    return client.get(f"/staff/barriers/{address}", asked).content.decode()


def test_the_asset_is_found_by_a_part_of_its_name(client):
    assert 'name="key"' not in shown(client)
    assert f'<code class="wrap">{key("features")}</code>' in shown(client, q="FEATURES")


def test_what_is_chosen_stands_in_the_form_and_nobody_types_a_key(client):
    page = shown(client, key=key("users"), category="contact.email")
    assert f'<input type="hidden" name="key" value="{key("users")}"' in page
    assert '<option value="contact.email" selected>' in page


def test_the_ways_that_begin_there_can_be_chosen_those_of_its_columns_as_well(client):
    page = shown(client, key=key("users"))
    assert [f'<option value="{key(end)}">' in page for end in ("features", "clicks", "model ranker")] == [1, 1, 0]


def test_one_at_what_no_source_knows_warns(client):
    assert "No source knows an asset with this key now" in shown(client, key="dataset:ghost/none")


def test_a_slip_in_the_kind_of_data_is_refused(client):
    sent = {"key": key("users"), "reason": "Totals.", "expires_at": "2099-01-01", "category": "contact.emial"}
    assert b"is not one of the available choices" in client.post("/staff/barriers/propose/", sent).content
    assert not Barrier.objects.exists()


@pytest.mark.parametrize("asked", ["x" * 5_000, "<script>alert(1)</script>", "\0", "model:\u202eevil\u0301\n"])
def test_whatever_is_asked_is_only_text(client, asked):
    answer = client.get("/staff/barriers/", {"key": asked, "downstream_key": asked, "category": asked, "q": asked})
    assert (answer.status_code, b"<script>alert" in answer.content) == (200, False)


def test_before_it_counts_it_says_what_it_would_stop(client, otto, ines):
    barrier = proposed(otto)
    assert "contact.email → job-ranking" in shown(client, f"{barrier.pk}/")
    catalog.approve_barrier(by=ines, barrier=barrier)
    assert "It keeps this from being seen" in shown(client, f"{barrier.pk}/")


def test_one_that_stops_nothing_says_so(client, otto):
    assert "Nothing that is seen rests on it" in shown(client, f"{proposed(otto, key=key('clicks')).pk}/")


def test_ines_finds_it_and_declines_it_with_a_reason(client, otto, ines):
    barrier = proposed(otto)
    client.force_login(ines)
    assert "barrier to decide on" in client.get("/staff/").content.decode()
    client.post(f"/staff/barriers/{barrier.pk}/decline/", {"reason": "A hash can be told from others."})
    assert not Barrier.objects.exists()
    told = HistoryEntry.objects.get(verb="barrier.decline")
    assert (told.subject, told.after["reason"]) == (key("features"), "A hash can be told from others.")


def test_without_a_reason_it_is_not_declined(client, otto, ines):
    barrier = proposed(otto)
    client.force_login(ines)
    told = client.post(f"/staff/barriers/{barrier.pk}/decline/", {"reason": " "}, follow=True)
    assert "Say why, so that whoever proposed it can do better." in told.content.decode()
    assert Barrier.objects.exists()


def test_one_that_counts_is_not_declined(client, otto, ines):
    barrier = proposed(otto)
    catalog.approve_barrier(by=ines, barrier=barrier)
    client.force_login(ines)
    told = client.post(f"/staff/barriers/{barrier.pk}/decline/", {"reason": "No."}, follow=True)
    assert "It was approved meanwhile." in told.content.decode()


def test_one_whose_time_is_over_is_not_approved(client, otto, ines, time_machine):
    barrier = proposed(otto)
    time_machine.move_to(timezone.now() + timedelta(days=10))
    client.force_login(ines)
    assert "Its time is over" in shown(client, f"{barrier.pk}/")
    client.post(f"/staff/barriers/{barrier.pk}/approve/")
    assert Barrier.objects.get().approver is None


def test_each_flow_of_an_asset_leads_to_the_form(client):
    page = client.get("/staff/assets/one/", {"key": key("features")}).content.decode()
    assert page.count(">Propose a barrier on this way</a>") == 1
