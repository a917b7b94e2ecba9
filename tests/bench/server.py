"""The production web server, as the measurements need it: on a free port, with this project's own configuration."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

WORKERS = "2"


@contextmanager
def serving() -> Iterator[int]:
    """Yields the port of a running gunicorn."""
    port = _free_port()
    own = os.environ | {
        "BIND": f"127.0.0.1:{port}",
        "WEB_CONCURRENCY": WORKERS,
        "WEB_THREADS": "8",
        "DECISIONS_AT_ONCE": "7",
    }
    command = [sys.executable, "-m", "gunicorn", "-c", "python:transparency.config.gunicorn"]
    command += ["--max-requests", "0", "--keep-alive", "60", "--log-level", "error", "transparency.config.wsgi"]
    process = subprocess.Popen(command, env=own)
    try:
        _wait_for(port)
        yield port
    finally:
        process.terminate()
        process.wait(20)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise SystemExit("The web server did not start within a minute.")
