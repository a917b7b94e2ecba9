"""However often a refresh is run, it counts once (P-17). Real workers, a broker that delivers again, a real SIGSTOP."""

import threading
from dataclasses import dataclass, field, replace

import pytest
from celery import current_app
from django.conf import settings
from django.utils import timezone
from redis import Redis

from tests.workers import go_on, stop, wait_until
from transparency.catalog import actions
from transparency.catalog.actions import refreshing
from transparency.catalog.models import Asset, Refresh, Source
from transparency.demo.catalogs.company import COMPANY, Column, Table
from transparency.demo.catalogs.marquez import marquez
from transparency.demo.catalogs.server import FakeCatalog

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]
STALE = replace(COMPANY, tables=(*COMPANY.tables, Table("search.stale", (Column("id"),))))
State = Refresh.State


@dataclass
class Held:
    """A catalog that keeps whoever asks it first waiting until it is let go on; the others are answered at once."""

    company: object = COMPANY
    asked: threading.Event = field(default_factory=threading.Event)
    goes_on: threading.Event = field(default_factory=threading.Event)

    def __call__(self, question):
        if not self.asked.is_set():
            self.asked.set()
            self.goes_on.wait(60)
        return marquez(self.company)(question)


@pytest.fixture
def held():
    one = Held()
    yield one
    one.goes_on.set()


@pytest.fixture
def catalog(held, monkeypatch):
    with FakeCatalog(held) as fake:
        monkeypatch.setenv("CATALOG_PRIVATE_HOSTS", fake.host)
        yield fake


@pytest.fixture
def source(catalog, transactional_db):
    return Source.objects.create(slug="marquez", name="Marquez", connector="marquez", location=catalog.url)


def ring(refresh, times=1):
    for _ in range(times):
        current_app.send_task("transparency.catalog.tasks.refresh_source", (refresh.pk,))


def nothing_is_left():
    """Every message was taken, and whoever took it is done with it."""
    broker = Redis.from_url(settings.REDIS_URL)
    return not broker.llen("celery") and not broker.hlen("unacked")


def waiting():
    return Redis.from_url(settings.REDIS_URL).llen("celery")


def test_a_task_that_is_delivered_five_times_reads_and_merges_once(source, catalog, held, processes):
    processes.worker(), processes.worker()
    ring(actions.request_refresh(by=None, source=source), times=5)
    held.asked.wait(60)
    wait_until(lambda: not waiting())  # the other worker has been offered the rest while the first still reads
    held.goes_on.set()
    wait_until(nothing_is_left)
    source.refresh_from_db()
    assert [one.state for one in Refresh.objects.all()] == [State.SUCCEEDED]
    assert source.version == 1
    assert len([path for path in catalog.asked if "/namespaces?" in path and "offset=0" in path]) == 1


def test_a_worker_that_was_stopped_past_its_lease_merges_nothing(source, held, processes):
    first, stale = actions.request_refresh(by=None, source=source), processes.worker()
    ring(first)
    held.asked.wait(60)
    stop(stale)
    assert actions.release_lost_claims(at=timezone.now() + refreshing.SILENCE * 2) == 1
    second = actions.request_refresh(by=None, source=source)
    processes.worker()
    ring(second)
    wait_until(lambda: Refresh.objects.filter(pk=second.pk, state=State.SUCCEEDED))

    held.company = STALE
    held.goes_on.set()
    go_on(stale)
    wait_until(nothing_is_left)
    source.refresh_from_db()
    assert [(one.state, one.error) for one in Refresh.objects.order_by("pk")] == [
        (State.FAILED, refreshing.STOPPED), (State.SUCCEEDED, ""),
    ]  # fmt: skip
    assert source.version == 1
    assert Asset.objects.filter(name__contains="articles").exists()
    assert not Asset.objects.filter(name__contains="stale").exists()
