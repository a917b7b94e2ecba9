"""A step that masks or aggregates asks for a barrier; only people make one, and a refusal is remembered."""

from datetime import timedelta
from urllib.parse import unquote

import pytest
from django.utils import timezone

from tests.catalog.builders import Shelf, flow, key, snapshot
from tests.register.builders import NOON, Press, register
from transparency.catalog import actions as catalog
from transparency.catalog.models import Barrier, Observation, Source
from transparency.config.chain import follow
from transparency.review import actions
from transparency.review.models import Finding

STEP = {"key": key("chats.text"), "downstream_key": key("features.text")}


@pytest.fixture(autouse=True)
def _otto_looks(client, otto, ines, settings, time_machine):
    settings.STAFF_SECOND_FACTOR = False
    Press(ines)(register())
    time_machine.move_to(NOON + timedelta(hours=1))
    Source.objects.create(slug="warehouse", name="Warehouse", connector="dbt")
    catalog.add_rule(by=otto, agreed_by=ines, matches="tag", pattern="chat", category="communications.messages")
    catalog.add_binding(by=otto, agreed_by=ines, key=key("job serve"), feature="job-ranking", stage="inference")
    client.force_login(otto)


@pytest.fixture
def shows():
    def read(*more, serving=None, **done):
        ways = flow("chats.text", "features.text", **done), flow("features", "job serve", **(serving or {})), *more
        asked = catalog.request_refresh(by=None, source=Source.objects.get())
        graph = snapshot(*ways, tags={"chats.text": "chat"})
        catalog.refresh(refresh_id=asked.pk, connector_for=Shelf(graph))
        follow(timezone.now())

    return read


def proposed():
    return Finding.objects.filter(kind="barrier_proposed", state="open")


def page(client):
    return client.get(f"/staff/findings/{proposed().get().pk}/").content.decode()


@pytest.mark.parametrize("kind", ["masking", "aggregating"])
def test_it_is_asked_and_nothing_stops(shows, kind):
    shows(**{kind: True})
    assert proposed().count() == 1
    assert not Barrier.objects.exists()
    assert Observation.objects.get().seen


def test_a_plain_step_asks_for_nothing(shows):
    shows()
    assert not proposed().exists()


def test_names_prove_nothing(shows):
    shows(flow("chats.text", "masked_hashed.count", job="job anonymise"), flow("masked_hashed", "job serve"))
    assert not proposed().exists()


def test_it_says_what_would_stop(client, shows):
    shows(masking=True)
    assert "these would be seen no more" in page(client)
    assert ">communications.messages/job-ranking/inference</a>" in page(client)


def test_where_only_the_table_is_known_to_flow_on_the_barrier_is_at_the_table(client, shows):
    shows(serving={"masking": True})
    assert proposed().get().evidence["key"] == key("features")
    assert ">communications.messages/job-ranking/inference</a>" in page(client)


def test_where_another_way_is_open_it_says_that_nothing_would(client, shows):
    shows(flow("chats.text", "other.text"), flow("other", "longer"), flow("longer", "job serve"), masking=True)
    assert "Nothing: all of it still gets there by another way" in page(client)


def test_it_leads_to_the_form_filled_in(client, shows):
    shows(masking=True)
    address = page(client).split('class="button" href="')[1].split('"')[0].replace("&amp;", "&")
    form = client.get(address).content.decode()
    assert STEP["key"] in unquote(address)
    assert f'value="{STEP["downstream_key"]}"' in form


def test_once_two_people_agreed_it_stops_and_is_asked_no_more(shows, otto, ines):
    shows(masking=True)
    until = timezone.now() + timedelta(days=90)
    barrier = catalog.propose_barrier(by=otto, reason="Hashed.", expires_at=until, only_masked=True, **STEP)
    catalog.approve_barrier(by=ines, barrier=barrier)
    follow(timezone.now())
    assert not Observation.objects.get().seen
    assert not proposed().exists()


def test_it_is_asked_no_more_where_one_for_the_whole_tables_waits(shows, otto):
    shows(masking=True)
    until, ends = timezone.now() + timedelta(days=90), {"key": key("chats"), "downstream_key": key("features")}
    catalog.propose_barrier(by=otto, reason="Hashed.", expires_at=until, **ends)
    follow(timezone.now())
    assert not proposed().exists()


def test_a_refusal_is_remembered_though_the_step_was_gone_for_a_while(shows, otto):
    shows(masking=True)
    actions.dismiss(by=otto, findings=list(proposed()), reason="The key is known to the team.")
    shows()
    shows(masking=True)
    assert not proposed().exists()
    refused = Finding.objects.get(kind="barrier_proposed")
    assert (refused.state, refused.reason) == ("dismissed", "The key is known to the team.")
