"""Reads environment variables. What is wrong is said with the variable's name, and never with its value.

``NAME_FILE`` may name a file that holds the value of ``NAME``: secrets then stand in no list of processes.
"""

import os
from collections.abc import Collection
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import import_string

ON = frozenset({"true", "yes", "on", "1"})
OFF = frozenset({"false", "no", "off", "0"})
IN_MEMORY = 8 * 1024 * 1024  # bytes of a file from a bucket; a longer one waits on the disk


def text(name: str, default: str = "") -> str:
    """The variable's value; where it is unset or empty, the content of the file that ``NAME_FILE`` names."""
    value = os.environ.get(name, "").strip()
    path = os.environ.get(f"{name}_FILE", "").strip()
    if value or not path:
        return value or default
    try:
        return Path(path).read_text().strip() or default
    except (OSError, UnicodeDecodeError) as error:
        raise ImproperlyConfigured(f"{name}_FILE names a file that can't be read: {path}.") from error


def flag(name: str, *, default: bool) -> bool:
    """True or false. Anything else is an error: a typing mistake must not switch a protection off."""
    value = text(name).casefold()
    if value and value not in ON | OFF:
        raise ImproperlyConfigured(f"{name} must be true or false.")
    return value in ON if value else default


def number(name: str, *, default: int, least: int = 0) -> int:
    """A whole number of at least ``least``."""
    value = text(name, str(default))
    if not (value.isascii() and value.isdigit() and int(value) >= least):
        raise ImproperlyConfigured(f"{name} must be a whole number, {least} or more.")
    return int(value)


def choice(name: str, *, default: str, of: Collection[str]) -> str:
    """One of a few words, in capitals."""
    value = text(name, default).upper()
    if value not in of:
        raise ImproperlyConfigured(f"{name} must be one of: {', '.join(of)}.")
    return value


def day(name: str, *, default: str) -> str:
    """A day, as 2026-11-25."""
    value = text(name, default)
    try:
        return date.fromisoformat(value).isoformat()
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} must be a day like 2026-11-25.") from error


def words(name: str, default: str = "") -> list[str]:
    """What stands between the commas."""
    return [word.strip() for word in text(name, default).split(",") if word.strip()]


def database(name: str, url: str) -> dict[str, Any]:
    """Django's description of the PostgreSQL database at ``url``, which came from the variable ``name``."""
    if not url.startswith(("postgresql://", "postgres://")):
        raise ImproperlyConfigured(f"{name} must begin with postgresql://, because the site needs PostgreSQL.")
    try:
        return dict(environ.Env.db_url_config(url))
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} is not like postgresql://user:password@host:5432/name.") from error


def also(name: str, site: dict[str, Any], role: str | None) -> dict[str, Any] | None:
    """The database of ``site`` as the variable ``name`` signs in to it. Unset: as ``role``, or not at all."""
    if url := text(name):
        return site | database(name, url) | {"ENGINE": site["ENGINE"]}
    return site | {"USER": role} if role else None


def storage(name: str, value: str) -> dict[str, Any]:
    """Django's description of where files are kept that nobody else may read: a folder, or s3://bucket/folder.

    ``value`` came from the variable ``name``. After a ``?``, ``endpoint_url`` and ``region_name`` of the S3 server.
    """
    if not value.startswith("s3://"):
        private = {"file_permissions_mode": 0o600, "directory_permissions_mode": 0o700}
        return {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": value, "allow_overwrite": False} | private,
        }
    url = urlsplit(value)
    options = dict(parse_qsl(url.query))
    unknown = options.keys() - {"endpoint_url", "region_name"}
    endpoint = urlsplit(options.get("endpoint_url", "https://s3.example"))
    if unknown or not url.netloc or endpoint.scheme not in ("http", "https") or not endpoint.netloc:
        raise ImproperlyConfigured(
            f"{name} is not like s3://bucket/folder?endpoint_url=https://s3.example&region_name=eu-1."
        )
    known = {"bucket_name": url.netloc, "location": url.path.strip("/"), "default_acl": None, "file_overwrite": False}
    bounds = {"max_memory_size": IN_MEMORY, "client_config": _patience_with_a_bucket()}
    return {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": known | bounds | options}


def _patience_with_a_bucket() -> Any:
    """Amazon's client tries five times and waits a minute each time; whoever asks here has gone by then."""
    # Imported only where there is a bucket: it takes a while.
    config = import_string("botocore.config.Config")
    return config(connect_timeout=3, read_timeout=10, retries={"mode": "standard", "total_max_attempts": 2})


def broker(redis_url: str) -> str:
    """The address of the same server as Celery spells it: a Unix socket has a scheme of its own there."""
    if not redis_url.startswith("unix://"):
        return redis_url
    return redis_url.replace("unix://", "redis+socket://").replace("?db=", "?virtual_host=")


def mail(name: str, default: str) -> dict[str, Any]:
    """Django's description of the mail server in the variable ``name``."""
    try:
        return dict(environ.Env.email_url_config(text(name, default)))
    except (ImproperlyConfigured, ValueError) as error:
        raise ImproperlyConfigured(f"{name} is not an address like smtp+tls://user:password@host:587.") from error
