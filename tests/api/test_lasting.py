"""A connection lasts after a request that was refused: what a pipeline asks on it next is answered."""

import http.client
import json

import pytest

from tests.enforcement.test_paused import QUESTION, served

MB = 1024 * 1024
PATH = "/api/v1/decisions"

site = served


@pytest.mark.slow
@pytest.mark.parametrize("megabytes", [9, 15])
def test_a_body_that_is_too_long_does_not_end_the_connection(site, megabytes):
    running = site("transparency.api.endpoints.decisions:asking")
    connection = http.client.HTTPConnection("127.0.0.1", running.port, timeout=60)
    connection.auto_open = 0
    connection.connect()
    headers = {"Authorization": f"Bearer {running.secret}", "Content-Type": "application/json"}
    answers = []
    for body in (b" " * (megabytes * MB), json.dumps(QUESTION)):
        connection.request("POST", PATH, body, headers)
        answer = connection.getresponse()
        answers.append((answer.status, bool(answer.read())))
    assert answers == [(413, True), (200, True)]
