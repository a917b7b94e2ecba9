"""From a catalog that is read by half nothing follows: not a byte of what members read, nothing to publish (P-15).

Each catalog that is asked goes bad in every way in turn; and whoever reads it is killed at each of its answers.
"""

import os
import signal
import threading
from contextlib import suppress
from datetime import timedelta
from itertools import count

import pytest
from django.db import connection

from tests.catalog.connectors.tellers import TELLERS, Served
from tests.register.builders import Press, register
from transparency.catalog import actions
from transparency.catalog.actions import refreshing
from transparency.catalog.connectors import datahub_questions, marquez, openmetadata
from transparency.catalog.connectors.base import SourceUnreadable
from transparency.catalog.connectors.http import retrying
from transparency.catalog.models import Asset, Flow, Observation, Refresh, Source
from transparency.config.chain import follow
from transparency.demo.catalogs.company import COMPANY
from transparency.demo.catalogs.faults import Fault
from transparency.register.models import Edition, Evidence, Freshness, Stamp
from transparency.review.models import Finding, Proposal

ASKED = [name for name, make in TELLERS.items() if isinstance(make(), Served)]
NOW = COMPANY.at + timedelta(hours=1)
State = Refresh.State
FAILS = [
    Fault.BROKEN, Fault.BUSY_FOR_A_DAY, Fault.LOCKED, Fault.CUT, Fault.CUT_CHUNK, Fault.HALF_JSON, Fault.SIGN_IN_PAGE,
    Fault.NOT_ZIPPED, Fault.DEEP, Fault.LOOP, Fault.ELSEWHERE, Fault.FIELD_GONE,
]  # fmt: skip
WAITS = [Fault.SAME_PAGE, Fault.SHRINKS, Fault.LESS, Fault.OVERLAPS, Fault.HALF_GONE]
MOST = 12  # kills; a catalog that takes more questions is killed at every second or third of them
OF_THE_SOURCE = ("failing_source", "held_source")
USE = "communications.messages/job-ranking/training"
PUBLIC = ("/", f"/uses/{USE}/", "/api/v1/observations/", "/api/v1/sources/")


@pytest.fixture(autouse=True)
def quickly(monkeypatch):
    """Waits are as many as ever, and short; pages hold ten things."""
    monkeypatch.setattr(retrying, "FIRST", 0.001)
    monkeypatch.setattr(retrying, "LONGEST", 0.002)
    for one in (marquez, openmetadata, datahub_questions):
        monkeypatch.setattr(one, "PAGE", 10)


@pytest.fixture(params=ASKED)
def catalog(request, tmp_path):
    """A catalog that is asked, and its connector."""
    one = TELLERS[request.param]()
    one.reads = one.connector(tmp_path)
    yield one
    one.stop()


@pytest.fixture
def source(transactional_db, catalog, ines, otto, time_machine):
    """Read well once: messages are seen to reach the ranking of jobs, as the edition says."""
    time_machine.move_to(NOW, tick=False)
    Press(ines)(register(), at=NOW - timedelta(days=1))
    actions.add_rule(by=otto, agreed_by=ines, matches="column", pattern="text", category="communications.messages")
    one = Source.objects.create(slug="asked", name="Asked", connector="marquez", location=catalog.fake.url)
    refreshed(one, catalog)
    model = Asset.objects.get(kind="model")
    actions.add_binding(by=otto, agreed_by=ines, key=model.key, feature="job-ranking", stage="training")
    follow(NOW)
    return one


def refreshed(source, catalog):
    """The refresh, once it is tried no more."""
    asked = actions.request_refresh(by=None, source=source)
    while asked.state == Refresh.State.QUEUED:
        with suppress(SourceUnreadable):
            actions.refresh(refresh_id=asked.pk, connector_for=lambda _: catalog.reads)
        asked.refresh_from_db()
    return asked


def public(client):
    """What members and their machines read."""
    return {path: client.get(path).getvalue() for path in PUBLIC}


def known():
    """What is known, what is shown beside editions, and what waits for staff, but for what says the source is bad."""
    kept = (Source, Asset, Flow, Observation, Evidence, Freshness, Stamp, Edition, Proposal)
    rows = [list(model.objects.order_by("pk").values()) for model in kept]
    return rows, list(Finding.objects.exclude(kind__in=OF_THE_SOURCE).order_by("pk").values("pk", "state"))


def after(fault, source, catalog, client, before):
    """How a reading with that fault ended, whether staff read why, and whether all is as before once it followed."""
    catalog.fake.fault = fault
    ended = refreshed(source, catalog)
    follow(NOW)
    catalog.fake.fault = None
    read = ended.error[:40] in client.get(f"/staff/sources/{source.slug}/").content.decode()
    return ended.state, read and ended.error != "", before == (public(client), known())


def test_nothing_follows_whatever_goes_bad(source, catalog, client, otto, settings):
    settings.STAFF_SECOND_FACTOR = False
    client.force_login(otto)
    before = public(client), known()
    ended = {fault: after(fault, source, catalog, client, before) for fault in (*FAILS, *WAITS)}
    assert ended == dict.fromkeys(FAILS, (State.FAILED, True, True)) | dict.fromkeys(WAITS, (State.HELD, True, True))
    assert refreshed(source, catalog).state == State.SUCCEEDED


class Held:
    """The same catalog, which leaves one question unanswered until it is told to go on."""

    def __init__(self, shape, number):
        self.shape, self.number, self.questions = shape, number, count(1)
        self.asked, self.goes_on = threading.Event(), threading.Event()

    def __call__(self, question):
        if next(self.questions) == self.number:
            self.asked.set()
            self.goes_on.wait(60)
        return self.shape(question)


def killed_at(number, source, catalog):
    """Reads the source in a process that is killed while it waits for that answer."""
    catalog.fake.shape = held = Held(catalog.fake.shape, number)
    asked = actions.request_refresh(by=None, source=source)
    child = os.fork()
    if child == 0:
        try:
            connection.connection = None  # the parent's; the child opens its own
            actions.refresh(refresh_id=asked.pk, connector_for=lambda _: catalog.reads)
        finally:
            os._exit(1)
    reached = held.asked.wait(60)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    held.goes_on.set()
    catalog.fake.shape = held.shape
    actions.release_lost_claims(at=NOW + refreshing.SILENCE * 2)
    follow(NOW)
    return reached


def test_nothing_follows_wherever_it_is_killed(source, catalog, client):
    answers, before = len(catalog.fake.asked), (public(client), known())
    numbers = range(1, answers + 1, max(1, answers // MOST))
    ended = [(killed_at(number, source, catalog), before[1] == known()) for number in numbers]
    assert ended == [(True, True)] * len(numbers)
    assert before == (public(client), known())
    assert set(Refresh.objects.values_list("error", flat=True)) == {"", refreshing.STOPPED}
    assert refreshed(source, catalog).state == State.SUCCEEDED
