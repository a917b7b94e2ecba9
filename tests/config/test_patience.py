"""A body that stops half way holds nobody up, and a request that can't be read is told so in its own language."""

import io
import socket

import pytest
from django.core.handlers.wsgi import WSGIHandler
from gunicorn.http.body import Body, ChunkedReader
from gunicorn.http.unreader import IterUnreader

from transparency.accounts.actions import issue_token
from transparency.catalog.models import Source
from transparency.config.patience import PATIENCE, patient


class Stopped(io.RawIOBase):
    """What is read from a sender who pauses for too long."""

    def read(self, size=-1):
        raise TimeoutError("timed out")


@pytest.fixture
def line():
    ours, theirs = socket.socketpair()
    yield ours
    ours.close()
    theirs.close()


def waits(line, **environ):
    """How long the application would wait for more of the body, and how long it would wait afterwards."""
    application = patient(lambda environ, start: [line.gettimeout()])
    return application({"gunicorn.socket": line, **environ}, None)[0], line.gettimeout()


def test_a_body_is_waited_for_and_not_for_ever(line):
    assert waits(line, CONTENT_LENGTH="500") == (PATIENCE, None)
    assert waits(line, HTTP_TRANSFER_ENCODING="chunked") == (PATIENCE, None)


def test_where_there_is_no_body_nobody_waits(line):
    assert waits(line) == (None, None)


@pytest.mark.parametrize("path", ["/accounts/login/", "/choices/", "/staff/findings/dismiss/"])
@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x"])
def test_a_form_that_stops_half_way_is_the_senders_fault(db, rf, path, kind):
    environ = rf.post(path, b"12345", content_type=kind).environ | {"wsgi.input": Stopped()}
    told = []
    WSGIHandler()(environ, lambda status, headers: told.append(status[:1]))
    assert told == ["4"]


def test_machines_are_told_of_a_strange_host_by_a_problem(client):
    answer = client.get("/api/v1/uses/", headers={"Host": "evil.example"})
    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")
    assert "evil" not in answer.content.decode()


def test_events_that_stop_half_way_are_the_senders_fault(client, amir):
    Source.objects.create(slug="airflow", name="Airflow", connector="openlineage_http")
    _, secret = issue_token(by=amir, name="Airflow", scopes=["lineage:airflow"])
    stopped = {"wsgi.input": Stopped(), "HTTP_AUTHORIZATION": f"Bearer {secret}"}
    answer = client.post("/api/v1/lineage", b"12345", "application/json", **stopped)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, "body.cut")


@pytest.mark.parametrize("body", [b"zz\r\n12345", b"5\r\n12345678\r\n0\r\n\r\n", b"-1\r\n\r\n"])
def test_chunks_that_are_marked_wrongly_are_the_senders_fault(client, amir, body):
    Source.objects.create(slug="airflow", name="Airflow", connector="openlineage_http")
    _, secret = issue_token(by=amir, name="Airflow", scopes=["lineage:airflow"])
    chunks = Body(ChunkedReader(None, IterUnreader([body])))
    sent = {"wsgi.input": chunks, "wsgi.input_terminated": True, "CONTENT_TYPE": "application/json"}
    answer = client.generic("POST", "/api/v1/lineage", **sent, HTTP_AUTHORIZATION=f"Bearer {secret}")
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, "body.chunks")
