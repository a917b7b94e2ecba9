"""Keeps the counts behind the limits on signing in, in the database: they hold while Redis is away.

Without the database nobody can sign in at all, so a limit that can't be counted never lets anybody through.
"""

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from django.core.cache.backends.base import DEFAULT_TIMEOUT, BaseCache
from django.db import connection
from django.utils import timezone

from transparency.accounts.models import Limit

NEVER = datetime.max.replace(tzinfo=UTC)
Timeout = float | None | Any  # Django's DEFAULT_TIMEOUT is an object of its own.

# One statement, so that of two requests at the same moment only one gets the lock.
ADD = """
INSERT INTO accounts_limit (key, value, expires_at) VALUES (%s, to_jsonb(%s::boolean), %s)
ON CONFLICT (key) DO UPDATE SET value = excluded.value, expires_at = excluded.expires_at
WHERE accounts_limit.expires_at <= %s
"""


class LimitsCache(BaseCache):
    """A cache of Django's kind for JSON values. Keys hold addresses and e-mails, so only their digests are stored."""

    def __init__(self, location: str, params: Mapping[str, Any]) -> None:
        super().__init__(dict(params))

    def add(self, key: str, value: Any, timeout: Timeout = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        with connection.cursor() as cursor:
            cursor.execute(ADD, (self._digest(key, version), bool(value), self._end(timeout), timezone.now()))
            return bool(cursor.rowcount)

    def get(self, key: str, default: Any = None, version: int | None = None) -> Any:
        alive = Limit.objects.filter(key=self._digest(key, version), expires_at__gt=timezone.now())
        found = alive.values_list("value", flat=True).first()
        return default if found is None else found

    def set(self, key: str, value: Any, timeout: Timeout = DEFAULT_TIMEOUT, version: int | None = None) -> None:
        limit = Limit(key=self._digest(key, version), value=value, expires_at=self._end(timeout))
        Limit.objects.bulk_create(
            [limit], update_conflicts=True, unique_fields=["key"], update_fields=["value", "expires_at"]
        )

    def delete(self, key: str, version: int | None = None) -> bool:
        return bool(Limit.objects.filter(key=self._digest(key, version)).delete()[0])

    def clear(self) -> None:
        Limit.objects.all().delete()

    def _digest(self, key: str, version: int | None) -> str:
        return hashlib.sha256(self.make_key(key, version).encode()).hexdigest()

    def _end(self, timeout: Timeout) -> datetime:
        seconds = self.default_timeout if timeout is DEFAULT_TIMEOUT else timeout
        return NEVER if seconds is None else timezone.now() + timedelta(seconds=seconds)
