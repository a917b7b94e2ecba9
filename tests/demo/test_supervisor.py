"""The demo as a newcomer runs it: it comes up, it answers, and nothing of it stays behind."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.demo.running import page_once_up, running_demo

# Pip, a pipeline that nobody has declared: course tips read posts while members are on the site.
PIP = """
import os
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4
from openlineage.client import OpenLineageClient
from openlineage.client.event_v2 import InputDataset, Job, Run, RunEvent, RunState
from openlineage.client.transport.http import ApiKeyTokenProvider, HttpConfig, HttpTransport

key = ApiKeyTokenProvider({"apiKey": Path(os.environ["TOKEN"]).read_text()})
client = OpenLineageClient(transport=HttpTransport(HttpConfig(url=os.environ["URL"], auth=key)))
posts = InputDataset(namespace="postgres://warehouse.tandem.example:5432", name="tandem.raw.posts")
job, run = Job(namespace="airflow.tandem.example", name="serve_course_tips"), Run(runId=str(uuid4()))
now = datetime.now(UTC).isoformat()
told = {"eventTime": now, "run": run, "job": job, "inputs": [posts], "producer": "https://pip.example"}
client.emit(RunEvent(eventType=RunState.COMPLETE, **told))
"""
pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


@pytest.fixture
def demo():
    """The demo, just started."""
    with running_demo() as one:
        yield one


@pytest.fixture(scope="module")
def standing():
    """A demo that no test ends, for the last tests here: each start takes many seconds of computing."""
    with running_demo() as one:
        page_once_up(one.port)
        yield one


def test_it_answers_and_leaves_nothing_behind(demo):
    process, port, _ = demo
    page = page_once_up(port)
    assert re.search(r"<b>\d+ kinds</b> of your data feed <b>\d+ AI features</b>", page)
    family = descendants(process.pid)
    assert len(family) > 5
    process.send_signal(signal.SIGTERM)
    process.wait(60)
    assert still_running(family) == []


@pytest.mark.parametrize("part", [b"gunicorn", b"postgres"])
def test_the_death_of_a_part_ends_everything(demo, part):
    process, port, _ = demo
    page_once_up(port)
    time.sleep(3)
    family = descendants(process.pid)
    os.kill(next(pid for pid in family if part in command_of(pid)), signal.SIGKILL)
    assert process.wait(60) == 1
    assert still_running(family) == []


def test_when_it_is_killed_its_parts_die_too(demo):
    process, port, _ = demo
    page_once_up(port)
    family = descendants(process.pid)
    process.kill()
    process.wait()
    assert still_running(family) == []


def test_what_it_said_long_ago_is_in_the_log_from_the_start(standing):
    page = page_once_up(standing.port, "/ledger/")
    assert "held up" not in page


def test_what_a_pipeline_tells_is_on_the_members_page(standing):
    """The real client, in a process of its own; the real web server, worker and beat."""
    own = {"PATH": os.environ["PATH"], "URL": standing.url, "TOKEN": str(standing.token)}
    subprocess.run([sys.executable, "-c", PIP], env=own, check=True, timeout=60)
    assert "Seen, not yet declared" in page_once_up(standing.port, "/uses/posts.posts/course-tips/inference/")


def command_of(pid):
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except FileNotFoundError:  # it ended meanwhile, as a process that only asks something does
        return b""


def descendants(pid):
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(stat.read_text().rpartition(")")[2].split()[1])
        except (OSError, ValueError):
            continue
        if parent == pid:
            child = int(stat.parent.name)
            found += [child, *descendants(child)]
    return found


def still_running(pids, seconds=60):
    deadline = time.monotonic() + seconds
    while alive := [pid for pid in pids if is_alive(pid)]:
        if time.monotonic() > deadline:
            return alive
        time.sleep(0.2)
    return []


def is_alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
