"""A signal that comes while the demo starts its parts: Python ignores what a handler raises while a process forks."""

import signal
import subprocess
import sys

import pytest

from transparency.demo import __main__ as demo


def test_a_signal_whose_exception_was_lost_ends_everything(monkeypatch):
    monkeypatch.setattr(demo, "_signals", [])
    part = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(9)"])
    with pytest.raises(SystemExit):
        demo._end(signal.SIGTERM, None)
    with pytest.raises(SystemExit):
        demo._watch([part])
    assert part.poll() == -signal.SIGTERM
