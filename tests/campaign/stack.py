"""The whole site on this machine, with servers of its own, each of which may be killed at any moment and comes back."""

import os
import random
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import psycopg
from django.core.management import call_command

from transparency.config import embedded

Process = subprocess.Popen[bytes]
ROOT = Path(__file__).resolve().parents[2]


class Part:
    """One server: how it is started, and the process that runs now."""

    def __init__(self, name: str, start: Callable[[], Process]) -> None:
        self.name, self._start = name, start
        self.process = start()

    def kill(self) -> None:
        """SIGKILL for the process and all it started, as when a machine's memory runs out."""
        for pid in (*_family(self.process.pid), self.process.pid):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait()

    def start(self) -> None:
        self.process = self._start()

    def kill_a_child(self) -> None:
        """SIGKILL for one process that this part started; it has to notice and to carry on by itself."""
        with suppress(ProcessLookupError, IndexError):
            os.kill(random.choice(_family(self.process.pid)), signal.SIGKILL)


class Stack:
    """PostgreSQL, Valkey, the web server, a worker and the timetable."""

    def __init__(self, port: int) -> None:
        embedded.prepare_folders()
        self.port = port
        self.database = Part("database", lambda: embedded.start_postgres(()))
        self.valkey = Part("valkey", embedded.start_valkey)
        embedded.wait_until_ready()
        # Here, not by ``manage.py``, which would start servers of its own in the place of these, and end them with it.
        call_command("migrate", verbosity=0)
        call_command("collectstatic", interactive=False, verbosity=0)
        celery = (sys.executable, "-m", "celery", "-A", "transparency.config")
        web = (
            sys.executable,
            "-m",
            "gunicorn",
            "-c",
            "python:transparency.config.gunicorn",
            "transparency.config.wsgi",
        )
        self.web = Part("web", lambda: self._run(*web))
        self.worker = Part("worker", lambda: self._run(*celery, "worker", "--concurrency", "1", "--loglevel", "ERROR"))
        self.beat = Part("beat", lambda: self._run(*celery, "beat", "--loglevel", "ERROR"))

    @property
    def parts(self) -> tuple[Part, ...]:
        return self.database, self.valkey, self.web, self.worker, self.beat

    def wait_until_it_answers(self, seconds: float = 150) -> None:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            self.mend()
            with suppress(OSError, urllib.error.URLError):
                urllib.request.urlopen(f"http://127.0.0.1:{self.port}/health/ready", timeout=2)
                return
            time.sleep(0.2)
        raise SystemExit("The site did not come back.")

    def mend(self) -> None:
        """Start again whatever has ended, as the machine's own supervisor would."""
        for part in self.parts:
            if part.process.poll() is not None:
                part.start()

    def be_careless(self, options: tuple[str, ...]) -> None:
        """Kill the database, and start it so that it may forget what it confirmed from now on."""
        self.database.kill()
        self.database = Part("database", lambda: embedded.start_postgres(options))

    def flush_valkey(self) -> None:
        """Everything that Valkey holds is lost, its log on disk too."""
        self.valkey.kill()
        for file in (embedded.local() / "valkey").rglob("*.*"):
            file.unlink(missing_ok=True)
        self.valkey.start()

    def end(self) -> None:
        for part in reversed(self.parts):
            part.process.terminate()
        for part in reversed(self.parts):
            try:
                part.process.wait(60)
            except subprocess.TimeoutExpired:
                part.kill()

    def _run(self, *command: str) -> Process:
        own = os.environ | {"BIND": f"127.0.0.1:{self.port}", "WEB_CONCURRENCY": "2", "WEB_THREADS": "16"}
        with (embedded.local() / "campaign.log").open("ab") as log:
            return subprocess.Popen(command, env=own, cwd=ROOT, stdout=log, stderr=log, start_new_session=True)


def connected() -> "psycopg.Connection[tuple[object, ...]]":
    return psycopg.connect(embedded.database_url(), autocommit=True)


def _family(pid: int) -> list[int]:
    """Every process below this one, the nearest first."""
    children = Path(f"/proc/{pid}/task/{pid}/children")
    found = [int(child) for child in children.read_text().split()] if children.exists() else []
    return found + [below for child in found for below in _family(child)]
