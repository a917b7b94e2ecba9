"""Migrations while the site is used: they keep nobody waiting, and leave nothing half done."""

from contextlib import contextmanager
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, connections

from transparency.config.management.commands import migrate

# Where nothing ends the wait for a lock, this does.
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(60)]


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(migrate, "LOCK_SECONDS", 1)
    monkeypatch.setattr(migrate, "PAUSE_SECONDS", 0)
    monkeypatch.setattr(migrate, "TRIES", 2)


@pytest.fixture
def behind():
    """The last migration of the register is not applied."""
    call_command("migrate", "register", "0003", stdout=StringIO())
    yield
    call_command("migrate", stdout=StringIO())


@contextmanager
def somebody_reads():
    """A long query, in a transaction that goes on."""
    other = connections.create_connection("default")
    other.set_autocommit(False)
    with other.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM register_editionsince")
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
