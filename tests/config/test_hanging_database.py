"""A PostgreSQL that hangs, as by SIGSTOP, keeps none of its own limits: whoever waits is told that it is away."""

import os
import signal
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from django.db import OperationalError, connection, transaction

from transparency.accounts.patience import more_patience, patience
from transparency.accounts.prepared import first_row, row
from transparency.config import embedded, unprivileged

# Where nothing ends the wait, this does.
pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]


class Database:
    """A private PostgreSQL of its own that can be made to hang."""

    def __init__(self, postmaster):
        self.postmaster = postmaster

    def _send(self, what):
        children = Path(f"/proc/{self.postmaster}/task/{self.postmaster}/children").read_text().split()
        for pid in (self.postmaster, *map(int, children)):
            with suppress(ProcessLookupError):  # a backend that was just closed
                os.kill(pid, what)

    @contextmanager
    def hanging(self):
        self._send(signal.SIGSTOP)
        try:
            yield
        finally:
            self._send(signal.SIGCONT)


@pytest.fixture
def database(tmp_path, monkeypatch, django_db_blocker):
    """The connection of this test leads to a PostgreSQL that it may stop."""
    tmp_path.chmod(0o700)
    monkeypatch.setenv("TRANSPARENCY_LOCAL", str(tmp_path / "local"))
    monkeypatch.setattr(embedded, "_ours", [])
    with embedded.servers("fsync=off"), django_db_blocker.unblock():
        connection.close()
        with monkeypatch.context() as elsewhere:
            elsewhere.setitem(connection.settings_dict, "NAME", "transparency")
            elsewhere.setitem(connection.settings_dict, "OPTIONS", {"host": str(embedded.sockets())})
            elsewhere.setitem(connection.settings_dict, "HOST", "")
            connection.ensure_connection()
            postmaster = (unprivileged.home(embedded.local()) / "postgres/postmaster.pid").read_text().split()[0]
            yield Database(int(postmaster))
            connection.close()
    embedded.throw_away()


def answers():
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        return cursor.fetchone() == (1,)


def test_a_statement_is_waited_for_no_longer_than_the_limit(database):
    with database.hanging(), patience(1), pytest.raises(OperationalError, match="silent for 1 s"):
        answers()


def test_a_statement_that_is_planned_already_is_waited_for_no_longer_either(database, settings):
    settings.LISTEN_FOR_CHANGES = True
    row("SELECT 1", ())
    with database.hanging(), patience(1), pytest.raises(OperationalError, match="silent for 1 s"):
        row("SELECT 1", ())
    assert first_row("SELECT 2", ()) == (2,)


def test_no_connection_is_waited_for_any_longer(database):
    connection.close()
    with database.hanging(), patience(1), pytest.raises(OperationalError):
        answers()


def test_a_database_that_comes_back_is_asked_again(database):
    with database.hanging(), patience(1), suppress(OperationalError):
        answers()
    connection.close_if_unusable_or_obsolete()  # as before each request
    assert answers()


def test_a_transaction_ends_as_if_the_database_were_gone(database):
    with patience(1), pytest.raises(OperationalError), transaction.atomic(), database.hanging():
        answers()
    assert answers()


def test_a_statement_may_take_longer_where_it_works_on_much(database):
    with patience(1), more_patience(30), connection.cursor() as cursor:
        cursor.execute("SELECT pg_sleep(1.5)")
    assert connection.is_usable()


def test_a_decision_is_refused_and_not_waited_for(database, client, settings):
    settings.DATABASE_PATIENCE = 1
    question = {"feature": "f", "stage": "training", "categories": ["c"], "members": [1]}
    with database.hanging():
        answer = client.post(
            "/api/v1/decisions", question, "application/json", headers={"Authorization": "Bearer tr_pip"}
        )
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (503, "database")
    assert answer["Retry-After"]


def test_visitors_are_not_sent_to_a_process_whose_database_hangs(database, client, settings):
    settings.DATABASE_PATIENCE = 1
    with database.hanging():
        assert client.get("/health/ready").status_code == 503
