"""What stands in the log: one JSON object a line, with the id of the request, and nobody in it."""

import json
import logging
import time
import uuid
from io import StringIO

import pytest
import structlog
from celery.contrib.testing.worker import start_worker
from celery.signals import worker_init
from django.db import DataError, IntegrityError, connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from transparency.accounts.actions import issue_token
from transparency.accounts.models import User
from transparency.config import celery_app as app
from transparency.config import embedded, logs, watching
from transparency.config.tasks import follow_the_catalog

PASSWORD = "correct horse battery"
WELL_FORMED = "0123456789abcdef-proxy"
TELLING = [
    "mia@tandem.example",
    "203.0.113.9",
    "2001:db8::7",
    "::ffff:203.0.113.9",
    "fe80::1%eth0",
    "tr_abcdefghijklmnopqrstuvwxyz",
    "Bearer abc.def",
    "postgresql://me:secret@db/x",
    'duplicate key value violates unique constraint\nDETAIL:  Key (member)=(4711) already exists.',
    "Failing row contains (4711, allow, everything).",
]  # fmt: skip
SECRETS = ("mia@", "fe80", "203.0.113.9", "2001:db8", "abcdefghij", "abc.def", "secret", "4711")


@pytest.fixture
def written():
    """Everything that is logged meanwhile, as production writes it."""
    yield from written_by("")


@pytest.fixture
def worker_wrote():
    """The same of a worker, which configures the logs anew when it starts."""
    yield from written_by("celery", "django_structlog")


def written_by(*names):
    stream = StringIO()
    parts = dict(logs.configuration(production=True, level="DEBUG")["formatters"]["line"])
    handler = logging.StreamHandler(stream)
    handler.setFormatter(parts.pop("()")(**parts))
    handler.addFilter(logs.WithoutAddress())
    for name in names:
        logging.getLogger(name).addHandler(handler)
    yield stream
    for name in names:
        logging.getLogger(name).removeHandler(handler)


def lines(written):
    return [json.loads(line) for line in written.getvalue().splitlines()]


def test_a_request_is_one_line_with_its_route_and_not_its_address(client, written, db):
    client.get("/categories/work.skills/?q=private")
    (line,) = lines(written)
    assert (line["event"], line["status"], line["method"]) == ("request", 404, "GET")
    assert line["route"] == "^categories/(?P<key>[a-z0-9_.]{1,120})/\\Z"
    assert "private" not in written.getvalue()
    assert "work.skills" not in written.getvalue()


def test_a_name_of_a_host_that_is_not_ours_is_one_quiet_line(client, written):
    client.get("/", headers={"Host": "evil.example"})
    assert [(line["level"], line["status"]) for line in lines(written)] == [("info", 400)]


def test_the_proxys_id_is_taken_over_where_it_is_well_formed(client, written):
    response = client.get("/accounts/login", headers={"X-Request-ID": WELL_FORMED})
    assert response["X-Request-ID"] == WELL_FORMED
    assert {line["request_id"] for line in lines(written)} == {WELL_FORMED}


@pytest.mark.parametrize(
    "given", ["", "short", "a" * 65, "0123456789abcdef\nX: y", "mia@tandem.example.and.more", "é" * 20]
)
def test_an_id_that_is_not_well_formed_is_replaced(client, given):
    name = client.get("/health/live", headers={"X-Request-ID": given})["X-Request-ID"]
    assert name != given
    assert len(name) == 32


def test_two_requests_have_two_ids(client):
    assert client.get("/health/live")["X-Request-ID"] != client.get("/health/live")["X-Request-ID"]


def test_signing_in_well_and_badly_tells_nothing_of_who(client, mia, written):
    for password in ("wrong password!", PASSWORD):
        client.post("/accounts/login/", {"login": mia.email, "password": password}, REMOTE_ADDR="203.0.113.9")
    client.get("/accounts/here/")
    client.post("/accounts/logout/")
    client.post("/accounts/password/reset/", {"email": mia.email})
    assert_nobody_in(written, mia, client)


