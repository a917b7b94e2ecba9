"""An edition that takes effect later on the same day: until that minute nothing says that it holds, then everything."""

from datetime import timedelta

import pytest

from tests.register.builders import NOON, register, use
from transparency.members import press

pytestmark = pytest.mark.django_db

USE = "/uses/communications.messages/job-ranking/training/"
TODAY = "/on/2026-11-26"
TWO_DAYS = NOON + timedelta(days=2)  # 26 November 2026


@pytest.fixture(autouse=True)
def site(publish, time_machine):
    """Edition 1 says 13 months. Edition 2, published on 26 November at noon, says 2 years from five minutes later."""
    publish(register(use()))
    time_machine.move_to(TWO_DAYS, tick=False)
    publish(register(use(retention="2 years")), at=TWO_DAYS, effective_at=TWO_DAYS + timedelta(minutes=5))
    press._pages.clear()


def page(client, path):
    return client.get(path).content.decode()


@pytest.mark.parametrize("path", [USE, f"{TODAY}{USE}"])
def test_its_minute_changes_what_a_page_says(client, time_machine, path):
    before = page(client, path)
    time_machine.shift(timedelta(minutes=5))
    assert ["<dd>13 months" in told for told in (before, page(client, path))] == [True, False]


def test_the_overview_of_today_tells_of_what_holds(client):
    assert "Edition 1, in force since 24 November 2026, 12:00 UTC" in page(client, f"{TODAY}/")


def test_the_changes_of_today_say_that_it_does_not_hold_yet(client, time_machine):
    before = page(client, f"{TODAY}/changes/")
    time_machine.shift(timedelta(minutes=5))
    assert ["Not in force yet." in told for told in (before, page(client, f"{TODAY}/changes/"))] == [True, False]


def test_its_own_page_says_so_too(client, time_machine):
    before = page(client, "/editions/2/")
    time_machine.shift(timedelta(minutes=5))
    after = page(client, "/editions/2/")
    assert ["<b>Not in force yet.</b>" in told for told in (before, after)] == [True, False]
    assert ["What will change</h2>" in told for told in (before, after)] == [True, False]


def test_where_tomorrow_has_begun_already_one_reads_which_day_counts(client):
    assert "By UTC, which we go by, it is 26 November 2026." in page(client, "/on/2026-11-27/")
