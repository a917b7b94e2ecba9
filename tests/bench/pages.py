"""Public pages of the edition in force, to strangers."""

import http.client
from collections.abc import Iterator
from datetime import UTC, datetime

from tests.bench.load import get, rate
from tests.bench.rows import Row, rates
from tests.bench.server import serving
from tests.register.builders import register_of
from transparency.accounts.models import User
from transparency.register.actions import publish_edition

PAGES = ("/", "/categories/group.kind7/", "/features/feature-7/", "/uses/group.kind0/feature-7/training/")


def publish(categories: int, features: int, uses: int, base: int) -> None:
    now = datetime.now(UTC)
    by, _ = User.objects.get_or_create(email="ines@example.com", defaults={"name": "Ines", "role": "reviewer"})
    words = {"authors": ["Otto"], "approver": "Ines", "effective_at": now, "at": now, "base": base}
    publish_edition(by=by, register=register_of(categories, features, uses), **words)


def measure() -> Iterator[Row]:
    publish(40, 60, 1_000, base=0)
    with serving() as port:
        etags = [_etag(port, path) for path in PAGES]
        bare, full = [get("/bare/")], [get(path) for path in PAGES]
        known = [get(path, If_None_Match=etag) for path, etag in zip(PAGES, etags, strict=True)]
        for requests, status in ((bare, 200), (full, 200), (known, 304)):
            rate(port, requests, status=status, seconds=1)

        def unburdened() -> float:
            return rate(port, bare, status=200)

        yield rates("Pages, anonymous, 16 connections", lambda: rate(port, full, status=200), unburdened, 0.85)
        yield rates("The same, answered with 304", lambda: rate(port, known, status=304), unburdened, 0.95)


def _etag(port: int, path: str) -> str:
    connection = http.client.HTTPConnection("127.0.0.1", port)
    connection.request("GET", path)
    answer = connection.getresponse()
    if answer.status != 200:
        raise RuntimeError(f"{path} answered {answer.status}")
    return str(answer.headers["ETag"])