def test_machines_and_their_keys_are_not_named(client, amir, written):
    _, secret = issue_token(by=amir, name="Airflow", scopes=["lineage:ghost"])
    headers = {"Authorization": f"Bearer {secret}"}
    client.post("/api/v1/lineage", "{}", content_type="application/json", headers=headers, REMOTE_ADDR="203.0.113.9")
    client.get("/api/v1/uses/?q=mia@tandem.example")
    assert secret not in written.getvalue()
    assert_nobody_in(written, amir, client)


def test_a_failure_is_logged_with_its_place_and_without_its_values(client, mia, written, monkeypatch):
    def broken(at):
        raise IntegrityError(f"Key (email)=({mia.email}) already exists from 203.0.113.9")

    monkeypatch.setattr("transparency.members.press.standing", broken)
    client.raise_request_exception = False
    client.get("/", headers={"X-Request-ID": WELL_FORMED})
    failure = next(line for line in lines(written) if line["logger"] == "django.request")
    assert (failure["event"], failure["request_id"]) == ("A request failed", WELL_FORMED)
    assert "IntegrityError" in failure["exception"]
    assert_nobody_in(written, mia, client)


@pytest.fixture
def unwatched(settings):
    """A worker in a thread of this process, of which nothing is written down, and which signs in as the tests do."""
    settings.WORKER_DATABASE = None
    worker_init.disconnect(watching.watch_the_work)
    yield
    worker_init.connect(watching.watch_the_work)


@pytest.mark.django_db(transaction=True)
def test_a_failing_task_is_logged_once_with_the_request_that_caused_it(worker_wrote, unwatched, monkeypatch):
    def broken(at):
        raise ValueError("cannot follow mia@tandem.example")

    monkeypatch.setattr("transparency.config.tasks.follow", broken)
    with start_worker(app, pool="solo", perform_ping_check=False, queues=["of this test"]):
        with structlog.contextvars.bound_contextvars(request_id=WELL_FORMED):
            follow_the_catalog.apply_async(queue="of this test")
        wait_for("task_failed", worker_wrote)
    failed = [line for line in lines(worker_wrote) if line["level"] == "error"]
    assert [(line["event"], line["request_id"]) for line in failed] == [("task_failed", WELL_FORMED)]
    assert "mia@" not in worker_wrote.getvalue()
    assert "cannot follow [e-mail]" in failed[0]["exception"]


@pytest.mark.parametrize("text", TELLING)
def test_what_tells_who_somebody_is_is_cleaned(text):
    assert not any(secret in logs.cleaned(text) for secret in SECRETS)


@pytest.mark.parametrize(
    "text", ["12:30:45", "2026-11-24T12:30:45.000001+00:00", "version 1.2.3", "std::vector", "16:9", "4 of 5"]
)
def test_what_is_harmless_stays(text):
    assert logs.cleaned(text) == text


@given(st.text(max_size=200))
def test_whatever_is_logged_is_one_line_of_json(text):
    event = logs.clean(None, "info", {"event": text, "values": {text: [text, 1, None]}})
    assert len(json.dumps(event).splitlines()) == 1
    assert not set(event["event"]) & {"\x1b", "\u202e", "\u2028", "\x00", "\r"}


def wait_for(text, written, seconds=60):
    deadline = time.monotonic() + seconds
    while text not in written.getvalue():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def assert_nobody_in(written, user: User, client):
    text = written.getvalue()
    session = client.cookies["sid"].value if "sid" in client.cookies else "no session"
    assert lines(written)
    assert [told for told in (user.email, user.name, PASSWORD, "203.0.113.9", session) if told and told in text] == []
    assert "user_id" not in text


@pytest.mark.django_db
def test_the_database_logs_what_failed_and_not_for_whom():
    key = uuid.uuid4().hex  # the log also tells of earlier runs
    with pytest.raises(DataError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT 1 / 0, %s", (key,))
    log = (embedded.local() / "postgres.log").read_text(errors="replace")
    assert ("division by zero" in log, key in log) == (True, False)
