"""P-13: more questions than can be answered: all but those under way are sent away at once, and others are served."""

import http.client
import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction

from tests.consent.test_appending import elsewhere, wait_until
from tests.enforcement.test_paused import QUESTION, served  # noqa: F401 - a fixture

ASKERS = 24
ASKED = QUESTION | {"members": [7]}
WAITING = "SELECT count(*) FROM pg_locks WHERE relation = 'enforcement_pipeline'::regclass AND NOT granted"


def put(site, method="POST", path="/api/v1/decisions", body=ASKED):
    asking = http.client.HTTPConnection("127.0.0.1", site.port, timeout=60)
    headers = {"Authorization": f"Bearer {site.secret}", "Content-Type": "application/json"}
    asking.request(method, path, json.dumps(body) if body else None, headers)
    response = asking.getresponse()
    return response.status, response.headers, response.read()


def are_waiting(other, count):
    with other.cursor() as cursor:
        cursor.execute(WAITING)
        return cursor.fetchone()[0] == count


@pytest.fixture(autouse=True)
def _one_at_a_time(monkeypatch):
    monkeypatch.setenv("DECISIONS_AT_ONCE", "1")


@pytest.mark.slow
def test_whoever_finds_no_place_is_told_to_come_again_and_others_are_served(served):  # noqa: F811
    site, other = served, elsewhere()
    with ThreadPoolExecutor(ASKERS) as threads:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("LOCK TABLE enforcement_pipeline")  # whoever asks waits for this
            first = threads.submit(put, site)
            wait_until(lambda: are_waiting(other, 1))
            sent_away = [one.result() for one in [threads.submit(put, site) for _ in range(ASKERS - 1)]]
            page = put(site, "GET", "/.well-known/gpc.json", None)
        answered = first.result()
    other.close()
    assert {(status, headers["Retry-After"]) for status, headers, _ in sent_away} == {(503, "1")}
    assert {json.loads(body)["errors"][0]["code"] for _, _, body in sent_away} == {"busy"}
    assert page[0] == 200
    assert answered[0] in (200, 503)
    assert b"allowed" not in b"".join(body for _, _, body in sent_away)
    assert put(site)[0] == 200
