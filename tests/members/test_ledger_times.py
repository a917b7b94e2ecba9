"""An outsider is told where the log's own times go backwards, by the real script."""

from datetime import timedelta

import pytest

from tests.members.test_ledger import Outsider
from tests.register.builders import NOON, register
from transparency.ledger import actions

HOUR = timedelta(hours=1)
TOLD = " Edition 3 says an earlier time than one before it."


@pytest.fixture
def outsider(live_server, tmp_path):
    return Outsider(live_server.url, tmp_path)


@pytest.fixture
def edition(publish):
    """Publishes the next edition by a clock that says so, to hold from some day later, and seals it."""

    def published(at, days):
        publish(register(), at=at, effective_at=NOON + timedelta(days=days))
        return actions.seal(at=at)

    return published


def test_an_edition_of_an_earlier_time_than_the_one_before_is_told(outsider, edition):
    edition(NOON - HOUR, days=1)
    edition(NOON, days=2)
    edition(NOON - timedelta(minutes=4), days=3)
    answer = outsider.checks("entries")
    assert (answer.returncode, answer.stdout.count(TOLD)) == (0, 1)


def test_also_where_the_one_before_was_read_on_an_earlier_day(outsider, edition):
    edition(NOON - HOUR, days=1)
    edition(NOON, days=2)
    assert "earlier time" not in outsider.checks("entries").stdout
    edition(NOON - timedelta(minutes=4), days=3)
    assert TOLD in outsider.checks("entries").stdout


def test_nothing_is_told_where_the_log_says_that_a_clock_had_run_ahead(outsider, edition):
    edition(NOON - HOUR, days=1)
    edition(NOON, days=2)
    actions.admit_that_the_clock_ran_ahead(at=NOON - HOUR)
    edition(NOON - HOUR, days=3)
    answer = outsider.checks("entries")
    assert (answer.returncode, "Entries up to 4 fit each other" in answer.stdout) == (0, True)
    assert "earlier time" not in answer.stdout
