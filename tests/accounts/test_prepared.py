"""Statements that are planned once for each connection."""

import pytest
from django.db import DataError, OperationalError, connection, connections, transaction

from tests.accounts.test_stored import lose_the_connection
from transparency.accounts.prepared import MOST_CURSORS, first_row, row, rows

PLANNED = "SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE %s"
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def listening(settings):
    """No pooler stands between, as in production."""
    settings.LISTEN_FOR_CHANGES = True
    yield
    connection.close()


@pytest.fixture
def changing():
    """A table that a migration is about to change."""
    elsewhere("CREATE TABLE changing AS SELECT 7 AS one")
    yield
    elsewhere("DROP TABLE changing")


def elsewhere(statement):
    with connections.create_connection("default").cursor() as other:
        other.execute(statement)
        other.connection.close()


@transaction.atomic
def lose_the_connection_and_go_on():
    lose_the_connection()
    first_row("SELECT 1", ())


def test_a_statement_is_planned_once_whatever_the_size_of_its_numbers(listening):
    assert [row("SELECT %s + 0", (one,)) for one in (1, 70_000, 2**40)] == [(1,), (70_000,), (2**40,)]
    assert row(PLANNED, ("SELECT $1 + 0",)) == (1,)


def test_a_statement_is_asked_anew_though_its_cursor_is_kept(listening):
    assert [row("SELECT %s || 'x'", (one,)) for one in ("a", "b")] == [("ax",), ("bx",)]
    assert len(vars(connection.connection)["cursors_of_statements"]) == 1


def test_a_fault_spoils_nothing_for_whoever_asks_the_same_next(listening):
    with pytest.raises(DataError):
        row("SELECT 1 / %s", (0,))
    assert row("SELECT 1 / %s", (1,)) == (1,)


def test_no_more_cursors_are_kept_than_fit(listening):
    for number in range(MOST_CURSORS + 2):
        row(f"SELECT {number}", ())
    assert len(vars(connection.connection)["cursors_of_statements"]) <= MOST_CURSORS


def test_behind_a_pooler_nothing_is_planned_ahead(settings):
    settings.LISTEN_FOR_CHANGES = False
    connection.close()
    assert (row("SELECT %s - 0", (1,)), row(PLANNED, ("SELECT $1 - 0",))) == ((1,), (0,))


def test_parameters_may_have_names():
    assert rows("SELECT %(one)s::int, %(one)s + 1", {"one": 1}) == [(1, 2)]


def test_no_row_is_none():
    assert row("SELECT 1 WHERE false", ()) is None


def test_what_is_asked_is_counted(django_assert_num_queries):
    with django_assert_num_queries(1):
        row("SELECT 1", ())


def test_a_migration_meanwhile_is_no_fault(listening, changing):
    before = first_row("SELECT one FROM changing", ())
    elsewhere("ALTER TABLE changing ALTER one TYPE text")
    assert (before, first_row("SELECT one FROM changing", ())) == ((7,), ("7",))


def test_a_connection_that_was_lost_is_made_anew(listening):
    first_row("SELECT 1", ())
    lose_the_connection()
    assert first_row("SELECT 1", ()) == (1,)


def test_within_a_transaction_a_lost_connection_is_a_fault():
    with pytest.raises(OperationalError):
        lose_the_connection_and_go_on()
