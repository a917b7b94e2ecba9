"""The overview of somebody who is signed in: their own words on it, for them alone and in no cache."""

import gzip
from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.test import Client

from tests.consent.builders import Chooser
from tests.members.choosing import page_of
from tests.register.builders import NOON, register, use
from transparency.accounts.models import User
from transparency.register.schema import Scope

pytestmark = pytest.mark.django_db
ASKED = Scope(jurisdictions=("*",), legal_basis="consent", refusal="consent_first", default="off")
TODAY = NOON + timedelta(days=40)
BOTH = (use(), use(stage="inference", scopes=(ASKED,)))


@pytest.fixture
def site(publish, time_machine):
    publish(register(*BOTH))
    time_machine.move_to(TODAY, tick=False)
    return publish


@pytest.fixture
def here(client, site, mia):
    client.force_login(mia)
    return client


@pytest.fixture
def chooses(site):
    return Chooser("1000001")


def test_mia_reads_how_much_she_refused(here, chooses):
    chooses.refuses("all")
    assert "You have refused <b>2 uses</b>." in page_of(here, "/")


def test_who_refused_nothing_is_told_where_they_can(here):
    assert "You have refused nothing so far." in page_of(here, "/")


def test_what_is_merely_off_until_a_yes_is_not_counted_as_refused(here, chooses):
    chooses.refuses()
    assert "You have refused <b>1 use</b>." in page_of(here, "/")


def test_a_choice_shows_with_the_next_request(here, chooses):
    page_of(here, "/")
    chooses.refuses()
    assert "You have refused <b>1 use</b>." in page_of(here, "/")


def test_a_yes_that_a_use_has_outgrown_is_named(here, chooses, site):
    chooses.allows()
    site(register(use(retention="13 years"), BOTH[1]), at=TODAY)
    assert "<b>1 use</b> changed since you said yes." in page_of(here, "/")


def test_what_changed_since_the_last_visit_is_told_during_the_whole_next_one(here, site, mia):
    page_of(here, "/")
    site(register(use(retention="13 years"), BOTH[1]), at=TODAY)
    again = Client()
    again.force_login(User.objects.get(pk=mia.pk))
    for page in (page_of(again, "/"), page_of(again, "/")):
        assert "Since your last visit" in page
        assert "was “13 months” and is now “13 years”" in page


def test_on_the_visit_after_that_it_is_told_no_more(here, site, mia):
    page_of(here, "/")
    site(register(use(retention="13 years"), BOTH[1]), at=TODAY)
    page_of(here, "/")
    later = Client()
    later.force_login(mia)
    assert "Since your last visit" not in page_of(later, "/")


def test_on_the_first_visit_nothing_is_new(here):
    assert "Since your last visit" not in page_of(here, "/")


def test_a_stranger_finds_nothing_of_anybody(client, site):
    answer = client.get("/")
    assert b"You have refused" not in answer.content
    assert b"<!--own-->" not in answer.content


def test_nor_does_an_account_of_no_member(client, site, otto):
    client.force_login(otto)
    assert b"You have refused" not in client.get("/").content


def test_no_cache_keeps_what_is_mias(here):
    answer = here.get("/")
    assert (answer["Cache-Control"], "ETag" in answer) == ("no-store, private", False)
    assert "Cookie" in answer["Vary"]


def test_a_cache_that_keeps_the_strangers_page_is_told_that_members_get_another(client, site):
    for path, vary in (("/", "Accept, Accept-Encoding, Cookie"), ("/choices/", "Accept-Encoding, Cookie")):
        for _ in range(2):
            answer = client.get(path)
            assert (answer["Cache-Control"], answer["Vary"]) == ("public, no-cache", vary)
            assert not answer.cookies


def test_what_a_stranger_has_is_not_passed_off_as_mias(client, site, mia):
    etag = client.get("/")["ETag"]
    client.force_login(mia)
    assert client.get("/", headers={"If-None-Match": etag}).status_code == 200


def test_the_compressed_page_says_the_same(here, chooses):
    chooses.refuses()
    answer = here.get("/", headers={"Accept-Encoding": "gzip"})
    assert answer["Content-Encoding"] == "gzip"
    assert gzip.decompress(answer.content) == here.get("/").content


def test_a_past_day_is_the_same_for_everybody(client, site, mia):
    for_a_stranger = client.get("/on/2026-11-24/").content
    client.force_login(mia)
    assert client.get("/on/2026-11-24/").content == for_a_stranger


def test_members_never_read_each_others_words(here, site, person, chooses):
    chooses.refuses("all")
    other = Client()
    other.force_login(person("Nora", "member", member_key="1000003"))
    for _ in range(3):
        assert "You have refused <b>2 uses</b>." in page_of(here, "/")
        assert "You have refused nothing so far." in page_of(other, "/")


@pytest.mark.parametrize("key", ["0", "9", str(2**63 - 1), str(2**63), "007", "9" * 19, "9" * 64, "mia-7", "'; --"])
def test_whatever_a_members_key_is_their_own_refusals_are_found_by_it(client, site, person, key):
    Chooser(key).refuses("all")
    Chooser("1000002").refuses()
    client.force_login(person("Nora", "member", member_key=key))
    assert "You have refused <b>2 uses</b>." in page_of(client, "/")


def test_with_the_session_of_another_before_hers_mia_reads_her_own_words(here, chooses, person):
    chooses.refuses("all")
    other = person("Nora", "member", member_key="1000003")
    signed = Session.objects.get().session_data.partition(";")[2]
    Session.objects.update(session_data=f"{other.pk};{signed}")
    assert "You have refused <b>2 uses</b>." in page_of(here, "/")


def test_a_browsers_signal_counts_on_the_page_that_it_came_for(here, settings):
    settings.GPC_COVERS = "training"
    assert "You have refused <b>1 use</b>." in here.get("/", headers={"Sec-GPC": "1"}).content.decode()


def test_it_asks_for_the_session_the_person_and_their_choices_at_once(here, chooses, django_assert_num_queries):
    for number in range(60):
        chooses.refuses(request=f"press {number}")
    page_of(here, "/")
    with django_assert_num_queries(1 + 2):  # the standing twice: tests don't listen for it
        page_of(here, "/")
