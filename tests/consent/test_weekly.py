"""Members who ask get one letter a week about everything that changed, and what will."""

from datetime import timedelta
from email import message_from_string, policy

import pytest
from celery import current_app
from django.core import mail

from tests.register.builders import NOON, register, use
from tests.workers import wait_until
from transparency.accounts import working
from transparency.accounts.models import User
from transparency.consent.digests import send_digests

pytestmark = pytest.mark.django_db
PAGE = "/accounts/here/digest/"


@pytest.fixture
def here(client, publish, mia, time_machine):
    """Mia has asked for the weekly letter after edition 1."""
    publish(register())
    time_machine.move_to(NOON + timedelta(hours=1), tick=False)
    client.force_login(mia)
    client.post(PAGE, {"wanted": "yes"})
    return publish


def test_what_changed_and_what_will_is_told_once(here):
    here(register(use(), use(stage="inference")), effective_at=NOON + timedelta(days=40))
    at = NOON + timedelta(days=8)
    assert (send_digests(at=at), send_digests(at=at), len(mail.outbox)) == (1, 0, 1)
    assert "Job recommendations now uses Private messages while you are on the site." in mail.outbox[0].body
    assert "not in force yet: it holds from 3 January 2027" in mail.outbox[0].body
    assert "1000001" not in mail.outbox[0].body


def test_where_nothing_changed_there_is_no_letter(here):
    assert send_digests(at=NOON + timedelta(days=8)) == 0


def test_two_letters_are_a_week_apart(here):
    here(register(use(risks="One.")))
    assert send_digests(at=NOON + timedelta(days=2)) == 1
    here(register(use(risks="Two.")))
    assert send_digests(at=NOON + timedelta(days=8)) == 0
    assert send_digests(at=NOON + timedelta(days=10)) == 1


def test_whoever_wants_it_no_more_gets_none(here, client):
    client.post(PAGE, {"wanted": "no"})
    here(register(use(risks="One.")))
    assert send_digests(at=NOON + timedelta(days=8)) == 0


def test_a_letter_that_fails_is_tried_again(here, monkeypatch):
    def away(message):
        raise OSError("away")

    here(register(use(risks="One.")))
    with monkeypatch.context() as broken:
        broken.setattr("django.core.mail.EmailMessage.send", away)
        assert send_digests(at=NOON + timedelta(days=8)) == 0
    assert send_digests(at=NOON + timedelta(days=8)) == 1


@pytest.mark.parametrize("form", [{}, {"wanted": "maybe"}, {"wanted": ["yes", "no"]}])
def test_what_is_neither_yes_nor_no_changes_nothing(here, client, form):
    assert client.post(PAGE, form).status_code == 400
    assert User.objects.get(name="Mia").digest_by_mail


def test_a_stranger_is_led_to_sign_in(client):
    assert client.post(PAGE, {"wanted": "yes"})["Location"].startswith("/accounts/login/")
    assert client.get(PAGE).status_code == 405


def test_the_page_of_the_account_says_so(here, client):
    assert "Yes, once a week" in client.get("/accounts/here/").content.decode()


@pytest.mark.slow
def test_a_real_worker_writes_once_and_only_to_who_asked(processes, here, mia, max):
    here(register(use(), use(stage="inference")))
    processes.worker()
    current_app.send_task("consent.send_digests")
    current_app.send_task("consent.send_digests")
    wait_until(processes.mail)
    wait_until(lambda: working.waiting() == working.taken() == 0)
    (text,) = processes.mail()
    letter = message_from_string(text, policy=policy.default)
    assert (letter["To"], letter["Subject"]) == (mia.email, "What changed in how your data is used")
    assert "Job recommendations now uses Private messages while you are on the site." in letter.get_content()
    assert "1000001" not in text
