"""Applying posted events: each is read once, whatever happens, and the graph rests on what was kept of it."""

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from tests.catalog.test_killed_workers import Killed
from tests.scenarios.openlineage import WAREHOUSE, dataset, run_event
from transparency.catalog import actions
from transparency.catalog.actions import refreshing
from transparency.catalog.connectors import connector_for
from transparency.catalog.connectors import openlineage_kept as kept
from transparency.catalog.intake import store_events
from transparency.catalog.models import Flow, Folded, LineageEvent, Refresh, Source

pytestmark = pytest.mark.django_db


@pytest.fixture
def airflow(db):
    """Airflow, which posts its events."""
    return Source.objects.create(slug="airflow", name="Airflow", connector="openlineage_http")


def post(source, *args, **changes):
    told = run_event(*args, **{"eventTime": timezone.now().isoformat()} | changes)
    store_events(source=source, bodies=[json.dumps(told).encode()])


def apply(source, connector=connector_for):
    asked = actions.request_refresh(by=None, source=source)
    return actions.refresh(refresh_id=asked.pk, connector_for=connector)


def ends():
    pairs = Flow.objects.values_list("upstream__name", "downstream__name")
    return {pair for pair in pairs if "rank.train" not in pair}


def waiting():
    return LineageEvent.objects.filter(applied_at=None).count()


def test_what_was_applied_is_not_needed_again(airflow):
    post(airflow, [dataset("a")], eventType="START")
    apply(airflow)
    LineageEvent.objects.all().delete()
    post(airflow, [], [dataset("x")])
    apply(airflow)
    assert ends() == {("a", "x")}


def test_nothing_new_is_nothing_read(airflow):
    post(airflow, [dataset("a")], [dataset("x")])
    apply(airflow)
    LineageEvent.objects.update(body="no event at all")
    done = apply(airflow)
    assert (done.summary["faults"], done.summary["changed"], ends()) == (0, 0, {("a", "x")})


def test_an_event_that_comes_while_others_are_read_waits_for_the_next_refresh(airflow):
    class Slow:
        def __init__(self, source):
            self.reader = connector_for(source)

        def read(self, progress):
            snapshot = self.reader.read(progress)
            post(airflow, [dataset("b")], [dataset("y")], run={"runId": "late"})
            LineageEvent.objects.update(
                received_at=timezone.now() - timedelta(hours=1)
            )  # sent long ago, stored just now
            return snapshot

    post(airflow, [dataset("a")], [dataset("x")])
    apply(airflow, Slow)
    assert (ends(), waiting()) == ({("a", "x")}, 1)
    apply(airflow)
    assert (ends(), waiting()) == ({("a", "x"), ("b", "y")}, 0)


def test_no_refresh_reads_more_than_it_can_in_a_while(airflow, monkeypatch):
    monkeypatch.setattr("transparency.catalog.connectors.openlineage_posted._AT_MOST", 2)
    for number in range(3):
        post(airflow, [dataset("a")], [dataset(f"x{number}")], run={"runId": str(number)})
    apply(airflow)
    assert (len(ends()), waiting()) == (2, 1)
    apply(airflow)
    assert (len(ends()), waiting()) == (3, 0)


def test_what_was_kept_in_an_older_form_is_worked_out_anew(airflow):
    post(airflow, [dataset("a")], eventType="START")
    apply(airflow)
    Folded.objects.update(form=kept.FORM - 1, state=b"of another time")
    post(airflow, [], [dataset("x")])
    apply(airflow)
    assert ends() == {("a", "x")}
    assert Folded.objects.get().form == kept.FORM


def test_a_refresh_that_fails_leaves_every_event_for_the_next(airflow, monkeypatch):
    post(airflow, [dataset("a")], [dataset("x")])
    monkeypatch.setattr(refreshing, "merge", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        apply(airflow)
    monkeypatch.undo()
    assert (waiting(), Folded.objects.count()) == (1, 0)
    apply(airflow)
    assert (ends(), waiting()) == ({("a", "x")}, 0)


def applied_days_ago(days):
    LineageEvent.objects.update(applied_at=timezone.now() - timedelta(days=days))


def forget():
    return actions.forget_applied_events(at=timezone.now(), days=30)


def test_texts_are_deleted_when_their_days_are_over(airflow):
    post(airflow, [dataset("a")], eventType="START")
    apply(airflow)
    applied_days_ago(29)
    assert forget() == 0
    applied_days_ago(31)
    assert forget() == 1
    post(airflow, [], [dataset("x")])
    apply(airflow)
    assert ends() == {("a", "x")}


def test_what_was_not_applied_is_never_deleted(airflow):
    post(airflow, [dataset("a")])
    apply(airflow)
    applied_days_ago(31)
    post(airflow, [dataset("b")], run={"runId": "new"})
    assert (forget(), waiting()) == (1, 1)


@pytest.mark.parametrize("form", [None, kept.FORM - 1])
def test_what_is_kept_nowhere_else_is_never_deleted(airflow, form):
    post(airflow, [dataset("a")])
    applied_days_ago(31)
    if form is not None:
        Folded.objects.create(source=airflow, form=form, state=b"", at=timezone.now())
    assert (forget(), LineageEvent.objects.count()) == (0, 1)


def test_many_are_deleted_a_handful_at_a_time(airflow, monkeypatch):
    monkeypatch.setattr("transparency.catalog.intake._AT_A_TIME", 2)
    for number in range(5):
        post(airflow, run={"runId": str(number)})
    apply(airflow)
    applied_days_ago(31)
    assert (forget(), LineageEvent.objects.count()) == (5, 0)


@pytest.fixture
def posting(transactional_db):
    """Airflow after the start of a run was applied; its end is stored and waits."""
    one = Source.objects.create(slug="airflow", name="Airflow", connector="openlineage_http")
    post(one, [dataset("a")], eventType="START")
    apply(one)
    post(one, [], [dataset("x")])
    return one


@pytest.mark.parametrize("step", ["merge", "mark_applied", "_finish"])
def test_killed_at_any_step_no_event_is_lost_and_none_counts_twice(posting, monkeypatch, step):
    asked = actions.request_refresh(by=None, source=posting)
    killed = Killed()
    before = bytes(Folded.objects.get().state)
    with monkeypatch.context() as broken:
        broken.setattr(refreshing, step, killed.stop_here)
        killed.refreshes(asked.pk, connector_for)
    assert (ends(), waiting(), bytes(Folded.objects.get().state)) == (set(), 1, before)

    actions.release_lost_claims(at=timezone.now() + timedelta(minutes=6))
    assert apply(posting).state == Refresh.State.SUCCEEDED
    assert (ends(), waiting()) == ({("a", "x")}, 0)
    assert Flow.objects.filter(upstream__namespace=WAREHOUSE, upstream__name="a").count() == 2
