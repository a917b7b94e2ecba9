"""Do the workers work? What the rows and the queue tell; a worker that lives but does nothing is found out too."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import redis
from celery import current_app
from django.conf import settings
from django.db.models import Max
from kombu.exceptions import OperationalError
from redis.backoff import NoBackoff
from redis.retry import Retry

from transparency.accounts.models import Work
from transparency.accounts.prepared import row

SILENT_FOR = timedelta(minutes=2)
# A task of the timetable is late once it was not begun for this many of its intervals, or for SILENT_FOR.
INTERVALS = 3
PATIENCE_SECONDS = 2
ANSWERS_WITHIN = 0.5
LATEST = "SELECT greatest(max(began_at), max(ended_at)) FROM accounts_work"
TAKEN = "unacked"  # Celery's name for it in Redis


@dataclass(frozen=True)
class Pulse:
    """When anything was worked last, and whether that is too long ago."""

    last: datetime | None
    is_silent: bool


@dataclass(frozen=True)
class Scheduled:
    """One line of the timetable: how often it is due, and what became of it."""

    name: str
    every: timedelta
    work: Work | None
    is_late: bool

    @property
    def is_running(self) -> bool:
        """Whether a worker began and has not ended; it may also have been killed."""
        work = self.work
        return bool(work and work.began_at and (not work.ended_at or work.ended_at < work.began_at))


def pulse(at: datetime) -> Pulse:
    """Whether workers worked of late. Begun counts too: a long refresh is work."""
    (last,) = row(LATEST, ()) or (None,)
    return Pulse(last, last is None or at - last >= SILENT_FOR)


def timetable_asked(at: datetime) -> Pulse:
    """Whether the timetable put anything into the queue of late."""
    last = Work.objects.aggregate(last=Max("asked_at"))["last"]
    return Pulse(last, last is None or at - last >= SILENT_FOR)


def scheduled(at: datetime) -> list[Scheduled]:
    """The timetable, with what became of each of its tasks."""
    entries: dict[str, dict[str, Any]] = settings.CELERY_BEAT_SCHEDULE
    rows = Work.objects.in_bulk([entry["task"] for entry in entries.values()])
    return [
        _line(name, timedelta(seconds=entry["schedule"]), rows.get(entry["task"]), at)
        for name, entry in entries.items()
    ]


def _line(name: str, every: timedelta, work: Work | None, at: datetime) -> Scheduled:
    """What was never begun since the start is not late yet: it may not have been due."""
    last = work.began_at if work else None
    return Scheduled(name, every, work, last is not None and at - last >= max(every * INTERVALS, SILENT_FOR))


def waiting() -> int | None:
    """How many tasks wait for a worker, or ``None`` where the broker does not answer."""
    return _counted(lambda broker: broker.llen(current_app.conf.task_default_queue))


def taken() -> int | None:
    """How many tasks a worker took and has not ended, or ``None`` where the broker does not answer."""
    return _counted(lambda broker: broker.hlen(TAKEN))


def _counted(count: Callable[["redis.Redis"], Any]) -> int | None:
    try:
        with broker() as asked:
            return int(count(asked))
    except redis.RedisError:
        return None


def broker() -> "redis.Redis":
    """A connection to the broker that is tried once and not waited for long."""
    waits = {"socket_timeout": PATIENCE_SECONDS, "socket_connect_timeout": PATIENCE_SECONDS}
    return redis.Redis.from_url(settings.REDIS_URL, retry=Retry(NoBackoff(), 0), **waits)


def answering() -> list[str]:
    """The names of the workers that answer a call at once. Answering is not yet working."""
    try:
        answers: Iterable[dict[str, object]] = current_app.control.ping(timeout=ANSWERS_WITHIN) or ()
    except (OperationalError, redis.RedisError, OSError):
        return []
    return sorted(name for answer in answers for name in answer)
