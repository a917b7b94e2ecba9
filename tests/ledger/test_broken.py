"""Sealing is killed, and the disk fails, wherever either can: what is published stays a valid log.

Real processes, killed with SIGKILL; system errors at every call that writes. How many there are is asserted too.
"""

import os
import shutil
import signal
import threading
import time
from pathlib import Path

import pytest
from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.test import override_settings
from psycopg.sql import SQL, Identifier

from tests.emptying import empty
from tests.ledger.test_sealing import enter, is_a_valid_log, seal
from transparency.ledger import actions, queries, shelf
from transparency.ledger.models import Checkpoint, Entry, Stretch, Waiting

STATEMENTS = 7  # a lock, what was sealed, one for places, two for entries, the checkpoint, and the lock again
FILES = 7  # two of a tile that is full now, two of the next, one above them, the signer's record, the checkpoint
FOLDERS = 9  # which have new names in them
WRITES = {"open": FILES + FOLDERS + 1, "fchmod": FILES, "write": FILES, "fsync": FILES + FOLDERS}
EVERY_WRITE = [(name, call) for name, calls in WRITES.items() for call in range(1, calls + 1)]

pytestmark = pytest.mark.django_db(transaction=True)


TABLES = [model._meta.db_table for model in (Entry, Waiting, Stretch, Checkpoint)]


