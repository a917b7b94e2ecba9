"""Questions of pipelines about members, of whom some refused; and catching up with new choices before answering."""

import http.client
import io
import json
from collections.abc import Callable, Iterator

import numpy as np
import psycopg
import pyarrow as pa
import redis
from django.conf import settings
from django.db import connection
from numpy.typing import NDArray

from tests.bench.load import get, post, rate
from tests.bench.pages import publish
from tests.bench.rows import ROUNDS, Row, durations, rates, seconds
from tests.bench.server import serving
from transparency.accounts.models import User
from transparency.consent.queries import head
from transparency.enforcement import actions
from transparency.enforcement.decisions import of_numbers
from transparency.enforcement.projections import decide, roster
from transparency.register import queries

MEMBERS, REFUSED, MANY, NEW = 100_000_000, 2_000_000, 100_000, 10_000
FEATURE, STAGE, CATEGORY = "feature-7", "training", "group.kind0"
SCOPES = ("all", "stage:training", f"feature:{FEATURE}", f"category:{CATEGORY}", f"feature:{FEATURE}@{STAGE}")
ARROW = "application/vnd.apache.arrow.stream"
ADDRESS = "/api/v1/decisions"
QUERY = f"?feature={FEATURE}&stage={STAGE}&categories={CATEGORY}"
A_COMMAND = 1_000
# Rows as they would stand after as many acts; written at once, for nobody waits for millions of them one by one.
CHOOSE = """
INSERT INTO consent_choice (
    sequence, reference, member, scope_id, decision, origin, edition, at, previous, request, salt, digest
)
SELECT %(after)s + n, gen_random_uuid(), (%(step)s::bigint * (n + %(after)s)) %% %(members)s,
       (SELECT id FROM consent_scope WHERE name = (%(scopes)s::text[])[1 + n %% %(count)s]),
       CASE WHEN n %% 7 = 0 THEN 1 ELSE 0 END, 1, 1, now(), 0, '', NULL, sha256(int8send(n))
FROM generate_series(1, %(many)s) AS n
"""
JOURNAL = "INSERT INTO consent_journal (id, lineage, erasures) VALUES (1, gen_random_uuid(), 0) ON CONFLICT DO NOTHING"
SCAN = """
SELECT sequence, member, scope_id, decision, edition FROM consent_choice
WHERE sequence > %s AND sequence <= %s ORDER BY sequence
"""


def measure() -> Iterator[Row]:
    secret = prepare()
    thousand, many = _sample(1_000), _sample(MANY)
    with serving() as port:
        for _ in range(50):  # a process that answers for the first time reads the edition, and sends others away
            _ask(port, secret, *_as_json(thousand))
        asked, bare = [_posted(secret, thousand)], [get("/bare/")]
        for requests in (asked, bare):
            rate(port, requests, status=200)
        yield rates(
            "Decisions, 1,000 ids as JSON, 16 connections",
            lambda: rate(port, asked, status=200),
            lambda: rate(port, bare, status=200),
            0.5,
        )
        with _Valkey(many) as valkey:
            for name, form, limit in (("JSON", _as_json, 3.0), ("Arrow", _as_arrow, 15.0)):
                ours, theirs = _asking(port, secret, form, many), valkey.ask
                ours()
                yield rates(f"Decisions, {MANY:,} ids as {name}, ids/s", _per_second(ours), _per_second(theirs), limit)
    yield from _catching_up()


def prepare(slug: str = "bench") -> str:
    """A large register, two million choices, and a pipeline with a key; gives the key."""
    newest = queries.editions().first()
    if newest is None:
        publish(40, 60, 1_000, base=0)
    amir, _ = User.objects.get_or_create(email="amir@example.com", defaults={"name": "Amir", "role": "administrator"})
    pipeline = actions.register_pipeline(
        by=amir, slug=slug, name=slug.capitalize(), contact="#bench", assignments=[(FEATURE, STAGE)]
    )
    with connection.cursor() as cursor:
        cursor.execute(JOURNAL)
        for scope in SCOPES:
            cursor.execute("INSERT INTO consent_scope (name) VALUES (%s) ON CONFLICT DO NOTHING", [scope])
    if head().sequence < REFUSED:
        _choose(REFUSED)
    return str(actions.issue_pipeline_key(by=amir, pipeline=pipeline, name="bench")[1])


