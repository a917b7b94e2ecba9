"""Barriers: what they stop, for how long, and who agrees to them."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError
from django.utils import timezone

from tests.catalog.builders import NOON, key
from tests.catalog.observing import barrier_at_features, observe, seen
from transparency.catalog import actions
from transparency.catalog.models import Barrier, Observation


def test_a_barrier_for_what_is_masked_stops_a_masked_flow(bound, read, warehouse, pipeline, otto, ines):
    read(pipeline)
    warehouse.flows.filter(downstream__key=key("features.email")).update(masking=True)
    actions.approve_barrier(by=ines, barrier=barrier_at_features(otto, only_masked=True))
    assert observe(at=timezone.now()) == {}


def test_once_it_is_masked_no_more_the_data_is_seen_again(bound, read, pipeline, otto, ines):
    read(pipeline)
    actions.approve_barrier(by=ines, barrier=barrier_at_features(otto, only_masked=True))
    assert "contact.email" in observe(at=timezone.now())


@pytest.mark.parametrize("other", [{}, {"only_masked": True}])
def test_a_barrier_for_what_is_aggregated_stops_an_aggregated_flow(bound, read, warehouse, pipeline, otto, ines, other):
    read(pipeline)
    warehouse.flows.filter(downstream__key=key("features.email")).update(aggregating=True)
    actions.approve_barrier(by=ines, barrier=barrier_at_features(otto, only_aggregated=True, **other))
    assert observe(at=timezone.now()) == {}


@pytest.mark.parametrize("only", ["only_masked", "only_aggregated"])
def test_a_barrier_for_the_one_kind_leaves_the_other_open(bound, read, warehouse, pipeline, otto, ines, only):
    read(pipeline)
    warehouse.flows.update(masking=only == "only_aggregated", aggregating=only == "only_masked")
    actions.approve_barrier(by=ines, barrier=barrier_at_features(otto, **{only: True}))
    assert "contact.email" in observe(at=timezone.now())


def test_masking_alone_stops_nothing(bound, read, warehouse, pipeline):
    read(pipeline)
    warehouse.flows.update(masking=True)
    assert "contact.email" in observe()


def test_a_barrier_on_one_flow_leaves_the_others_open(bound, read, pipeline, otto, ines):
    read(pipeline)
    barrier = barrier_at_features(otto, key=key("users.city"), downstream_key=key("features.email"))
    actions.approve_barrier(by=ines, barrier=barrier)
    assert "contact.email" in observe(at=timezone.now())


def test_a_barrier_between_two_datasets_holds_for_their_columns(bound, read, pipeline, otto, ines):
    read(pipeline)
    barrier = barrier_at_features(otto, key=key("users"), downstream_key=key("features"))
    actions.approve_barrier(by=ines, barrier=barrier)
    assert observe(at=timezone.now()) == {}


def test_an_approved_barrier_stops_it_and_says_so(bound, read, pipeline, otto, ines):
    read(pipeline)
    observe()
    barrier = barrier_at_features(otto)
    actions.approve_barrier(by=ines, barrier=barrier)
    assert observe(at=timezone.now()) == {}
    assert "barrier" in Observation.objects.get().ended_because


def test_a_barrier_that_nobody_approved_stops_nothing(bound, read, pipeline, otto):
    read(pipeline)
    barrier_at_features(otto)
    assert "contact.email" in observe()


def test_an_expired_barrier_stops_nothing(bound, read, pipeline, otto, ines):
    read(pipeline)
    actions.approve_barrier(by=ines, barrier=barrier_at_features(otto))
    assert "contact.email" in observe(at=NOON + timedelta(days=20, hours=5))


def test_nobody_approves_their_own_barrier(otto, ines):
    barrier = barrier_at_features(otto)
    Barrier.objects.filter(pk=barrier.pk).update(author=ines)
    barrier.refresh_from_db()
    with pytest.raises(PermissionDenied, match="somebody else"):
        actions.approve_barrier(by=ines, barrier=barrier)


def test_whoever_became_a_reviewer_today_approves_barriers_from_tomorrow_on(otto, person, time_machine):
    ivo = person("Ivo", "reviewer", role_since=timezone.now() - timedelta(hours=23))
    barrier = barrier_at_features(otto)
    with pytest.raises(PermissionDenied, match="less than a day"):
        actions.approve_barrier(by=ivo, barrier=barrier)
    time_machine.move_to(timezone.now() + timedelta(hours=1))
    actions.approve_barrier(by=ivo, barrier=barrier)
    assert Barrier.objects.get().approver == ivo


def test_the_database_refuses_it_too(otto):
    barrier = barrier_at_features(otto)
    with pytest.raises(IntegrityError, match="nobody_approves_their_own_barrier"):
        Barrier.objects.filter(pk=barrier.pk).update(approver=otto)


def test_a_barrier_stops_looking_too(bound, read, pipeline, warehouse, otto, ines):
    read(pipeline)
    warehouse.flows.filter(downstream__kind="column").update(direct=False)
    actions.approve_barrier(by=ines, barrier=barrier_at_features(otto))
    observe(at=timezone.now())
    assert seen(direct=False) == {}
