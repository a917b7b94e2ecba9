"""The clock went back: nothing is published by it, for the time of an edition stands for ever."""

from datetime import timedelta

import pytest
from django.utils import timezone

from tests.register.builders import NOON, register
from tests.review.test_proposals import approve, approved, submitted  # noqa: F401 - fixtures
from transparency.ledger.actions import seal
from transparency.ledger.clock import TOLERATED
from transparency.ledger.models import Entry
from transparency.register import queries as said
from transparency.register.actions import Invalid
from transparency.review import actions

MINUTE, YEAR = timedelta(minutes=1), timedelta(days=365)
backwards = pytest.mark.parametrize("back", [TOLERATED + MINUTE, timedelta(hours=3), YEAR])


@pytest.fixture(autouse=True)
def _one_factor_suffices(settings):
    settings.STAFF_SECOND_FACTOR = False


@pytest.fixture
def sealed(approved, time_machine):  # noqa: F811 - a fixture
    """The moment at which the log is sealed; a proposal is approved by then."""
    time_machine.move_to(timezone.now() + timedelta(hours=4), tick=False)
    return seal(at=timezone.now()).sealed_at


@backwards
def test_nothing_is_published_and_it_is_said_what_helps(sealed, approved, client, ines, time_machine, back):  # noqa: F811 - a fixture
    client.force_login(ines)
    time_machine.move_to(sealed - back, tick=False)
    told = client.post(f"/staff/proposals/{approved.pk}/publish/", follow=True).content.decode()
    assert "Nothing is published now, because its time would be wrong for ever" in told
    assert "Ask whoever runs this site to set the clock" in told
    assert (said.editions().count(), Entry.objects.filter(kind="edition").count()) == (1, 1)


def test_nor_anything_that_is_to_hold_later(sealed, approved, ines, time_machine):  # noqa: F811 - a fixture
    type(approved).objects.update(effective_at=sealed + YEAR)
    with pytest.raises(Invalid, match="the public log was sealed at"):
        actions.publish(by=ines, proposal=approved, at=sealed - 6 * MINUTE)


def test_nor_past_the_review(sealed, publish):
    with pytest.raises(Invalid, match="Nothing is published now"):
        publish(register(), at=sealed - 6 * MINUTE)


def test_once_the_clock_is_right_it_is_published(sealed, approved, ines, time_machine):  # noqa: F811 - a fixture
    with pytest.raises(Invalid):
        actions.publish(by=ines, proposal=approved, at=sealed - YEAR)
    assert actions.publish(by=ines, proposal=approved, at=sealed + MINUTE).number == 2


def test_a_clock_that_is_a_little_behind_holds_up_nothing(sealed, approved, ines):  # noqa: F811 - a fixture
    assert actions.publish(by=ines, proposal=approved, at=sealed - TOLERATED).number == 2


def test_before_anything_is_sealed_no_clock_is_wrong(publish):
    assert publish(register(), at=NOON - YEAR).number == 1
