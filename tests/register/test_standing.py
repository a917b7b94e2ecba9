"""What stands is known without asking, and asked for as soon as that is not certain."""

import time
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from tests.register.builders import register
from transparency.register import standing
from transparency.register.standing import TRUST, Known, Listener, ask

NOW = timezone.now()
END_THE_OTHERS = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = current_database()
"""


@pytest.fixture
def listener(transactional_db, settings, monkeypatch):
    """Listens as a web process does, and stops after the test."""
    settings.LISTEN_FOR_CHANGES = True
    monkeypatch.setattr(standing, "BEAT", 0.05)
    one = Listener()
    one.start()
    monkeypatch.setattr(standing._listener, "_listener", one)
    until(lambda: one.known)
    yield one
    one.end()


def until(happens):
    """Waits for what another thread does; gives up after a minute."""
    deadline = time.monotonic() + 60
    while not happens():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def known(heard=0.0, until=None):
    return Known("1.7", "d1", NOW, until, time.monotonic() - heard)


def test_a_publication_is_heard_of(listener, publish):
    edition = publish(register())
    until(lambda: listener.known.digest == edition.digest)
    assert standing.standing(timezone.now()) == (ask(timezone.now()).stamp, edition.digest)


def test_whoever_publishes_need_not_wait_to_hear_of_it(listener, publish):
    listener.end()
    listener.known = replace(listener.known, heard=time.monotonic())
    edition = publish(register())
    assert standing.standing(timezone.now())[1] == edition.digest


def test_whoever_listens_need_not_ask(listener, django_assert_num_queries):
    with django_assert_num_queries(0):
        standing.standing(timezone.now())


def test_a_past_day_is_asked_for(listener, django_assert_num_queries):
    with django_assert_num_queries(1):
        standing.standing(timezone.now() - timedelta(days=2))


def test_a_listener_that_is_cut_off_listens_again(listener, publish):
    with connection.cursor() as cursor:
        cursor.execute(END_THE_OTHERS)
    edition = publish(register())
    until(lambda: listener.known and listener.known.digest == edition.digest)


def test_silence_is_not_believed():
    assert known(heard=TRUST - 1).answers(NOW)
    assert not known(heard=TRUST).answers(NOW)


def test_an_edition_takes_effect_at_its_hour_without_a_word():
    hour = NOW + timedelta(hours=1)
    assert known(until=hour).answers(hour - timedelta(seconds=1))
    assert not known(until=hour).answers(hour)


def test_where_nobody_listens_the_database_is_asked(db, settings, django_assert_num_queries):
    settings.LISTEN_FOR_CHANGES = False
    with django_assert_num_queries(1):
        assert standing.standing(NOW) == ("", "")
