"""A worker that is killed, without a word, at any step of a refresh: a real process, a real database, SIGKILL."""

import json
import os
import signal
import subprocess
import sys
import time
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from tests.catalog.builders import Shelf, flow, snapshot
from transparency.catalog import actions
from transparency.catalog.actions import refreshing
from transparency.catalog.models import Flow, Refresh, Source

OLD = snapshot(flow("users", "features"), flow("features", "model ranker"))
NEW = snapshot(flow("users", "features"), flow("features", "copies"), flow("copies", "model ranker"))


class Killed:
    """A process that refreshes until it reaches the step at which it is killed."""

    def __init__(self):
        self.reached, self.step = os.pipe()

    def stop_here(self, *args, **how):
        """The step: tells that it is reached, and waits to be killed."""
        os.write(self.step, b"!")
        time.sleep(60)

    def refreshes(self, refresh_id, connector_for):
        child = os.fork()
        if child == 0:
            connection.connection = None  # the parent's; the child opens its own
            actions.refresh(refresh_id=refresh_id, connector_for=connector_for)
            os._exit(1)
        os.read(self.reached, 1)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


class StopsReading(Shelf):
    def __init__(self, killed):
        super().__init__(NEW)
        self.killed = killed

    def read(self, progress):
        self.killed.stop_here()


@pytest.fixture
def killed():
    return Killed()


@pytest.fixture
def source(transactional_db):
    """A source that was read well once."""
    one = Source.objects.create(slug="warehouse", name="Data warehouse", connector="dbt")
    actions.refresh(refresh_id=actions.request_refresh(by=None, source=one).pk, connector_for=Shelf(OLD))
    return one


def while_reading(killed, monkeypatch):
    return StopsReading(killed)


def before_the_merge(killed, monkeypatch):
    monkeypatch.setattr(refreshing, "merge", killed.stop_here)
    return Shelf(NEW)


def after_the_merge(killed, monkeypatch):
    monkeypatch.setattr(refreshing, "_finish", killed.stop_here)
    return Shelf(NEW)


@pytest.mark.parametrize("step", [while_reading, before_the_merge, after_the_merge])
def test_the_last_good_graph_stands_and_the_next_refresh_heals(source, killed, monkeypatch, step):
    asked = actions.request_refresh(by=None, source=source)
    with monkeypatch.context() as broken:
        killed.refreshes(asked.pk, step(killed, broken))
    assert Flow.objects.count() == 2
    assert Refresh.objects.get(pk=asked.pk).state == "running"

    assert actions.release_lost_claims(at=timezone.now() + timedelta(minutes=6)) == 1
    assert "The worker stopped" in Refresh.objects.get(pk=asked.pk).error

    again = actions.request_refresh(by=None, source=source)
    assert actions.refresh(refresh_id=again.pk, connector_for=Shelf(NEW)).state == "succeeded"
    assert Flow.objects.count() == 3


def test_postgresql_is_restarted_in_the_merge(tmp_path):
    """A whole server of its own, ended as by a power cut after the rows were written and before they were committed."""
    run = subprocess.run(
        [sys.executable, "-m", "tests.catalog.restarted"],
        env=os.environ | {"TRANSPARENCY_LOCAL": str(tmp_path / "local")},
        capture_output=True,
        text=True,
        check=False,
    )
    found = json.loads(run.stdout.splitlines()[-1]) if run.stdout else run.stderr
    assert found == {
        "broken": "failed",
        "error": refreshing.UNFORESEEN,
        "flows": 2,
        "healed": "succeeded",
        "flows_then": 3,
    }
