"""Nothing that a stranger sends takes more than 200 MB of memory or ten seconds: the operating system sees to it."""

import subprocess
import sys

import pytest

from tests.api.refusing import BODIES


@pytest.mark.parametrize("name", BODIES)
def test_a_hostile_body_is_refused_within_bounds(name):
    reading = [sys.executable, "-m", "tests.api.refusing", name]
    ended = subprocess.run(reading, check=False, capture_output=True, text=True)
    assert (ended.returncode, ended.stdout[:9]) == (0, "refused: "), ended.stderr[-800:]
