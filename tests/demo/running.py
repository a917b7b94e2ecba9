"""The whole demo in a process of its own: real servers, worker and timetable, with data of its own."""

import fcntl
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from transparency.config import embedded

ROOT = Path(__file__).resolve().parents[2]


class Demo(NamedTuple):
    process: subprocess.Popen
    port: int
    home: Path

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    @property
    def imports(self):
        """The folder below which sources may name files."""
        return self.home / "local/imports"

    @property
    def token(self):
        """The file with the key of Tandem's pipelines."""
        return self.home / "local/pipeline_token"


@contextmanager
def running_demo():
    """Starts the demo and kills it afterwards; it may take a while until it answers.

    The company is loaded once and copied: that takes three times as long as all the rest of a start.
    """
    with own_folder() as home:
        copy(the_company_loaded(), home / "local")
        with started(home) as demo:
            yield demo


def the_company_loaded():
    """What a demo that was started for the first time, and ended, has left: the first test that wants it starts it."""
    kept = embedded.local() / "demo"
    with (embedded.local() / "demo.lock").open("w") as lock, own_folder() as home:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not kept.exists():
            with started(home) as demo:
                next(line for line in demo.process.stdout if "How your data is used" in line)
                demo.process.terminate()
                demo.process.wait(60)
            copy(home / "local", kept)
    return kept


@contextmanager
def own_folder():
    """One that every user may enter: pytest's own are closed to all but one, and PostgreSQL never runs as root."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@contextmanager
def started(home):
    """A demo whose data is in this folder."""
    port = free_port()
    own = {"TRANSPARENCY_LOCAL": f"{home}/local", "PATH": os.environ["PATH"], "HOME": str(home)}
    command = [sys.executable, "-m", "transparency.demo", "--port", str(port)]
    process = subprocess.Popen(command, cwd=ROOT, env=own, stdout=subprocess.PIPE, text=True)
    try:
        yield Demo(process, port, home)
    finally:
        process.kill()
        process.wait()


def copy(folder, to):
    """With the owners of the files: PostgreSQL takes no data that is another's."""
    subprocess.run([shutil.which("cp"), "-a", str(folder), f"{to}.part"], check=True)
    Path(f"{to}.part").rename(to)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def page_once_up(port, path="/", seconds=120):
    """The page, as soon as there is one."""
    return once(lambda: urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=60).read().decode(), seconds)


def once(ask, seconds=120):
    """What ``ask`` returns, as soon as it no longer raises ``OSError`` or ``LookupError``."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            return ask()
        except (OSError, LookupError):
            if time.monotonic() > deadline:
                raise
            time.sleep(0.3)
