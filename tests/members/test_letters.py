"""Members ask for letters of changes on the page of their account, and the feed marks what matters."""

from datetime import timedelta

import pytest
from django.test import Client

from tests.members.choosing import page_of
from tests.register.builders import NOON, register, use
from transparency.accounts.models import User

pytestmark = pytest.mark.django_db
LETTERS = "/accounts/here/letters/"


@pytest.fixture
def here(client, publish, mia, time_machine):
    publish(register())
    time_machine.move_to(NOON + timedelta(days=40), tick=False)
    client.force_login(mia)
    return client


def mia_now():
    mia = User.objects.get(name="Mia")
    return mia.changes_by_mail, mia.told_edition


def test_nobody_gets_letters_unasked(here):
    assert mia_now() == (False, 0)
    assert "we don&#x27;t write to you" in page_of(here, "/accounts/here/")


def test_mia_asks_for_them_and_is_told_of_what_comes(here):
    assert here.post(LETTERS, {"wanted": "yes"})["Location"] == "/accounts/here/#mail"
    assert mia_now() == (True, 1)
    assert "<b>we write to you</b>" in page_of(here, "/accounts/here/")


def test_and_wants_them_no_more(here):
    here.post(LETTERS, {"wanted": "yes"})
    here.post(LETTERS, {"wanted": "no"})
    assert not mia_now()[0]


@pytest.mark.parametrize("form", [{}, {"wanted": "maybe"}, {"wanted": ["yes", "no"]}])
def test_what_is_neither_yes_nor_no_changes_nothing(here, form):
    assert here.post(LETTERS, form).status_code == 400
    assert mia_now() == (False, 0)


def test_it_is_changed_by_a_form_of_ours_only(here, mia):
    assert here.get(LETTERS).status_code == 405
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(mia)
    assert strict.post(LETTERS, {"wanted": "yes"}).status_code == 403


def test_a_stranger_is_led_to_sign_in(client):
    assert client.post(LETTERS, {"wanted": "yes"})["Location"].startswith("/accounts/login/")


def test_an_account_of_no_member_is_not_asked(client, otto):
    client.force_login(otto)
    assert client.post(LETTERS, {"wanted": "yes"}).status_code == 404
    assert 'id="mail"' not in page_of(client, "/accounts/here/")


def test_the_feed_marks_the_edition_with_which_more_is_done(here, publish):
    publish(register(use(retention="13 years")))
    publish(register(use(retention="13 years", risks="None.")))
    feed = page_of(here, "/changes/feed.atom")
    assert feed.count('<category term="more-use-of-data"') == 1
    assert "<title>Edition 2: more is done with data</title>" in feed
    assert "<title>Edition 3</title>" in feed
