"""How long somebody stays signed in: to the second."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.accounts.test_sign_in import sign_in
from transparency.accounts.sessions import FRESH, MEMBERS, STAFF, is_fresh, is_over

NOON = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
spans = st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=20))


@pytest.fixture
def clock(time_machine):
    time_machine.move_to(NOON, tick=False)
    return time_machine


def is_here(client):
    return client.get("/accounts/here/").status_code == 200


def click_every_twenty_minutes(client, clock, until):
    """Somebody who works without a pause."""
    moments = range(20, int(until.total_seconds() // 60), 20)
    for minutes in moments:
        clock.move_to(NOON + timedelta(minutes=minutes), tick=False)
        assert is_here(client)


@pytest.mark.parametrize(("lasting", "name"), [(STAFF, "otto"), (MEMBERS, "mia")])
def test_a_session_ends_when_nobody_clicks(client, clock, request, lasting, name):
    sign_in(client, request.getfixturevalue(name).email)
    clock.move_to(NOON + lasting.idle - SECOND, tick=False)
    assert is_here(client)


@pytest.mark.parametrize(("lasting", "name"), [(STAFF, "otto"), (MEMBERS, "mia")])
def test_not_a_second_later(client, clock, request, lasting, name):
    sign_in(client, request.getfixturevalue(name).email)
    clock.move_to(NOON + lasting.idle, tick=False)
    assert not is_here(client)


def test_a_click_keeps_ottos_session(client, clock, otto):
    sign_in(client, otto.email)
    clock.shift(STAFF.idle - SECOND)
    assert is_here(client)
    clock.shift(STAFF.idle - SECOND)
    assert is_here(client)


def test_a_script_that_asks_in_the_background_does_not(client, clock, otto):
    sign_in(client, otto.email)
    clock.shift(STAFF.idle - SECOND)
    client.get("/accounts/here/", headers={"Sec-Fetch-Dest": "empty"})
    clock.shift(SECOND)
    assert not is_here(client)


def test_after_twelve_hours_otto_signs_in_anew_however_busy_he_is(client, clock, otto):
    assert timedelta(hours=12) == STAFF.whole
    sign_in(client, otto.email)
    click_every_twenty_minutes(client, clock, STAFF.whole)
    clock.move_to(NOON + STAFF.whole - SECOND, tick=False)
    assert is_here(client)
    clock.move_to(NOON + STAFF.whole, tick=False)
    assert not is_here(client)


def test_mia_who_becomes_staff_gets_a_session_of_staff(client, clock, mia):
    sign_in(client, mia.email)
    type(mia).objects.update(role="editor")
    clock.shift(STAFF.idle)
    assert not is_here(client)


def test_whoever_was_signed_out_is_told_why(client, clock, otto):
    sign_in(client, otto.email)
    clock.shift(STAFF.idle)
    page = client.get("/staff/", follow=True).content.decode()
    assert "You were signed out, because that was a while ago" in page


def test_an_ended_session_is_gone_for_good(client, clock, otto):
    sign_in(client, otto.email)
    name = client.cookies["sid"].value
    clock.shift(STAFF.idle)
    is_here(client)
    client.cookies["sid"] = name
    clock.move_to(NOON, tick=False)
    assert not is_here(client)


def test_public_pages_never_ask_who_is_there(client, clock, mia):
    sign_in(client, mia.email)
    answer = client.get("/how/")
    assert "Cookie" not in answer.get("Vary", "")


@given(since=spans, seen=spans, at=spans)
def test_a_session_that_is_over_stays_over(since, seen, at):
    moments = {"since": NOON + min(since, seen), "seen": NOON + seen}
    over = [is_over(STAFF, at=NOON + moment, **moments) for moment in sorted((at, at + FRESH))]
    assert over == sorted(over)


@pytest.mark.parametrize(("age", "fresh"), [(FRESH - SECOND, True), (FRESH, False)])
def test_a_proof_is_fresh_for_ten_minutes(age, fresh):
    assert is_fresh(NOON, at=NOON + age) == fresh
