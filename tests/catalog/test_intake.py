import json
from datetime import timedelta

import psycopg
import pytest
from django.utils import timezone

from tests.scenarios.openlineage import WAREHOUSE, dataset, run_event
from transparency.catalog import intake, limits
from transparency.catalog.actions import refresh, request_refresh
from transparency.catalog.connectors import connector_for
from transparency.catalog.connectors.base import BadEvent
from transparency.catalog.intake import StoredEvents, store_events
from transparency.catalog.models import LineageEvent, Source, SourceFault

pytestmark = pytest.mark.django_db


@pytest.fixture
def airflow():
    """Airflow, which posts its events."""
    return Source.objects.create(slug="airflow", name="Airflow", connector="openlineage_http")


def body(*args, **changes):
    return json.dumps(run_event(*args, **{"eventTime": timezone.now().isoformat()} | changes)).encode()


def test_events_are_stored_as_they_came(airflow):
    raw = body([dataset("naïve")])
    assert store_events(source=airflow, bodies=[raw]) == StoredEvents(stored=1, duplicates=0)
    event = LineageEvent.objects.get()
    assert (event.body, event.source, event.applied_at) == (raw.decode(), airflow, None)


def test_the_same_event_five_times_is_stored_once(airflow):
    raw = body()
    assert store_events(source=airflow, bodies=[raw] * 4) == StoredEvents(stored=1, duplicates=3)
    assert store_events(source=airflow, bodies=[raw]) == StoredEvents(stored=0, duplicates=1)


def test_two_sources_may_tell_the_same(airflow):
    spark = Source.objects.create(slug="spark", name="Spark", connector="openlineage_http")
    raw = body()
    store_events(source=airflow, bodies=[raw])
    assert store_events(source=spark, bodies=[raw]) == StoredEvents(stored=1, duplicates=0)


def test_one_bad_event_keeps_the_whole_batch_out(airflow):
    with pytest.raises(BadEvent) as caught:
        store_events(source=airflow, bodies=[body(), body([{"name": "t"}])])
    assert caught.value.pointer == "/1/inputs/0/namespace"
    assert not LineageEvent.objects.exists()


def test_an_event_of_the_day_after_tomorrow_is_refused(airflow):
    later = (timezone.now() + timedelta(days=2)).isoformat()
    with pytest.raises(BadEvent) as caught:
        store_events(source=airflow, bodies=[body(eventTime=later)])
    assert (caught.value.pointer, caught.value.code) == ("/0/eventTime", "time.ahead")


def test_a_clock_that_is_nine_minutes_fast_is_forgiven(airflow):
    soon = (timezone.now() + timedelta(minutes=9)).isoformat()
    assert store_events(source=airflow, bodies=[body(eventTime=soon)]).stored == 1


def test_an_old_event_is_taken_and_flagged(airflow):
    store_events(source=airflow, bodies=[body(eventTime="2020-01-01T00:00:00Z")])
    assert SourceFault.objects.get().code == "time.old"


def test_only_the_newest_faults_are_kept(airflow, monkeypatch):
    monkeypatch.setattr(limits, "FAULTS", 3)
    for number in range(5):
        intake.record_fault(airflow, "x", "", str(number))
    assert [fault.message for fault in airflow.faults.all()] == ["4", "3", "2"]


def test_posted_events_are_read_together_whenever_they_came(airflow):
    store_events(source=airflow, bodies=[body([dataset("a")], eventType="START")])
    store_events(source=airflow, bodies=[body(outputs=[dataset("x")])])
    snapshot = connector_for(airflow).read(lambda *_: None)
    ends = (f"dataset:{WAREHOUSE}/a", f"dataset:{WAREHOUSE}/x")
    assert ends in {(flow.upstream, flow.downstream) for flow in snapshot.flows}
    assert not snapshot.complete


def test_a_refresh_applies_posted_events(airflow):
    store_events(source=airflow, bodies=[body([dataset("a")], [dataset("x")])])
    done = refresh(refresh_id=request_refresh(by=None, source=airflow).pk, connector_for=connector_for)
    assert done.state == "succeeded"
    assert airflow.flows.count() == 2
    assert not LineageEvent.objects.filter(applied_at=None).exists()


def test_a_source_is_behind_when_too_many_events_wait(airflow, monkeypatch):
    monkeypatch.setattr(limits, "BACKLOG", 2)
    store_events(source=airflow, bodies=[body(run={"runId": str(number)}) for number in range(2)])
    assert not intake.is_behind(airflow)
    store_events(source=airflow, bodies=[body()])
    assert intake.is_behind(airflow)


class CountingCursor(psycopg.Cursor):
    executed = 0

    def execute(self, *args, **how):
        CountingCursor.executed += 1
        return super().execute(*args, **how)


def test_storing_takes_one_statement_however_many_events(airflow, django_assert_num_queries, monkeypatch):
    monkeypatch.setattr(intake.psycopg, "Cursor", CountingCursor)
    bodies = [body(run={"runId": str(number)}) for number in range(50)]
    with django_assert_num_queries(0):
        store_events(source=airflow, bodies=bodies)
    assert CountingCursor.executed == 1
