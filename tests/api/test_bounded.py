"""Nothing that a stranger sends takes more than 200 MB of memory or ten seconds: the operating system sees to it."""

import subprocess
import sys

import pytest

from tests.api.refusing import BODIES


@pytest.fixture(scope="module")
def reading():
    """The process that read them all."""
    command = [sys.executable, "-m", "tests.api.refusing"]
    return subprocess.run(command, check=True, capture_output=True, text=True)


@pytest.mark.parametrize("name", BODIES)
def test_a_hostile_body_is_refused_within_bounds(reading, name):
    assert name in reading.stdout.splitlines(), reading.stderr[-800:]
