"""What went wrong is said in our own pages: in plain words, and without a word of what may be hostile."""

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client

from tests.register.builders import NOON, register
from transparency.consent.models import Choice

pytestmark = pytest.mark.django_db


@pytest.fixture
def site(publish, time_machine):
    publish(register())
    time_machine.move_to(NOON + timedelta(hours=20), tick=False)
    return publish


def test_a_wrong_address_offers_a_search(client, site):
    page = client.get("/nowhere/").content.decode()
    assert "The address leads nowhere." in page
    assert 'role="search"' in page
    assert "Resolver404" not in page


def test_a_kind_of_data_that_is_not_there_is_named(client, site):
    assert "We know no kind of data called “ghost”." in client.get("/categories/ghost/").content.decode()


def test_a_thing_that_is_not_there_is_told_in_our_words(client, site, amir, settings):
    settings.STAFF_SECOND_FACTOR = False
    client.force_login(amir)
    page = client.get("/staff/sources/ghost/").content.decode()
    assert "The address leads nowhere." in page
    assert "query" not in page


def test_what_is_repeated_holds_nothing_that_a_page_may_not_hold(client, site):
    page = client.get("/on/", {"day": "20\x0026\u202e"}).content.decode()
    assert "There is no day “20�26�”" in page


def test_nor_does_a_search_hold_it(client, site):
    answer = client.get("/search/", {"q": "jo\x00b"})
    assert (answer.status_code, "jo�b" in answer.content.decode()) == (400, True)


def test_a_day_before_the_first_edition_says_when_that_was(client, site):
    page = client.get("/on/2020-01-01/").content.decode()
    assert "On 1 January 2020 nothing had been published yet. The first edition holds from 24 November 2026." in page


def test_a_question_about_changes_that_is_none_is_answered_by_a_page(client, site):
    answer = client.get("/changes/", {"kind": "ghost"})
    assert (answer.status_code, answer["Content-Type"]) == (400, "text/html; charset=utf-8")
    assert "There is no kind “ghost”." in answer.content.decode()


@pytest.mark.parametrize("path", ["/accounts/here/letters/", "/accounts/here/sign-out/"])
def test_an_address_that_only_takes_forms_says_so_to_whoever_opens_it(client, site, path):
    answer = client.get(path)
    assert (answer.status_code, answer["Allow"]) == (405, "POST")
    assert "Nothing was changed." in answer.content.decode()


@pytest.mark.parametrize("form", ["letters", "digest", "sign-out"])
def test_whoever_presses_after_their_session_went_comes_back_to_the_page_with_the_button(client, site, form):
    stood_on = {"Referer": "http://testserver/accounts/here/?from=letter"}
    answer = client.post(f"/accounts/here/{form}/", {"wanted": "yes"}, headers=stood_on)
    assert parse_qs(urlsplit(answer["Location"]).query)["next"] == ["/accounts/here/?from=letter"]


@pytest.mark.parametrize(
    "came_from", ["", "https://evil.example/here/", "//evil.example/", "http://testserver.evil.example/"]
)
def test_nobody_is_led_to_where_another_site_wants_them(client, site, came_from):
    answer = client.post("/accounts/here/letters/", {"wanted": "yes"}, headers={"Referer": came_from})
    assert parse_qs(urlsplit(answer["Location"]).query)["next"] == ["/accounts/here/"]


def test_our_own_failure_names_the_site_and_a_number_to_tell_us(client, site, monkeypatch):
    monkeypatch.setattr("transparency.members.press.standing", lambda at: 1 / 0)
    client.raise_request_exception = False
    answer = client.get("/features/")
    assert f"<code>{answer['X-Request-ID']}</code>" in answer.content.decode()
    assert "How your data is used" in answer.content.decode()


def test_a_host_that_is_not_ours_is_not_repeated(client, site):
    answer = client.get("/", headers={"Host": "evil.example"})
    assert (answer.status_code, b"evil" in answer.content) == (400, False)


@pytest.mark.parametrize("day", ["yesterday", "2026-02-30", "2026-11-24x", "9999-12-31"])
def test_a_day_that_is_none_is_explained(client, site, day):
    assert client.get("/on/", {"day": day}, follow=True).status_code == 404


def test_a_day_leads_to_the_pages_as_they_stood(client, site):
    assert client.get("/on/", {"day": "2026-11-24"})["Location"] == "/on/2026-11-24/"


def test_a_form_without_its_token_says_what_to_do_and_changes_nothing(mia):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(mia)
    answer = strict.post("/choices/", {"scope": "all", "decision": "refuse"})
    assert (answer.status_code, "Please send it once more" in answer.content.decode()) == (403, True)
    assert not Choice.objects.exists()
