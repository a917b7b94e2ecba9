"""P-16, the third layer: a worker can't edit what people said, because PostgreSQL does not let it."""

from contextlib import contextmanager

import pytest
from django.apps import apps
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction

from tests.workers import wait_until
from transparency.config import grants

WORKER = settings.WORKER_DATABASE["USER"]
EDITS = ("UPDATE {0} SET {1} = {1}", "DELETE FROM {0}", "INSERT INTO {0} DEFAULT VALUES", "TRUNCATE {0} CASCADE")


@pytest.fixture
def worker(db):
    """Whatever is asked inside is asked as a worker."""

    @contextmanager
    def acting():
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL ROLE {WORKER}")
            yield cursor
            cursor.execute("RESET ROLE")

    return acting


def by_hand(edit, label):
    table = apps.get_model(label)._meta
    return edit.format(table.db_table, table.pk.column)


@pytest.mark.parametrize("edit", EDITS)
@pytest.mark.parametrize("label", sorted(grants.SAID))
def test_a_worker_can_only_read_what_was_said(worker, label, edit):
    with pytest.raises(DatabaseError, match="permission denied"), worker() as cursor:
        cursor.execute(by_hand(edit, label))
    with worker() as cursor:
        cursor.execute(by_hand("SELECT count({1}) FROM {0}", label))


@pytest.mark.parametrize(
    "edit",
    [
        "UPDATE catalog_label SET category = 'nothing'",
        "UPDATE accounts_user SET role = 'reviewer'",
        "UPDATE catalog_source SET enabled = false",
        "UPDATE catalog_refresh SET accepts_id = id",
        "UPDATE review_finding SET decided_by_id = 1",
        "UPDATE enforcement_pipeline SET active = false",
        "DELETE FROM accounts_historyentry",
    ],
)
def test_beside_what_a_worker_writes_it_edits_nothing(worker, edit):
    with pytest.raises(DatabaseError, match="permission denied"), worker() as cursor:
        cursor.execute(edit)


def test_with_the_right_given_nothing_would_hold_it(worker):
    with connection.cursor() as cursor:
        cursor.execute(f"GRANT UPDATE ON catalog_barrier TO {WORKER}")
    with worker() as cursor:
        cursor.execute(by_hand(EDITS[0], "catalog.Barrier"))


def test_what_only_the_owner_of_a_table_may_ask_for_a_worker_may_too(worker):
    with worker() as cursor:
        cursor.execute("SELECT catalog_learn_sizes(), catalog_learn_ages()")


def test_its_rights_are_as_they_should_be(worker):
    with worker():
        assert grants.misfit() == ""


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ("GRANT UPDATE (reason) ON catalog_barrier TO {}", "catalog_barrier: UPDATE"),
        ("GRANT UPDATE ON catalog_source TO {}", "catalog_source: UPDATE"),
        ("GRANT DELETE ON register_edition TO PUBLIC", "register_edition: DELETE"),
        ("ALTER ROLE {} SUPERUSER", "may write what it has no business with"),
        ("REVOKE INSERT ON ledger_entry FROM {}", "may not write what it must (ledger_entry: INSERT)"),
    ],
)
def test_a_right_too_many_or_too_few_is_named(worker, change, told):
    with connection.cursor() as cursor:
        cursor.execute(change.format(WORKER))
    with worker():
        assert told in grants.misfit()


def test_a_worker_with_a_right_too_many_does_not_start(db, monkeypatch):
    """Here as the owner of everything, which is what the web server signs in as."""
    monkeypatch.setattr(settings, "WORKER_DATABASE", dict(settings.DATABASES["default"]))
    monkeypatch.setattr(connection, "close", lambda: None)
    with pytest.raises(ImproperlyConfigured, match=r"E022: .*no business with"):
        grants.become_a_worker()


def test_migrate_gives_and_takes_back(db):
    with connection.cursor() as cursor:
        cursor.execute(f"GRANT UPDATE ON register_edition TO {WORKER}")
        cursor.execute(f"REVOKE INSERT ON ledger_entry FROM {WORKER}")
    grants.apply()
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL ROLE {WORKER}")
        assert grants.misfit() == ""
        cursor.execute("RESET ROLE")


def test_migrate_lets_workers_in_where_nobody_else_is_let_in(worker):
    with connection.cursor() as cursor:
        cursor.execute("REVOKE ALL ON SCHEMA public FROM PUBLIC")
        cursor.execute(f"REVOKE ALL ON SCHEMA public FROM {WORKER}")
    grants.apply()
    with worker() as cursor:
        cursor.execute("SELECT count(*) FROM catalog_barrier")


def test_migrate_says_how_to_make_the_role(transactional_db, monkeypatch):
    monkeypatch.setitem(settings.WORKER_DATABASE, "USER", "somebody")
    with pytest.raises(CommandError, match='CREATE ROLE "somebody" LOGIN'):
        call_command("migrate", verbosity=0)


def test_a_real_worker_that_tries_is_refused(processes):
    processes.worker("--include", "tests.config.careless")
    from tests.config.careless import edit_by_hand  # a task of the worker's application

    edit_by_hand.delay("UPDATE catalog_barrier SET reason = ''")
    wait_until(lambda: "permission denied for table catalog_barrier" in processes.log)
