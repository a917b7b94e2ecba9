"""The tests' own private servers, under ``.local/tests``: they never touch the demo's data.

A plugin named in pyproject.toml, because it must come before pytest-django reads the settings.
"""

import os
import shutil
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest

os.environ.setdefault("TRANSPARENCY_LOCAL", str(Path(__file__).resolve().parents[1] / ".local/tests"))

os.environ.setdefault("API_READS_PER_MINUTE", "0")  # one address asks everything here
os.environ.setdefault("DATABASE_PATIENCE", "60")  # of a busy machine; the tests of the limit set one of their own

from transparency.config import embedded

# What is compiled is kept, as the Makefile has it too: a process that a test starts takes 2 s of computing, not 8.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

# A queue for each process of tests: a real worker that one of them starts takes nothing from the others. The first
# process starts the others, and hands them its own address.
_number = os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")
os.environ["REDIS_URL"] = os.environ.get("REDIS_URL", embedded.redis_url()).replace("db=0", f"db={_number}")

_servers = ExitStack()


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        _servers.enter_context(embedded.servers("fsync=off"))
        (embedded.local() / "static").mkdir(exist_ok=True)  # which whitenoise looks for
        shutil.rmtree(embedded.local() / "demo", ignore_errors=True)  # of the run before; see tests/demo/running.py


def pytest_unconfigure(config: pytest.Config) -> None:
    _servers.close()
