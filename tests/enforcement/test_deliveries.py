"""What a pipeline was given only grows."""

from datetime import timedelta

import pytest

from tests.register.builders import NOON
from transparency.enforcement.actions import record_delivery
from transparency.enforcement.models import Delivery


@pytest.fixture
def given(pip):
    """Gives Pip the choices up to a sequence, some minutes after noon."""

    def give(sequence, minutes):
        at = NOON + timedelta(minutes=minutes)
        record_delivery(pipeline=pip, feature="job-ranking", stage="training", sequence=sequence, at=at)
        one = Delivery.objects.get()
        return one.sequence, (one.at - NOON) / timedelta(minutes=1), (one.asked_at - NOON) / timedelta(minutes=1)

    return give


def test_the_first_is_kept(given):
    assert given(5, 0) == (5, 0, 0)


def test_a_higher_one_takes_its_place(given):
    given(5, 0)
    assert given(9, 10) == (9, 10, 10)


def test_a_lower_one_changes_only_when_it_last_asked(given):
    given(9, 0)
    assert given(5, 10) == (9, 0, 10)


def test_asking_again_at_once_writes_nothing(given):
    given(9, 0)
    assert given(9, 0.5) == (9, 0, 0)


def test_one_that_arrives_late_does_not_turn_the_clock_back(given):
    given(9, 10)
    assert given(9, 0) == (9, 10, 10)


def test_each_feature_and_stage_has_its_own(given, pip):
    given(9, 0)
    record_delivery(pipeline=pip, feature="job-ranking", stage="inference", sequence=2, at=NOON)
    assert sorted(Delivery.objects.values_list("stage", "sequence")) == [("inference", 2), ("training", 9)]
