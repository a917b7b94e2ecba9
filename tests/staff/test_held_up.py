"""An edition is published that holds later: what is written now is told that it can't hold before, and the way out."""

from datetime import timedelta

import msgspec
import pytest

from tests.register.builders import NOON, Press, register, use
from transparency.review import actions, queries
from transparency.review.models import Proposal

IN_A_MONTH = NOON + timedelta(days=31, hours=2)
IN_A_YEAR = NOON + timedelta(days=366)


@pytest.fixture(autouse=True)
def _two_editions(ines, settings, time_machine):
    """The second one holds from 25 December, two o'clock in the afternoon."""
    settings.STAFF_SECOND_FACTOR = False
    press = Press(ines)
    press(register())
    press(register(use(retention="6 months")), effective_at=IN_A_MONTH)
    time_machine.move_to(NOON + timedelta(days=2))


@pytest.fixture
def draft(otto):
    return actions.start_proposal(by=otto, title="Shorter retention", notice="On the page of changes")


def page(client, who, draft):
    client.force_login(who)
    return client.get(f"/staff/proposals/{draft.pk}/").content.decode()


def test_what_should_hold_before_is_told_so(client, ada, draft):
    told = page(client, ada, draft)
    assert "It can’t hold at once." in told
    assert "Edition 2</a> is published already and holds from 25 December 2026" in told
    assert "Let it hold from" not in told  # Ada changes nothing


def test_its_author_lets_it_hold_from_the_first_day_after(client, otto, draft):
    assert "<button>Let it hold from 26 December 2026</button>" in page(client, otto, draft)
    told = {"version": draft.version, "effective_at": "2026-12-26", "notice": draft.notice, "sooner": ""}
    client.post(f"/staff/proposals/{draft.pk}/terms/", told)
    assert Proposal.objects.get().effective_at.isoformat() == "2026-12-26T00:00:00+00:00"
    assert "It can’t hold" not in page(client, otto, draft)


def test_nothing_is_said_once_that_edition_holds(client, otto, draft, time_machine):
    time_machine.move_to(IN_A_MONTH)
    assert "It can’t hold" not in page(client, otto, draft)


def test_nothing_is_said_of_what_was_withdrawn(client, otto, draft):
    actions.withdraw(by=otto, proposal=draft)
    assert "It can’t hold" not in page(client, otto, draft)


def test_whoever_publishes_for_a_later_day_is_told_that_nothing_else_can_hold_before(client, otto, ines, draft):
    shorter = msgspec.to_builtins(use(retention="3 months"))
    actions.put_record(by=otto, proposal=draft, version=draft.version, kind="use", content=shorter)
    actions.change_terms(by=otto, proposal=draft, version=draft.version, notice="", sooner="", effective_at=IN_A_YEAR)
    actions.submit(by=otto, proposal=draft)
    actions.approve(by=ines, proposal=draft, content_digest=queries.content_digest(draft))
    told = page(client, ines, draft)
    assert "It holds from 25 November 2027. <b>Until then no other edition can hold:</b>" in told


def test_whoever_chooses_the_day_is_told_so_before(client, otto, draft):
    client.force_login(otto)
    told = client.get(f"/staff/proposals/{draft.pk}/terms/").content.decode()
    assert "<b>no other can hold before that day</b>" in told
