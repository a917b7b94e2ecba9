"""What threads must not do at the same time, nobody does while there are threads."""

import subprocess
import sys


def test_every_type_that_is_read_is_learnt_before_threads_may_read_it():
    command = [sys.executable, "-m", "tests.contracts.unlearnt"]
    told = subprocess.run(command, capture_output=True, text=True, check=True)
    assert told.stdout.splitlines() == []
