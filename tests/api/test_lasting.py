"""A connection lasts after a request that was refused: what a pipeline asks on it next is answered."""

import http.client
import json

import pytest

from tests.enforcement.test_paused import QUESTION, served  # noqa: F401 - a fixture

MB = 1024 * 1024
PATH = "/api/v1/decisions"


@pytest.mark.slow
@pytest.mark.parametrize("megabytes", [9, 15])
def test_a_body_that_is_too_long_does_not_end_the_connection(served, megabytes):  # noqa: F811
    connection = http.client.HTTPConnection("127.0.0.1", served.port, timeout=60)
    connection.auto_open = 0
    connection.connect()
    headers = {"Authorization": f"Bearer {served.secret}", "Content-Type": "application/json"}
    answers = []
    for body in (b" " * (megabytes * MB), json.dumps(QUESTION | {"members": [7]})):
        connection.request("POST", PATH, body, headers)
        answer = connection.getresponse()
        answers.append((answer.status, bool(answer.read())))
    assert answers == [(413, True), (200, True)]
