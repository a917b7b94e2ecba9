"""Which edition stands, and how often anything that members read has changed: known without asking each time.

A thread in each process listens to the database, which tells of every change as it is committed. What the thread knows
is believed only while it has heard from the database within ``TRUST``, and only until the next scheduled edition takes
effect. Otherwise, or where listening is switched off, the database is asked: nothing is kept because it is young.
"""

import os
import time
from dataclasses import dataclass
from datetime import datetime
from threading import Event, Lock, Thread

import psycopg
from django.conf import settings
from django.db import Error, connection
from django.utils import timezone

CHANNEL = "register_stamp"
BEAT = 1.0  # seconds between two signs of life, when nothing changes
TRUST = 3.0  # seconds after which silence is suspicious

# The stamp carries the transaction that wrote it: a restored database may count to the same number again.
STANDING = """
SELECT coalesce((SELECT version || '.' || xmin FROM register_stamp WHERE id = 1), ''),
       coalesce((SELECT digest FROM register_edition WHERE effective_at <= %(at)s ORDER BY number DESC LIMIT 1), ''),
       (SELECT min(effective_at) FROM register_edition WHERE effective_at > %(at)s)
"""


@dataclass(frozen=True)
class Known:
    """What the database said: true from ``asked`` until ``until``, or for as long as it says nothing else."""

    stamp: str
    digest: str
    asked: datetime
    until: datetime | None
    heard: float

    @property
    def says(self) -> tuple[str, str]:
        return self.stamp, self.digest

    def answers(self, at: datetime) -> bool:
        fresh = time.monotonic() - self.heard < TRUST
        return fresh and self.asked <= at and (self.until is None or at < self.until)


def standing(at: datetime) -> tuple[str, str]:
    """The stamp, and the digest of the edition in force at ``at``; both are empty before anything was published."""
    known = _listener.here().known if settings.LISTEN_FOR_CHANGES else None
    if known is None or known.heard < _listener.changed or not known.answers(at):
        known = ask(at)
    return known.says


def forget() -> None:
    """Believe nothing that was heard before now: this process has just changed it."""
    _listener.changed = time.monotonic()


def ask(at: datetime) -> Known:
    heard = time.monotonic()
    with connection.cursor() as cursor:
        cursor.execute(STANDING, {"at": at})
        stamp, digest, until = cursor.fetchone()
    return Known(stamp, digest, at, until, heard)


class Listener(Thread):
    """Asks, waits until something changes or a beat has passed, and asks again, for as long as the process lives."""

    def __init__(self) -> None:
        super().__init__(name="listens for editions", daemon=True)
        self.known: Known | None = None
        self.process = os.getpid()
        self._ended = Event()

    def run(self) -> None:
        while not self._ended.is_set():
            try:
                self._listen()
            except (Error, psycopg.Error):
                self.known = None
                self._ended.wait(BEAT)
            finally:
                connection.close()

    def _listen(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"LISTEN {CHANNEL}")
        while not self._ended.is_set():
            self.known = ask(timezone.now())
            for _ in connection.connection.notifies(timeout=BEAT, stop_after=1):
                pass

    def end(self) -> None:
        """Stop listening, within a beat."""
        self._ended.set()
        self.join()


class _Started:
    """The listener of this process, started by whoever asks first: a thread does not survive a fork."""

    def __init__(self) -> None:
        self.changed = 0.0  # when this process last changed anything, by the clock of ``heard``
        self._listener: Listener | None = None
        self._lock = Lock()

    def here(self) -> Listener:
        if self._listener is None or self._listener.process != os.getpid():
            with self._lock:
                if self._listener is None or self._listener.process != os.getpid():
                    self._listener = Listener()
                    self._listener.start()
        return self._listener


_listener = _Started()
