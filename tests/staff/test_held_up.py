"""An edition is published that holds later: what is to hold before it takes it along, and whoever writes is told so."""

from datetime import timedelta

import msgspec
import pytest

from tests.register.builders import NOON, Press, register, use
from transparency.review import actions, queries
from transparency.review.models import Proposal

IN_A_MONTH = NOON + timedelta(days=31, hours=2)
IN_A_YEAR = NOON + timedelta(days=366)
TOLD = "what waits for a later day is published anew with it"


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


def test_whoever_reads_what_should_hold_before_is_told_what_it_takes_along(client, ada, draft):
    told = page(client, ada, draft)
    assert (
        f"<b>It holds as soon as it is published, and {TOLD}:</b> edition 2, for 25 December 2026, as edition 4" in told
    )


def test_its_author_lets_it_hold_from_a_day_after_and_writes_on_top_of_that(client, otto, draft):
    client.force_login(otto)
    told = {"version": draft.version, "effective_at": "2026-12-26", "notice": draft.notice, "sooner": ""}
    client.post(f"/staff/proposals/{draft.pk}/terms/", told)
    assert (Proposal.objects.get().effective_at.isoformat(), Proposal.objects.get().base) == (
        "2026-12-26T00:00:00+00:00", 2
    )  # fmt: skip
    assert TOLD not in page(client, otto, draft)


def test_nothing_is_said_once_that_edition_holds(client, otto, draft, time_machine):
    time_machine.move_to(IN_A_MONTH)
    assert TOLD not in page(client, otto, draft)


def test_nothing_is_said_of_what_was_withdrawn(client, otto, draft):
    actions.withdraw(by=otto, proposal=draft)
    assert TOLD not in page(client, otto, draft)


def test_whoever_publishes_for_a_later_day_is_told_that_something_urgent_can_come_before(client, otto, ines, draft):
    actions.change_terms(by=otto, proposal=draft, version=draft.version, notice="", sooner="", effective_at=IN_A_YEAR)
    shorter = msgspec.to_builtins(use(retention="3 months"))
    actions.put_record(by=otto, proposal=draft, version=draft.version, kind="use", content=shorter)
    actions.submit(by=otto, proposal=draft)
    actions.approve(by=ines, proposal=draft, content_digest=queries.content_digest(draft))
    told = page(client, ines, draft)
    assert "It becomes edition 3, and holds from 25 November 2027." in told
    assert "What turns out to be urgent before that day can still be published." in told


def test_whoever_chooses_the_day_is_told_so_before(client, otto, draft):
    client.force_login(otto)
    told = client.get(f"/staff/proposals/{draft.pk}/terms/").content.decode()
    assert "<b>takes that one with it</b>" in told