def _choose(many: int) -> None:
    after = head().sequence
    given = {"after": after, "many": many, "scopes": list(SCOPES), "count": len(SCOPES)}
    with connection.cursor() as cursor:
        cursor.execute(CHOOSE, given | {"members": MEMBERS, "step": 7_919})
        cursor.execute("ANALYZE consent_choice")


def _sample(many: int) -> NDArray[np.int64]:
    return np.random.default_rng(many).choice(MEMBERS, many, replace=False)


def _as_json(members: NDArray[np.int64]) -> tuple[str, str, bytes]:
    question = {"feature": FEATURE, "stage": STAGE, "categories": [CATEGORY], "members": members.tolist()}
    return ADDRESS, "application/json", json.dumps(question).encode()


def _as_arrow(members: NDArray[np.int64]) -> tuple[str, str, bytes]:
    sink = io.BytesIO()
    batch = pa.record_batch([pa.array(members)], names=["member"])
    with pa.ipc.new_stream(sink, batch.schema) as stream:
        stream.write_batch(batch)
    return ADDRESS + QUERY, ARROW, sink.getvalue()


def _posted(secret: str, members: NDArray[np.int64]) -> bytes:
    path, kind, body = _as_json(members)
    return post(path, body, Authorization=f"Bearer {secret}", Content_Type=kind)


def _ask(port: int, secret: str, path: str, kind: str, body: bytes) -> bytes:
    asking = http.client.HTTPConnection("127.0.0.1", port)
    asking.request("POST", path, body, {"Authorization": f"Bearer {secret}", "Content-Type": kind})
    answer = asking.getresponse()
    found = answer.read()
    if answer.status != 200:
        raise RuntimeError(f"Expected 200, got {answer.status}: {found[:500]!r}")
    return found


Form = Callable[[NDArray[np.int64]], tuple[str, str, bytes]]


def _asking(port: int, secret: str, form: Form, members: NDArray[np.int64]) -> Callable[[], int]:
    """Asks from ids to booleans: the question is encoded and the answer decoded, as in a pipeline."""

    def ask() -> int:
        answer = _ask(port, secret, *form(members))
        if form is _as_json:
            return sum(json.loads(answer)["allowed"])
        with pa.ipc.open_stream(answer) as stream:
            return int(stream.read_all()["allowed"].to_numpy().sum())

    return ask


class _Valkey:
    """The same ids asked of the same set, a thousand a command, all commands in one pipeline."""

    def __init__(self, members: NDArray[np.int64]) -> None:
        self.members = members
        self.client = redis.Redis.from_url(settings.REDIS_URL)

    def __enter__(self) -> "_Valkey":
        refused = roster(FEATURE, STAGE, [CATEGORY]).numbers
        for part in np.array_split(refused, 1 + refused.size // 50_000):
            self.client.sadd("refused", *part.tolist())
        return self

    def __exit__(self, *fault: object) -> None:
        self.client.delete("refused")

    def ask(self) -> int:
        ids = self.members.tolist()
        pipe = self.client.pipeline(transaction=False)
        for first in range(0, len(ids), A_COMMAND):
            pipe.smismember("refused", ids[first : first + A_COMMAND])
        return sum(1 - found for part in pipe.execute() for found in part)


def _per_second(ask: Callable[[], int]) -> Callable[[], float]:
    return lambda: MANY / seconds(ask)


def _catching_up() -> Iterator[Row]:
    taken = []
    one = of_numbers(np.array([1]))
    decide(FEATURE, STAGE, [CATEGORY], one)
    # More rounds than elsewhere: in the first ones, and in those after the kernel saved the maps to the disk (every
    # half minute), most pages are written to for the first time, which takes longer than all the rest.
    for _ in range(6 * ROUNDS):
        after = head().sequence
        _choose(NEW)
        ours = seconds(lambda: decide(FEATURE, STAGE, [CATEGORY], one))
        theirs = seconds(lambda after=after: _scan(after))  # type: ignore[misc]  # a default binds the loop's value
        taken.append((1_000 * ours, 1_000 * theirs))
    yield durations(f"Catching up with {NEW:,} choices before answering, ms", taken, 2.0)


def _scan(after: int) -> int:
    with psycopg.Cursor(connection.connection) as cursor:
        cursor.execute(SCAN, (after, after + NEW), binary=True)
        return len(cursor.fetchall())
