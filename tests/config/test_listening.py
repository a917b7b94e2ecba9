"""What can't be read as a request is answered in words of ours, as a problem, and without repeating what was sent."""

import json
import os
import socket
import subprocess
import sys
import time
from contextlib import suppress
from http.client import HTTPResponse

import pytest

GUNICORN = (sys.executable, "-m", "gunicorn", "-c", "python:transparency.config.gunicorn")
SECRET = b"s3cr3t" * 1_000
UNREAD = {
    "an address that is too long": (b"GET /" + SECRET + b" HTTP/1.1\r\nHost: a\r\n\r\n", 414),
    "a header that is too long": (b"GET / HTTP/1.1\r\nHost: a\r\nX: " + SECRET * 2 + b"\r\n\r\n", 431),
    "headers without end": (b"GET / HTTP/1.1\r\n" + b"X: s3cr3t\r\n" * 200 + b"\r\n", 431),
    "no such version": (b"GET /s3cr3t HTTP/9.9\r\n\r\n", 400),
    "a method of blanks": (b"s3cr3t\r\n\r\n", 400),
    "a header of nothing": (b"GET / HTTP/1.1\r\n: s3cr3t\r\n\r\n", 400),
}


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The production web server; gives where it listens, and its log."""
    folder = tmp_path_factory.mktemp("listening")
    line, log = folder / "line", folder / "log"
    with log.open("wb") as written:
        own = os.environ | {"BIND": f"unix:{line}", "WEB_CONCURRENCY": "1"}
        process = subprocess.Popen([*GUNICORN, "tests.config.nothing"], env=own, stdout=written, stderr=written)
        _wait_for(line)
        yield line, log
        process.terminate()
        process.wait(60)


def _wait_for(line):
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        with suppress(OSError):
            return _connected(line).close()
        time.sleep(0.05)
    pytest.fail("The web server did not start.")


def _connected(line):
    connection = socket.socket(socket.AF_UNIX)
    connection.settimeout(10)
    connection.connect(str(line))
    return connection


def answer_to(line, sent):
    with _connected(line) as connection:
        connection.sendall(sent)
        answer = HTTPResponse(connection)
        answer.begin()
        return answer, answer.read()


@pytest.mark.parametrize(("sent", "status"), UNREAD.values(), ids=UNREAD)
def test_it_is_told_as_a_problem_that_repeats_nothing(site, sent, status):
    answer, body = answer_to(site[0], sent)
    assert (answer.status, answer.headers["Content-Type"]) == (status, "application/problem+json")
    assert json.loads(body)["status"] == status
    assert b"s3cr3t" not in body + site[1].read_bytes()


def test_what_can_be_read_reaches_the_site(site):
    answer, body = answer_to(site[0], b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
    assert (answer.status, body) == (200, b"here")


def test_an_address_is_told_to_be_too_long(site):
    _, body = answer_to(site[0], UNREAD["an address that is too long"][0])
    assert json.loads(body)["detail"].startswith("This address is too long.")
