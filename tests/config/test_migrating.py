"""Migrations while the site is used: they keep nobody waiting, and leave nothing half done."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from importlib import import_module
from io import StringIO
from threading import Event

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, connections
from django.db.migrations import RunSQL

from tests.consent.builders import Chooser
from tests.register.builders import register
from transparency.config.management.commands import migrate
from transparency.consent.models import Choice
from transparency.register import standing

# Where nothing ends the wait for a lock, this does.
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(180)]
A_COLUMN_MORE = RunSQL(
    "ALTER TABLE consent_choice ADD COLUMN aside integer", "ALTER TABLE consent_choice DROP COLUMN aside"
)


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(migrate, "LOCK_SECONDS", 1)
    monkeypatch.setattr(migrate, "PAUSE_SECONDS", 0)
    monkeypatch.setattr(migrate, "TRIES", 2)


@pytest.fixture(autouse=True)
def _nobody_listens_on(monkeypatch, transactional_db):
    """Whoever begins to listen for editions stops with the test: afterwards there is no database."""
    monkeypatch.setattr(standing, "_listener", started := standing._Started())
    yield
    if started._listener:
        started._listener.end()


@pytest.fixture
def behind():
    """The last migration of the register is not applied."""
    call_command("migrate", "register", "0003", stdout=StringIO())
    yield
    call_command("migrate", stdout=StringIO())


@pytest.fixture
def journal_behind(monkeypatch):
    """The last migration of consent, which also gives the table of choices a column, is not applied."""
    last = import_module("transparency.consent.migrations.0005_stale_is_no_row").Migration
    call_command("migrate", "consent", "0004", stdout=StringIO())
    with monkeypatch.context() as longer:
        longer.setattr(last, "operations", [*last.operations, A_COLUMN_MORE])
        yield
        call_command("migrate", "consent", "0005", stdout=StringIO())
        call_command("migrate", "consent", "0004", stdout=StringIO())
    call_command("migrate", stdout=StringIO())


@contextmanager
def members_refuse():
    """Four members, each again and again; yields how many refusals were taken of each, once they have ended."""
    over, counts = Event(), []

    def refuse(member):
        taken = 0
        try:
            while not over.is_set():
                Chooser(member).refuses()
                taken += 1
        finally:
            connection.close()
        return taken

    with ThreadPoolExecutor(4) as threads:
        acting = [threads.submit(refuse, str(member)) for member in range(4)]
        try:
            yield counts
        finally:
            over.set()
        counts.extend(one.result() for one in acting)


@contextmanager
def somebody_reads(query="SELECT count(*) FROM register_editionsince"):
    """A long query, in a transaction that goes on."""
    other = connections.create_connection("default")
    other.set_autocommit(False)
    with other.cursor() as cursor:
        cursor.execute(query)
        yield other
    other.rollback()
    other.close()


def columns(table):
    with connection.cursor() as cursor:
        return {column.name for column in connection.introspection.get_table_description(cursor, table)}


def test_a_table_that_is_busy_is_not_waited_for(behind):
    told = StringIO()
    with somebody_reads(), pytest.raises(CommandError, match="Run this again later"):
        call_command("migrate", stdout=StringIO(), stderr=told)
    assert "trying again" in told.getvalue()
    assert "clauses" not in columns("register_editionsince")


def test_a_table_that_is_free_again_is_migrated(behind, monkeypatch):
    with somebody_reads() as other:
        monkeypatch.setattr(migrate.time, "sleep", lambda seconds: other.rollback())
        call_command("migrate", stdout=StringIO(), stderr=StringIO())
    assert "clauses" in columns("register_editionsince")


def test_nobody_migrates_while_somebody_else_does(behind):
    other = connections.create_connection("default")
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [migrate.ONE_AT_A_TIME])
        with pytest.raises(CommandError, match="another migrate"):
            call_command("migrate", stdout=StringIO(), stderr=StringIO())
    other.close()
    assert "clauses" not in columns("register_editionsince")


def test_afterwards_locks_are_waited_for_as_before(behind):
    call_command("migrate", stdout=StringIO())
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('lock_timeout'), pg_try_advisory_lock(%s)", [migrate.ONE_AT_A_TIME])
        assert cursor.fetchone() == ("0", True)


@pytest.mark.parametrize("are_prepared", [True, False])
def test_no_refusal_fails_while_choices_are_waited_for_and_altered(journal_behind, publish, settings, are_prepared):
    """``are_prepared``: the statements, as in production, which then know of the table as it was."""
    publish(register())
    settings.LISTEN_FOR_CHANGES = are_prepared
    with members_refuse() as taken:
        with somebody_reads("SELECT count(*) FROM consent_choice"), pytest.raises(CommandError, match="again later"):
            call_command("migrate", stdout=StringIO(), stderr=StringIO())
        call_command("migrate", stdout=StringIO())
    assert "aside" in columns("consent_choice")
    assert Choice.objects.count() == sum(taken)