def copy_rows(source, target):
    """Copy what is in the log's tables, as a replica does: no trigger fires."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        for table in TABLES:
            names = (Identifier(schema, table) for schema in (target, source))
            cursor.execute(SQL("INSERT INTO {} SELECT * FROM {}").format(*names))


@pytest.fixture(scope="module")
def grown_once(django_db_setup, django_db_blocker, tmp_path_factory):
    """A log that is sealed once for all tests here: its folder. Its rows are kept beside all tables."""
    folder = tmp_path_factory.mktemp("grown") / "ledger"
    with django_db_blocker.unblock(), override_settings(LEDGER_DIR=folder), connection.cursor() as cursor:
        cursor.execute("CREATE SCHEMA grown")
        for table in TABLES:
            cursor.execute(f"CREATE TABLE grown.{table} (LIKE {table})")
        enter(*range(254))
        seal()
        enter(*range(1000, 1010))
        copy_rows("public", "grown")
        empty(None)
    yield folder
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute("DROP SCHEMA grown CASCADE")


@pytest.fixture
def grown(grown_once, transactional_db):
    """A log of 254 entries, and ten that wait: more than the first tile has room for."""
    copy_rows("grown", "public")
    shutil.copytree(grown_once, settings.LEDGER_DIR)


def seal_once_free():
    """Seal as soon as PostgreSQL has noticed that the process is dead that held the lock."""
    deadline = time.monotonic() + 60
    while (sealed := seal()) is None and time.monotonic() < deadline:
        time.sleep(0.05)
    return sealed


class Counted:
    """Stands in for a call; does something else than that, once."""

    def __init__(self, original, call=0, instead=None):
        self.original, self.call, self.instead, self.calls = original, call, instead, 0

    def __call__(self, *args, **how):
        self.calls += 1
        return self.instead() if self.calls == self.call else self.original(*args, **how)


def full_disk():
    raise OSError(28, "No space left on device")


class Killed:
    """A process of its own that seals; where it reaches a step it is killed."""

    def __init__(self):
        self.reached, self.tell = os.pipe()

    def stop(self):
        """The step: says that it is reached, and waits for the end."""
        os.write(self.tell, b"!")
        time.sleep(60)

    def run(self):
        child = os.fork()
        if child == 0:
            try:
                connection.connection = None  # the parent's; the child opens its own
                seal()
            finally:  # also where sealing raises: a child that went on would run the parent's tests
                os.write(self.tell, b"-")
                os._exit(1)
        told = os.read(self.reached, 1)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        assert told == b"!"


def killed_at(monkeypatch, where, name, call=1):
    killed = Killed()
    with monkeypatch.context() as broken:
        broken.setattr(where, name, Counted(getattr(where, name), call, killed.stop))
        killed.run()


def is_completed(size=264):
    """Whether the log is valid now, and once the next process has sealed; it has every entry then."""
    valid = is_a_valid_log()
    return valid and seal_once_free().size == size and is_a_valid_log()


@pytest.mark.parametrize("step", ["_number", "_write", "_sign"])
def test_a_sequencer_is_killed_before_any_step(monkeypatch, grown, step):
    killed_at(monkeypatch, actions, step)
    assert is_completed()


@pytest.mark.parametrize("call", range(1, STATEMENTS + 1))
def test_a_sequencer_is_killed_at_any_statement(grown, call):
    killed = Killed()
    with connection.execute_wrapper(Counted(lambda execute, *args: execute(*args), call, killed.stop)):
        killed.run()
    assert is_completed()


@pytest.mark.parametrize("call", range(1, FILES + 1))
def test_a_sequencer_is_killed_before_any_file_is_in_its_place(monkeypatch, grown, call):
    killed_at(monkeypatch, shelf.os, "replace", call)
    assert is_completed()


@pytest.mark.parametrize("call", range(1, FILES + FOLDERS + 1))
def test_a_sequencer_is_killed_before_any_of_it_is_durable(monkeypatch, grown, call):
    killed_at(monkeypatch, shelf.os, "fsync", call)
    assert is_completed()


def test_a_sequencer_is_killed_between_two_checkpoints(monkeypatch, grown):
    monkeypatch.setattr(actions, "MOST_AT_ONCE", 4)
    killed_at(monkeypatch, actions, "_sign", call=2)
    assert queries.newest().size == 258
    assert is_completed()


@pytest.mark.parametrize(("name", "call"), EVERY_WRITE)
def test_a_disk_that_fails_at_any_call_is_an_error_and_costs_no_valid_log(monkeypatch, grown, name, call):
    with monkeypatch.context() as broken:
        broken.setattr(shelf.os, name, Counted(getattr(os, name), call, full_disk))
        with pytest.raises(OSError, match="No space left"):
            seal()
    assert is_completed()


def test_a_disk_that_takes_half_of_what_it_is_given_gets_the_other_half(monkeypatch, grown):
    def half(handle, data, write=os.write):
        return write(handle, data[: len(data) // 2 + 1])

    monkeypatch.setattr(shelf.os, "write", half)
    assert is_completed()


def test_no_statement_and_no_write_is_left_out_here(monkeypatch, grown):
    counted = {name: Counted(getattr(os, name)) for name in WRITES}
    statements = Counted(lambda execute, *args: execute(*args))
    with monkeypatch.context() as watched, connection.execute_wrapper(statements):
        for name, one in counted.items():
            watched.setattr(shelf.os, name, one)
        seal()
    assert {name: one.calls for name, one in counted.items()} == WRITES
    assert statements.calls == STATEMENTS


def test_nothing_is_signed_before_all_of_it_is_durable(monkeypatch, grown):
    durable, missed = set(), []

    def noted(handle, fsync=os.fsync):
        fsync(handle)
        durable.add(str(Path(f"/proc/self/fd/{handle}").readlink()))

    def signed(signers=actions.signers):
        here = {str(one) for one in queries.published().folder.rglob("*") if one.stat().st_mtime_ns >= before}
        missed.append({one for one in here if not one.endswith("checkpoint")} - durable)
        return signers()

    before = time.time_ns()
    monkeypatch.setattr(shelf.os, "fsync", noted)
    monkeypatch.setattr(actions, "signers", signed)
    seal()
    assert missed == [set()]


def test_a_second_sequencer_goes_away(grown):
    answers = []
    with actions._alone() as alone:
        other = threading.Thread(target=lambda: answers.append(_seal_elsewhere()))
        other.start()
        other.join()
    assert (alone, answers) == (True, [None])


def test_two_that_number_at_once_without_the_lock_give_no_place_twice():
    enter(1, 2)
    first, second = Waiting.objects.order_by("entry")
    answers = []
    with transaction.atomic():
        first.delete()
        other = threading.Thread(target=lambda: answers.append(_numbered_elsewhere(second)))
        other.start()
        wait_until_somebody_waits()
    other.join()
    assert [type(answer) for answer in answers] == [IntegrityError]
    assert seal().size == 2


def wait_until_somebody_waits():
    """Until PostgreSQL has a statement that waits for another transaction."""
    with connection.cursor() as cursor:
        while True:
            cursor.execute("SELECT 1 FROM pg_locks WHERE NOT granted AND locktype = 'transactionid'")
            if cursor.fetchone():
                return
            time.sleep(0.01)


def _numbered_elsewhere(waiting):
    try:
        return waiting.delete()
    except IntegrityError as fault:
        return fault
    finally:
        connection.close()


def _seal_elsewhere():
    try:
        return seal()
    finally:
        connection.close()
