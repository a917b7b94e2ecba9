"""While editions are published, and publishing is killed, every answer is of one whole edition (P-25).

A real web server of two processes, read all the time; a hundred editions; SIGKILL at every step of a publication.
"""

import http.client
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import contextmanager

import pytest
from django.db import connection
from django.utils import timezone

from tests.register.builders import category, feature, policy, register, use
from tests.workers import wait_until
from transparency.ledger.models import Entry
from transparency.register import actions
from transparency.register.models import Edition, EditionSince

EDITIONS = 100
KILLED_EACH = 6
PAUSE = 0.005  # seconds between two readings: the publisher needs the machine too
USE = "communications.messages/job-ranking/training"
PATHS = [
    "/", "/categories/communications.messages/", "/features/job-ranking/", f"/uses/{USE}/",
    "/policies/", "/downloads/", "/api/v1/register/", "/api/v1/uses/", "/api/v1/categories/", "/api/v1/features/",
]  # fmt: skip
# The steps of a publication after which it is killed, as module attribute; the last is its end, before the commit.
STEPS = ["_lock_stamp", "_store", "_entered", "enter", "_bump", "record"]


def content(number):
    """An edition that says its number in every record."""
    says = f"Said in edition {number}."
    uses = (use(why_needed=says, retention=f"{number} months", clauses=("Privacy policy 3.2",)),)
    return register(
        *uses,
        categories=(category(what_it_is=says),),
        features=(feature(what_it_does=says),),
        policies=(policy(title=f"Privacy policy of edition {number}", slug="privacy-policy"),),
    )


def publish(number, by):
    now = timezone.now()
    words = {"authors": ["Otto"], "approver": "Ines", "effective_at": now, "at": now, "base": number - 1}
    actions.publish_edition(by=by, register=content(number), sooner="At once.", **words)


class Killed:
    """A process that publishes until a step is done, and is killed then."""

    def publishes(self, number, by, step):
        reached, here = os.pipe()
        child = os.fork()
        if child == 0:
            try:
                self.stop_after(step, here)
                publish(number, by)
            finally:
                os._exit(1)
        os.close(here)
        assert os.read(reached, 1), f"nothing was reached that is called {step}"
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        os.close(reached)

    def stop_after(self, step, here):
        connection.connection = None  # the parent's; the child opens its own
        known = getattr(actions, step)

        def stops(*arguments, **named):
            answer = known(*arguments, **named)
            os.write(here, b"!")
            time.sleep(60)
            return answer

        setattr(actions, step, stops)


class Reader(threading.Thread):
    """Reads one page after the other, and keeps every answer that is of more than one edition, or of none."""

    def __init__(self, port):
        super().__init__(daemon=True)
        self.port, self.mixed, self.read, self.ended = port, [], 0, threading.Event()

    def run(self):
        while not self.ended.is_set():
            for path in PATHS:
                self.look(path, *get(self.port, path))
                time.sleep(PAUSE)

    def look(self, path, status, body):
        self.read += 1
        if status != 200 or len(editions_in(body)) != 1:
            self.mixed.append((path, status, sorted(editions_in(body))))


def get(port, path):
    asking = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    asking.request("GET", path)
    answer = asking.getresponse()
    found = answer.status, answer.read().decode()
    asking.close()
    return found


def editions_in(body):
    """Every edition that a page says what it says of: in its records, and of itself; not what it says was before."""
    body = re.sub(r"was “[^”]*”", "", body)
    said = re.findall(r"[Ee]dition (\d+)|(\d+) months|\"edition\": ?(\d+)|/editions/(\d+)[/.]", body)
    return {int(number) for found in said for number in found if number}


@contextmanager
def serving(folder):
    """The port of a web server of two processes, on the tests' database."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    own = {
        "DJANGO_SETTINGS_MODULE": "tests.web_settings", "TESTS_MAILS": str(folder), "LISTEN_FOR_CHANGES": "true",
        "TESTS_DATABASE": connection.settings_dict["NAME"], "LEDGER_DIR": str(folder / "ledger"),
        "BIND": f"127.0.0.1:{port}", "WEB_CONCURRENCY": "2", "API_READS_PER_MINUTE": "0",
    }  # fmt: skip
    command = [sys.executable, "-m", "gunicorn", "-c", "python:transparency.config.gunicorn", "--log-level", "error"]
    with (folder / "web.txt").open("wb") as log:
        program = [*command, "transparency.config.wsgi"]
        process = subprocess.Popen(program, env=os.environ | own, stdout=log, stderr=log)
    try:
        wait_until(lambda: is_open(port))
        yield port
    finally:
        process.terminate()
        process.wait(60)


def is_open(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture
def site(transactional_db, tmp_path, ines):
    """The first edition, served."""
    publish(1, ines)
    connection.close()
    with serving(tmp_path) as port:
        yield port


@pytest.fixture
def readers(site):
    started = [Reader(site) for _ in range(3)]
    for one in started:
        one.start()
    wait_until(lambda: all(one.read for one in started))
    yield started
    for one in started:
        one.ended.set()
        one.join(30)


def killed_and_published(number, by):
    """Every few editions, publishing is killed at the next step before it succeeds."""
    if number % KILLED_EACH == 0:
        Killed().publishes(number, by, STEPS[number // KILLED_EACH % len(STEPS)])
        assert Edition.objects.count() == number - 1
    publish(number, by)


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_every_answer_is_of_one_whole_edition(site, readers, ines):
    for number in range(2, EDITIONS + 2):
        killed_and_published(number, ines)
    wait_until(lambda: all(editions_in(get(site, path)[1]) == {EDITIONS + 1} for path in PATHS))
    assert [one.mixed for one in readers] == [[], [], []]
    assert min(one.read for one in readers) > len(PATHS)
    assert Entry.objects.filter(kind="edition").count() == EditionSince.objects.count() == EDITIONS + 1
