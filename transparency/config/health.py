"""Is this process alive, may it be sent visitors, do the workers work, does refusing, is the log sealed?

Asked by whatever starts and watches processes.

Strangers learn yes or no. What is missing stands in the log.
"""

from collections.abc import Callable
from datetime import datetime
from typing import ClassVar

import psycopg
import redis
import structlog
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from transparency.accounts.working import broker, pulse
from transparency.config.checks import database_keeps_what_it_confirmed
from transparency.consent.proofs import waiting_since
from transparency.enforcement.queries import refusing_fails
from transparency.ledger import clock
from transparency.ledger import queries as ledger

log = structlog.get_logger(__name__)
_migrated: list[bool] = []


@require_safe
@never_cache
def live(request: HttpRequest) -> HttpResponse:
    """The process answers. It asks nobody else: a lost database is no reason to start the process anew."""
    return JsonResponse({"status": "alive"})


@require_safe
@never_cache
def ready(request: HttpRequest) -> HttpResponse:
    """The database answers, has every table of this release, and is not older than its log. Redis may be away:

    refusing works without it, so visitors must still be sent here.
    """
    missing = [name for name, check in CHECKS.items() if not check()]
    if missing:
        log.warning("not ready", missing=missing)
        return JsonResponse({"status": "not ready"}, status=503)
    return JsonResponse({"status": "ready"})


@require_safe
@never_cache
def working(request: HttpRequest) -> HttpResponse:
    """Some worker did something in the last two minutes, and can be handed more. Pages need none: visitors may come."""
    return _judged("working", lambda now: pulse(now).is_silent or not broker_answers())


@require_safe
@never_cache
def refusing(request: HttpRequest) -> HttpResponse:
    """A refusal of our own took effect in the last quarter of an hour, or nobody was asked to try."""
    return _judged("refusing", refusing_fails)


@require_safe
@never_cache
def sealing(request: HttpRequest) -> HttpResponse:
    """Whatever was said or chosen five minutes ago stands in the public log, and no clock is in the way of the next."""
    return _judged("sealing", lambda now: clock.fault(now) or waiting_since(now))


def _judged(what: str, fault_at: Callable[[datetime], object]) -> HttpResponse:
    """200 where there is no fault now, else 503 and a line in the log; a database that does not answer is one."""
    try:
        fault = fault_at(timezone.now())
    except (DatabaseError, psycopg.Error):
        connection.close()
        fault = "The database does not answer."
    if fault:
        log.error(f"not {what}", what=fault)
        return JsonResponse({"status": f"not {what}"}, status=503)
    return JsonResponse({"status": what})


def database_answers() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except (DatabaseError, psycopg.Error):
        connection.close()
        return False
    return True


def database_keeps() -> bool:
    """Whether PostgreSQL remembers what it confirmed, also after a crash."""
    try:
        forgets = database_keeps_what_it_confirmed(databases=["default"])
    except (DatabaseError, psycopg.Error):
        return False
    for fault in forgets:
        log.error("the database may forget", what=fault.msg)
    return not forgets


def migrations_are_applied() -> bool:
    """Asked until it is so once: tables don't go away while this release runs."""
    if not _migrated:
        try:
            executor = MigrationExecutor(connection)
            behind = executor.migration_plan(executor.loader.graph.leaf_nodes())
        except (DatabaseError, psycopg.Error):
            return False
        if not behind:
            _migrated.append(True)
    return bool(_migrated)


def log_is_whole() -> bool:
    """Whether the database holds everything that the log's signer, and the witness, ever saw."""
    try:
        contradiction = ledger.contradiction()
    except (DatabaseError, psycopg.Error):
        return False
    if contradiction:
        log.error("the log contradicts the database", what=contradiction)
    return not contradiction


def broker_answers() -> bool:
    try:
        with broker() as asked:
            return bool(asked.ping())
    except redis.RedisError:
        return False


CHECKS: dict[str, Callable[[], bool]] = {
    "database": database_answers,
    "migrations": migrations_are_applied,
    "memory": database_keeps,
    "log": log_is_whole,
}


class HealthMiddleware:
    """Answers before anybody asks for the name of the host: what starts processes knows them by address only."""

    PAGES: ClassVar = {
        "/health/live": live,
        "/health/ready": ready,
        "/health/working": working,
        "/health/refusing": refusing,
        "/health/sealing": sealing,
    }

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.PAGES.get(request.path, self.get_response)(request)
