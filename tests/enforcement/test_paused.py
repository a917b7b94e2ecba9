"""A web process that is paused (SIGSTOP) at the worst moments: nothing that it says afterwards is from before."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest
from django.db import connection

from tests.workers import wait_until
from transparency.enforcement import actions

QUESTION = {"feature": "job-ranking", "stage": "training", "categories": ["communications.messages"]}
PLACES = [
    "transparency.api.endpoints.decisions:asking",
    "transparency.enforcement.projections:_decided",
    "transparency.api.endpoints.decisions:_note",
    "transparency.api.endpoints.decisions:Answer",
]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Served:
    """The site behind gunicorn, one process, which stops itself at one of the places when it is told to."""

    def __init__(self, folder, secret):
        self.port, self.once, self.secret = free_port(), folder / "stop", secret
        own = {
            "DJANGO_SETTINGS_MODULE": "tests.enforcement.served",
            "BIND": f"127.0.0.1:{self.port}",
            "WEB_CONCURRENCY": "1",
            "TEST_DATABASE": connection.settings_dict["NAME"],
            "TEST_PROJECTIONS": str(folder / "projections"),
            "STOP_AT": " ".join(PLACES),
            "STOP_ONCE": str(self.once),
        }
        command = [sys.executable, "-m", "gunicorn", "-c", "python:transparency.config.gunicorn", "--timeout", "60"]
        self.process = subprocess.Popen(
            [*command, "--log-level", "critical", "tests.enforcement.served:application"], env=os.environ | own
        )

    def ask(self, member=7):
        """Status and, where it is one, the answer; 0 where the connection ended without any."""
        asking = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        headers = {"Authorization": f"Bearer {self.secret}", "Content-Type": "application/json"}
        try:
            asking.request("POST", "/api/v1/decisions", json.dumps(QUESTION | {"members": [member]}), headers)
            response = asking.getresponse()
            body = response.read()
        except (http.client.HTTPException, ConnectionResetError):
            return 0, None
        return response.status, json.loads(body) if response.status == 200 else None

    def stopped(self):
        """Waits until the process that answers is stopped, and gives its number."""
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            for pid in Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split():
                if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "T":
                    return int(pid)
            time.sleep(0.02)
        raise AssertionError("Nobody stopped.")

    def is_up(self):
        with suppress(OSError):
            return self.ask()[0] == 200
        return False


@pytest.fixture
def served(transactional_db, amir, pip, tmp_path, publish):
    """The site, which answers; it ends after the test."""
    _, secret = actions.issue_pipeline_key(by=amir, pipeline=pip, name="Airflow")
    one = Served(tmp_path, secret)
    try:
        wait_until(one.is_up)
        yield one
    finally:
        one.process.terminate()
        one.process.wait(60)


def paused(site, place, member, chooses):
    """What is answered by a process that was paused at this place while the member refused, and what after that."""
    site.once.write_text(place)
    with ThreadPoolExecutor(1) as asking:
        answer = asking.submit(site.ask, member)
        pid = site.stopped()
        chooses.refuses(member=str(member))
        time.sleep(1.2)
        os.kill(pid, signal.SIGCONT)
        return *answer.result(), site.ask(member)[1]["allowed"]


@pytest.mark.slow
def test_no_answer_is_from_before_the_pause(served, chooses):
    for sequence, place in enumerate(PLACES, 1):
        member = 100 + sequence
        assert served.ask(member)[1]["allowed"] == [True]
        status, said, then = paused(served, place, member, chooses)
        assert status in {0, 200, 500, 503}
        assert said is None or (said["sequence"], said["allowed"]) == (sequence, [False]), place
        assert then == [False]
