"""Doorbells of workers, for whoever answers a person or a machine: no error of the broker's, and no long wait for it.

What is to be done stands in the database before the bell is rung. Where it can't be rung, the timetable rings later.
"""

import time
from typing import Any

import structlog
from celery import current_app
from kombu.exceptions import OperationalError

DEAF_FOR = 10.0
"""Seconds for which a broker that failed to take a bell is not tried again: it may hang, and each try would wait."""
UNHEARD = "No worker could be told, because the broker (Redis) takes nothing now."
log = structlog.get_logger(__name__)
_failed_at: list[float] = []


def ring(task: str, *arguments: Any, **how: Any) -> bool:
    """Ask a worker for the task. Returns whether the broker took it."""
    if _failed_at and time.monotonic() - _failed_at[0] < DEAF_FOR:
        return False
    try:
        current_app.send_task(task, args=arguments, retry=False, **how)
    except (OperationalError, OSError):
        _failed_at[:] = [time.monotonic()]
        log.warning("no worker could be told", task=task)
        return False
    _failed_at.clear()
    return True
