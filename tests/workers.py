"""Real workers, as processes of their own, on the tests' database and broker."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from redis import Redis

ROOT = Path(__file__).resolve().parents[1]
CELERY = (sys.executable, "-m", "celery", "-A", "transparency.config", "--workdir", str(ROOT))


class Processes:
    """Starts workers and the timetable; what they mail lies in ``mails``."""

    def __init__(self, mails):
        self.mails, self.running = mails, []

    def worker(self, *more):
        """A worker with a pool of processes, as in production."""
        return self._start("worker", "--concurrency", "1", "--without-gossip", "--without-mingle", *more)

    def timetable(self):
        return self._start("beat", "--schedule", str(self.mails / "beat"))

    @property
    def log(self):
        """Everything that the processes wrote on both their outputs."""
        return (self.mails / "processes.txt").read_text()

    def _start(self, *command, loglevel="INFO"):
        own = {
            "DJANGO_SETTINGS_MODULE": "tests.worker_settings",
            "TESTS_DATABASE": connection.settings_dict["NAME"],
            "TESTS_MAILS": str(self.mails),
            "REDIS_URL": settings.REDIS_URL,
            # Of this test alone: the log of another test's database would be a contradiction.
            "LEDGER_DIR": str(settings.LEDGER_DIR),
        }
        with (self.mails / "processes.txt").open("ab") as log:
            process = subprocess.Popen(
                [*CELERY, *command, "--loglevel", loglevel],
                env=os.environ | own,
                cwd=ROOT,
                start_new_session=True,
                stdout=log,
                stderr=log,
            )
        self.running.append(process)
        return process

    def end(self):
        for process in self.running:
            os.killpg(process.pid, signal.SIGCONT)
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        hang_up()
        print(self.log[-5_000:])  # noqa: T201 - pytest shows it where the test failed

    def mail(self):
        """All letters, oldest first. One that is still being written has no closing line, and isn't a letter yet."""
        texts = [path.read_text() for path in sorted(self.mails.glob("*.log"))]
        return [text for text in texts if text.endswith(f"{'-' * 79}\n")]


def hang_up():
    """End the calls of those that wait for a task: the broker would hand the next one to a worker that is dead.

    Only of our own queue's: other processes of tests have workers that live.
    """
    broker = Redis.from_url(settings.REDIS_URL)
    ours = str(broker.get_connection_kwargs()["db"])
    for one in broker.client_list():
        if "b" in one["flags"] and one["db"] == ours:
            broker.client_kill_filter(_id=one["id"])


def stop(process):
    """Freeze a worker and its pool: it lives, and does nothing."""
    os.killpg(process.pid, signal.SIGSTOP)


def go_on(process):
    os.killpg(process.pid, signal.SIGCONT)


def wait_until(found, seconds=120):
    """What ``found`` returns, as soon as it is true."""
    deadline = time.monotonic() + seconds
    while not (answer := found()):
        assert time.monotonic() < deadline, "It did not happen."
        time.sleep(0.1)
    return answer


@pytest.fixture
def processes(transactional_db, tmp_path):
    """Nothing waits in the queue when they start, and none of them is left afterwards."""
    Redis.from_url(settings.REDIS_URL).flushdb()
    started = Processes(tmp_path)
    yield started
    started.end()
    Redis.from_url(settings.REDIS_URL).flushdb()
