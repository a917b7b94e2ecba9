"""What production must have, checked before anything is served. Each finding names the variable and says what to do.

Errors refuse the start of the web server, the worker and the timetable; warnings are shown by ``manage.py check``.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, connection

from transparency.ledger.witnesses import witnesses

LOOPBACK = {"localhost", "127.0.0.1", "::1"}
PRINTING = ("console", "dummy", "filebased", "locmem")
SHORTEST_SECRET = 50
FEWEST_CHARACTERS = 10
DISCREET = {
    "log_statement": ("none", "ddl"),
    "log_min_duration_statement": ("-1",),
    "log_min_duration_sample": ("-1",),
    "log_transaction_sample_rate": ("0",),
    "log_min_error_statement": ("panic",),
    "log_error_verbosity": ("terse",),
    "log_parameter_max_length_on_error": ("0",),
    "debug_print_parse": ("off",),
    "debug_print_rewritten": ("off",),
    "debug_print_plan": ("off",),
    "auto_explain.log_min_duration": ("-1", ""),
    "pgaudit.log": ("none", ""),
    "pgaudit.role": ("''", ""),
}
"""What PostgreSQL must be set to so that no statement with its values, and no row that was in the way, is logged.

The last three are settings of extensions: empty, or unknown to a database that doesn't have them.
"""
PLAIN_HOST = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[0-9]{1,5})?|[0-9a-f:]*:[0-9a-f:]*:[0-9a-f:]*")


@dataclass(frozen=True)
class Rule:
    """One thing that must hold in production: its number, the variable that decides it, and what to do otherwise."""

    id: str
    variable: str
    holds: Callable[[], bool]
    otherwise: str

    def message(self) -> CheckMessage:
        kind = Error if self.id.startswith("E") else Warning
        return kind(f"{self.variable} {self.otherwise}", id=f"transparency.{self.id}")


def secret_is_strong() -> bool:
    key = settings.SECRET_KEY
    return len(key) >= SHORTEST_SECRET and len(set(key)) >= FEWEST_CHARACTERS and not key.startswith("django-insecure-")


def hosts_are_named() -> bool:
    return bool(settings.ALLOWED_HOSTS) and not any(host.startswith(("*", ".")) for host in settings.ALLOWED_HOSTS)


def public_host_is_allowed() -> bool:
    return urlsplit(settings.PUBLIC_URL).hostname in settings.ALLOWED_HOSTS


def redis_has_a_password() -> bool:
    url = urlsplit(settings.REDIS_URL)
    return _is_here(url.hostname) or bool(url.password)


def redis_is_private() -> bool:
    url = urlsplit(settings.REDIS_URL)
    return _is_here(url.hostname) or url.scheme == "rediss"


def database_is_private() -> bool:
    database = settings.DATABASES["default"]
    return _is_here(database["HOST"]) or database.get("OPTIONS", {}).get("sslmode") in ("verify-ca", "verify-full")


def workers_are_held() -> bool:
    return settings.WORKER_DATABASE is not None


def workers_come_as_somebody_else() -> bool:
    site, worker = settings.DATABASES["default"], settings.WORKER_DATABASE or {"NAME": None, "USER": None}
    return not settings.WORKER_DATABASE or (site["NAME"] == worker["NAME"] and site["USER"] != worker["USER"])


def mail_is_sent() -> bool:
    return not any(f".{name}." in settings.EMAIL_BACKEND for name in PRINTING)


def sender_is_real() -> bool:
    return "@" in settings.DEFAULT_FROM_EMAIL and "@localhost" not in settings.DEFAULT_FROM_EMAIL


def staff_prove_twice() -> bool:
    return bool(settings.STAFF_SECOND_FACTOR)


def somebody_can_sign_in() -> bool:
    return settings.PASSWORD_SIGN_IN or bool(settings.OIDC_SERVER_URL)


def company_sign_in_is_private() -> bool:
    return not settings.OIDC_SERVER_URL or settings.OIDC_SERVER_URL.startswith("https://")


def origins_are_private() -> bool:
    return all(origin.startswith("https://") and "*" not in origin for origin in settings.CSRF_TRUSTED_ORIGINS)


def witnesses_can_be_asked() -> bool:
    try:
        return all(one.url.startswith("https://") or _is_here(urlsplit(one.url).hostname) for one in witnesses())
    except ImproperlyConfigured:
        return False


def redelivery_waits() -> bool:
    timeout = settings.CELERY_BROKER_TRANSPORT_OPTIONS["visibility_timeout"]
    return bool(timeout > settings.CELERY_TASK_TIME_LIMIT)


def hosts_are_plain(hosts: Sequence[str]) -> bool:
    return all(PLAIN_HOST.fullmatch(host) for host in hosts)


def _is_here(host: str | None) -> bool:
    """Whether the server is on this machine: no network name, a loopback one, or the folder of a Unix socket."""
    return not host or host in LOOPBACK or host.startswith(("/", "%2f", "%2F"))


RULES = (
    Rule(
        "E001",
        "SECRET_KEY",
        secret_is_strong,
        f"must be at least {SHORTEST_SECRET} random characters. Make one with:"
        " python -c 'import secrets; print(secrets.token_urlsafe(50))'",
    ),
    Rule("E002", "DEBUG", lambda: not settings.DEBUG, "must be false: it shows strangers how the site works inside."),
    Rule(
        "E003", "ALLOWED_HOSTS", hosts_are_named, "must name each host, without * and without a dot at the beginning."
    ),
    Rule("E004", "PUBLIC_URL", lambda: settings.TLS, "must begin with https://, or cookies could be read."),
    Rule("E005", "PUBLIC_URL", public_host_is_allowed, "must name a host that ALLOWED_HOSTS names too."),
    Rule("E006", "EMAIL_URL", mail_is_sent, "must name a mail server, e.g. smtp+tls://user:password@mail.example:587."),
    Rule("E007", "DEFAULT_FROM_EMAIL", sender_is_real, "must be the address that mails come from."),
    Rule(
        "E008",
        "STAFF_SECOND_FACTOR",
        lambda: settings.STAFF_SECOND_FACTOR,
        "must be true: staff write what members read.",
    ),
    Rule("E009", "REDIS_URL", redis_has_a_password, "must hold a password, unless Redis is on this machine."),
    Rule("E010", "PASSWORD_SIGN_IN", somebody_can_sign_in, "is false without OIDC_SERVER_URL: nobody could sign in."),
    Rule("E011", "OIDC_SERVER_URL", company_sign_in_is_private, "must begin with https://."),
    Rule("E012", "CSRF_TRUSTED_ORIGINS", origins_are_private, "must be full https:// addresses without *."),
    Rule(
        "E013",
        "CELERY_VISIBILITY_TIMEOUT",
        redelivery_waits,
        "must exceed the seconds that a task may take: those of CATALOG_READING_MINUTES, and 360 more.",
    ),
    Rule(
        "E014",
        "TRUSTED_PROXIES",
        lambda: settings.TRUSTED_PROXIES > 0,
        "must be 1 or more: the web server speaks plain HTTP, so a proxy that speaks TLS must stand before it.",
    ),
    Rule(
        "E016",
        "LEDGER_WITNESSES",
        witnesses_can_be_asked,
        "must hold a witness's public key, a space and its https:// address, with a comma between two of them.",
    ),
    Rule(
        "E017",
        "CATALOG_HOSTS",
        lambda: hosts_are_plain(settings.CATALOG_HOSTS),
        "must name hosts, with a port where it matters, without https:// and *: catalog.example,lineage.example:8443.",
    ),
    Rule(
        "E018",
        "CATALOG_PRIVATE_HOSTS",
        lambda: hosts_are_plain(settings.CATALOG_PRIVATE_HOSTS),
        "must name hosts, with a port where it matters, without http:// and *: marquez.internal:5000,10.0.0.7:8080.",
    ),
    Rule(
        "E020", "FAILPOINTS", lambda: not settings.FAILPOINTS, "must be empty: it makes the site fail, for its tests."
    ),
    Rule(
        "E021",
        "WORKER_DATABASE_URL",
        workers_come_as_somebody_else,
        "must name the same database as DATABASE_URL, and another user, who owns nothing.",
    ),
    Rule("W001", "REDIS_URL", redis_is_private, "should begin with rediss://, because Redis is on another machine."),
    Rule(
        "W002",
        "DATABASE_URL",
        database_is_private,
        "should end with ?sslmode=verify-full, because PostgreSQL is on another machine.",
    ),
    Rule(
        "W004",
        "WORKER_DATABASE_URL",
        workers_are_held,
        "should name a role for workers: PostgreSQL then lets none of them edit what people said.",
    ),
)


@register()
def production_is_safe(**options: object) -> list[CheckMessage]:
    """Every rule that does not hold. Development and demo, which listen on this machine only, are asked nothing."""
    return [rule.message() for rule in RULES if not rule.holds()] if settings.PRODUCTION else []


@register()
def web_server_can_be_started(**options: object) -> list[CheckMessage]:
    """Gunicorn stumbles over a ``WEB_CONCURRENCY`` that is no number before it reads what we have to say of it."""
    try:
        import_module("transparency.config.gunicorn")
    except ImproperlyConfigured as fault:
        return [Error(str(fault), id="transparency.E022")]
    return []


@register(Tags.database)
def database_keeps_what_it_confirmed(databases: Sequence[str] | None = None, **options: object) -> list[CheckMessage]:
    """A choice that was confirmed to a member must survive a crash. Asked where the database is, as by ``migrate``."""
    if not (settings.PRODUCTION and databases):
        return []
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM pg_settings WHERE name IN ('fsync', 'synchronous_commit') AND setting = 'off'")
        off = [name for (name,) in cursor.fetchall()]
    sentence = "DATABASE_URL leads to a PostgreSQL with {} = off: it may forget what it confirmed. Switch it on."
    return [Error(sentence.format(name), id="transparency.E015") for name in off]


@register(Tags.database)
def database_logs_nobody(databases: Sequence[str] | None = None, **options: object) -> list[CheckMessage]:
    """Statements hold members' keys. PostgreSQL logs those that fail, or all, unless told not to."""
    if not (settings.PRODUCTION and databases):
        return []
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, current_setting(name, true) FROM unnest(%s::text[]) AS name", [list(DISCREET)])
        loud = [name for name, setting in cursor.fetchall() if setting not in (None, *DISCREET[name])]
    settled = ", ".join(f"{name} = {DISCREET[name][0]}" for name in DISCREET if name in loud)
    sentence = f"PostgreSQL logs statements, and members' keys with them. Set in its configuration: {settled}."
    return [Warning(sentence, id="transparency.W003")] if loud else []


def of_the_database() -> list[CheckMessage]:
    """What the database may forget; nothing where it doesn't answer yet: health asks again before visitors come."""
    try:
        return database_keeps_what_it_confirmed(databases=["default"])
    except DatabaseError:
        return []
    finally:
        if not connection.in_atomic_block:
            connection.close()  # processes that are forked from this one open their own


def refuse_unsafe_start() -> None:
    """Raise ``ImproperlyConfigured`` with every error, one a line. For processes that Django's commands don't start."""
    errors = [message for message in (*production_is_safe(), *of_the_database()) if message.is_serious()]
    if errors:
        raise ImproperlyConfigured("\n".join(["This is not safe to run.", *(f"{one.id}: {one.msg}" for one in errors)]))
