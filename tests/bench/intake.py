"""Lineage events, posted in batches and stored durably, against ``COPY`` of the same texts."""

import json
import time
import uuid
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from django.db import connection, transaction

from tests.bench.load import post, rate
from tests.bench.refresh import event
from tests.bench.rows import Row, rates
from tests.bench.server import serving
from transparency.accounts import actions as accounts
from transparency.accounts.models import User
from transparency.catalog.models import Source

BATCH, BATCHES, BYTES = 100, 200, 3_500
A_TRANSACTION = 500
BARE = "CREATE TABLE IF NOT EXISTS bare_event (body text); TRUNCATE bare_event"


def measure() -> Iterator[Row]:
    by, _ = User.objects.get_or_create(email="amir@example.com", defaults={"name": "Amir", "role": "administrator"})
    Source.objects.create(slug="posted", name="Posted", connector="openlineage_http")
    _, secret = accounts.issue_token(by=by, name="bench", scopes=["lineage:posted"], expires_at=None)
    with serving() as port:
        _posted(port, secret, 20)
        yield rates("Events posted, 100 a batch, 8 connections", lambda: _posted(port, secret), _copied, 0.3)


def _posted(port: int, secret: str, batches: int = BATCHES) -> float:
    requests = [post("/api/v1/lineage/batch", body, **_headers(secret)) for body in _bodies(batches)]
    return BATCH * rate(port, requests, status=201, connections=8, seconds=None)


def _headers(secret: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}", "Content-Type": "application/json"}


def _bodies(batches: int) -> list[bytes]:
    """Batches that nobody posted before: each event is of another run."""
    return [json.dumps([_event() for _ in range(BATCH)]).encode() for _ in range(batches)]


def _event() -> dict[str, object]:
    one = event(7, columns=19) | {"run": {"runId": str(uuid.uuid4())}}
    return one | {"eventTime": datetime.now(UTC).isoformat()}


def _copied() -> float:
    texts = [json.dumps(_event()) for _ in range(BATCH * BATCHES)]
    with connection.cursor() as cursor:
        cursor.execute(BARE)
    start = time.perf_counter()
    for first in range(0, len(texts), A_TRANSACTION):
        _copy(texts[first : first + A_TRANSACTION])
    return len(texts) / (time.perf_counter() - start)


@transaction.atomic
def _copy(texts: Sequence[str]) -> None:
    with connection.cursor() as cursor, cursor.copy("COPY bare_event FROM STDIN") as copy:
        for text in texts:
            copy.write_row((text,))
