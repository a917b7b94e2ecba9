"""Statements that are planned once for each connection."""

from contextlib import nullcontext

import pytest
from django.db import DataError, OperationalError, connection, connections, transaction

from tests.accounts.test_stored import lose_the_connection
from transparency.accounts import planned
from transparency.accounts.planned import MOST
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


@pytest.mark.parametrize("block", [nullcontext, transaction.atomic])
def test_a_statement_is_asked_anew_though_what_asks_it_is_kept(listening, block):
    with block():
        assert [row("SELECT %s || 'x'", (one,)) for one in ("a", "b")] == [("ax",), ("bx",)]
        kept = vars(connection.connection)
        assert len(kept.get("planned", ())) + len(kept.get("cursors_of_statements", ())) == 1


def test_a_fault_spoils_nothing_for_whoever_asks_the_same_next(listening):
    with pytest.raises(DataError):
        row("SELECT 1 / %s", (0,))
    assert row("SELECT 1 / %s", (1,)) == (1,)


@pytest.mark.parametrize(("block", "kept", "most"), [
    (nullcontext, "planned", MOST),
    (transaction.atomic, "cursors_of_statements", MOST_CURSORS),
])  # fmt: skip
def test_no_more_statements_are_kept_than_fit(listening, block, kept, most):
    with block():
        assert [row(f"SELECT {number}", ()) for number in range(most + 2)] == [(number,) for number in range(most + 2)]
        assert len(vars(connection.connection)[kept]) <= most


def test_values_of_other_types_are_told_apart(listening):
    assert [row("SELECT %s", (one,)) for one in (1, "one", None, [2])] == [(1,), ("one",), (None,), ([2],)]


def test_an_answer_that_takes_its_time_is_waited_for(listening):
    assert row("SELECT 7 FROM pg_sleep(0.05)", ()) == (7,)


def test_an_answer_may_be_long(listening):
    assert {len(found) for (found,) in rows("SELECT repeat('x', 9000) FROM generate_series(1, 300)", ())} == {9000}


def test_a_question_may_be_long(listening):
    assert row("SELECT length(%s)", ("x" * 4_000_000,)) == (4_000_000,)


def test_whoever_is_interrupted_leaves_no_answer_that_another_takes_for_theirs(listening, monkeypatch):
    first_row("SELECT 1", ())
    monkeypatch.setattr(planned, "_comes_soon", Once(planned._comes_soon))
    with pytest.raises(KeyboardInterrupt):
        row("SELECT 1", ())
    assert first_row("SELECT 2", ()) == (2,)


class Once:
    """Interrupts the first who waits."""

    def __init__(self, wait):
        self.wait, self.interrupts = wait, [KeyboardInterrupt]

    def __call__(self, socket):
        if self.interrupts:
            raise self.interrupts.pop()
        return self.wait(socket)


def test_what_is_asked_in_a_transaction_belongs_to_it(listening, changing):
    with transaction.atomic():
        row("INSERT INTO changing VALUES (8) RETURNING one", ())
        transaction.set_rollback(True)
    assert rows("SELECT one FROM changing", ()) == [(7,)]


def test_a_rollback_is_no_fault_for_what_is_asked_later(listening):
    """After one, the driver has PostgreSQL forget every statement that the connection planned."""
    row("SELECT 'later'", ())
    with transaction.atomic():
        row("SELECT 'within'", ())
        transaction.set_rollback(True)
    with transaction.atomic():
        row("SELECT 'next'", ())
    assert [row("SELECT 'later'", ()), row("SELECT 'later'", ())] == [("later",), ("later",)]


def test_whoever_looks_on_sees_what_is_asked(listening):
    seen = []
    with connection.execute_wrapper(lambda execute, sql, *rest: seen.append(sql) or execute(sql, *rest)):
        row("SELECT 1", ())
    assert seen == ["SELECT 1"]


def test_behind_a_pooler_nothing_is_planned_ahead(settings):
    settings.LISTEN_FOR_CHANGES = False
    connection.close()
    assert (row("SELECT %s - 0", (1,)), row(PLANNED, ("SELECT $1 - 0",))) == ((1,), (0,))


@pytest.mark.parametrize("block", [nullcontext, transaction.atomic])
def test_parameters_may_have_names(listening, block):
    with block():
        found = rows("SELECT %(one)s::int, %(two)s::int, %(one)s + 1, 7 %% 4", {"two": 5, "one": 1})
    assert found == [(1, 5, 2, 3)]


def test_no_row_is_none():
    assert row("SELECT 1 WHERE false", ()) is None


def test_what_is_asked_is_counted(django_assert_num_queries):
    with django_assert_num_queries(1):
        row("SELECT 1", ())


@pytest.mark.parametrize("asked", [first_row, row])
def test_a_migration_meanwhile_is_no_fault(listening, changing, asked):
    before = asked("SELECT one FROM changing", ())
    elsewhere("ALTER TABLE changing ALTER one TYPE text")
    assert (before, asked("SELECT one FROM changing", ())) == ((7,), ("7",))


def test_a_connection_that_was_lost_is_made_anew(listening):
    first_row("SELECT 1", ())
    lose_the_connection()
    assert first_row("SELECT 1", ()) == (1,)


def test_within_a_transaction_a_lost_connection_is_a_fault():
    with pytest.raises(OperationalError):
        lose_the_connection_and_go_on()
