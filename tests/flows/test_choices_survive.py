"""No choice that was acknowledged is ever lost, whatever is killed: fifty people, real servers, SIGKILL.

Some choose on the site's page, with session and form, the others through the API; of everything or of one use.

``python -m tests.campaign 120`` does the same for as long as you like.
"""

import json
import subprocess
import sys

import pytest

SECONDS = "5"  # and then as long as it takes until every kind of fault came once
FAULTS = {
    *("database", "valkey", "web", "worker", "beat"),
    *("a child of web", "a child of database", "everything in valkey"),
}
pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]


@pytest.fixture(scope="module")
def report():
    """Of one campaign, which takes a minute; at its end choices are made once more, with nothing that protects them."""
    command = [sys.executable, "-m", "tests.campaign", SECONDS, "careless"]
    run = subprocess.run(command, check=False, capture_output=True, text=True, timeout=390)
    assert run.returncode == 0, run.stderr[-2000:]
    return json.loads(run.stdout)


def test_no_acknowledged_choice_is_lost_doubled_or_out_of_order_and_pipelines_are_told_the_same(report):
    assert report["acknowledged"] > 50
    assert report["on_pages"] > 10
    assert report["killed"].keys() >= FAULTS
    assert (report["differences"], report["disagreements"]) == ([], [])


def test_a_database_that_may_forget_is_seen_to_forget(report):
    """The judge can see: with what protects choices switched off, it finds what was lost."""
    assert "lost" in str(report["forgotten"])
