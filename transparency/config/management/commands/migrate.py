"""Django's ``migrate``, made for a site that goes on working meanwhile: it never keeps everybody waiting for a lock."""

import time
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import CommandError
from django.core.management.commands import migrate
from django.db import OperationalError, connection

from transparency.config import grants

LOCK_SECONDS = 2
"""Whoever asks for a table after a migration that waits for it, waits behind it: it gives up after so long."""
TRIES = 10
PAUSE_SECONDS = 5
ONE_AT_A_TIME = 731_009
NOT_AVAILABLE = "55P03"  # PostgreSQL's code of a lock that was not had in time
BUSY = (
    "Something holds a table that the next migration needs for longer than we may keep the site waiting: a long query, "
    "a backup, or another migrate. Migrations before it are done, and of it nothing is. Run this again later."
)


def _grant() -> None:
    try:
        grants.apply()
    except ImproperlyConfigured as missing:
        raise CommandError(str(missing)) from missing


class Command(migrate.Command):
    """Waits for no lock longer than two seconds, tries again a few times, and runs once at a time.

    Afterwards workers may write what they must, and nothing else (``grants``).
    """

    def handle(self, *args: Any, **options: Any) -> None:
        for attempt in range(1, TRIES + 1):
            try:
                self._once(*args, **options)
            except OperationalError as fault:
                if getattr(fault.__cause__, "sqlstate", None) != NOT_AVAILABLE:
                    raise
            else:
                return
            if attempt < TRIES:
                self.stderr.write(f"A table is busy; trying again in {PAUSE_SECONDS} s ({attempt} of {TRIES}).")
                time.sleep(PAUSE_SECONDS)
        raise CommandError(BUSY)

    def _once(self, *args: Any, **options: Any) -> None:
        try:
            with connection.cursor() as cursor:
                cursor.execute(f"SET lock_timeout = '{LOCK_SECONDS}s'")
                cursor.execute("SELECT pg_advisory_lock(%s)", [ONE_AT_A_TIME])
            super().handle(*args, **options)
            if not (options.get("app_label") or options.get("plan") or options.get("check_unapplied")):
                _grant()
        finally:
            with connection.cursor() as cursor:
                cursor.execute("RESET lock_timeout")
                cursor.execute("SELECT pg_advisory_unlock_all()")
