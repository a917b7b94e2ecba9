"""A choice that somebody rewrote in the database is found, however much is rewritten with it."""

import json
from importlib import import_module
from io import StringIO

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import connection

from tests.consent.builders import LATER
from tests.register.builders import NOON, register
from transparency.consent import proofs
from transparency.consent.actions import erase
from transparency.consent.rereading import rewritten
from transparency.ledger import actions as ledger
from transparency.ledger import merkle, queries

pytestmark = pytest.mark.django_db
FOURTH = "Choice 4 is not the one that its member made."
THIRD = "Choice 3 is not the one that its member made."
FIFTH = "Choice 5 is not the one that its member made."
LAST_TWO = "Choices 4 to 5 are not those that the public log has the fingerprint of."
ONE_TO_FIVE = "Choices 1 to 5 are not those that the public log has the fingerprint of."
FORGED = (
    "UPDATE consent_choice SET digest = sha256('x') WHERE sequence = 4",
    "UPDATE consent_batch SET root = %(root)s WHERE last = 5",
    "UPDATE ledger_entry SET body = jsonb_set(body::jsonb, '{root}', to_jsonb(encode(%(root)s, 'hex')))::text"
    " WHERE subject = '4-5'",
)


@pytest.fixture
def chosen(publish, chooses):
    """Five choices by three members in two batches that are sealed, and one that waits."""
    publish(register())
    made = [chooses.refuses(member=member) for member in ("7", "8", "mia")]
    proofs.enter_choices(at=LATER)
    made += [chooses.refuses(member=member) for member in ("7", "mia")]
    proofs.enter_choices(at=LATER)
    ledger.seal(at=NOON)
    return [*made, chooses.refuses(member="9")]


def superuser(*statements, root=b""):
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        for statement in statements:
            cursor.execute(statement, {"root": root})


def test_choices_that_nobody_rewrote_are_as_they_were_made(chosen):
    call_command("check_choices", stdout=(told := StringIO()))
    assert told.getvalue() == "All 6 choices are as they were made.\n"


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ("UPDATE consent_choice SET decision = 1 - decision WHERE sequence = 4", [FOURTH]),
        ("UPDATE consent_choice SET member = 9 WHERE sequence = 4", [FOURTH]),
        ("UPDATE consent_choice SET digest = sha256('x') WHERE sequence = 4", [FOURTH, LAST_TWO]),
        ("UPDATE consent_choice SET salt = NULL, decision = 1 - decision WHERE sequence = 4", [FOURTH]),
        ("UPDATE consent_choice SET salt = NULL WHERE sequence = 5", [FIFTH]),
        (
            "UPDATE consent_memberkey SET key = repeat('a', 43);"
            " UPDATE consent_choice SET salt = NULL WHERE member < 0",
            [THIRD, FIFTH],
        ),
        ("UPDATE consent_choice SET decision = 7 WHERE sequence = 4", [FOURTH]),
        (
            "DELETE FROM consent_memberkey; UPDATE ledger_entry SET body = '{' WHERE subject = '4-5'",
            [THIRD, FIFTH, LAST_TWO],
        ),
        ("DELETE FROM consent_choice WHERE sequence = 4", [LAST_TWO]),
        ("UPDATE consent_batch SET first = 5 WHERE last = 5", [LAST_TWO]),
        ("DELETE FROM consent_choice WHERE sequence <= 3; DELETE FROM consent_batch WHERE last = 3", [ONE_TO_FIVE]),
        ("DELETE FROM ledger_entry WHERE subject = '4-5'", [LAST_TWO]),
        ("UPDATE consent_choice SET edition = 9 WHERE sequence = 6", ["Choice 6 is not the one that its member made."]),
    ],
)
def test_what_was_rewritten_is_named(chosen, statement, found):
    superuser(statement)
    assert list(rewritten()) == found


def test_also_where_its_batch_and_entry_were_rewritten_with_it(chosen):
    with connection.cursor() as cursor:
        cursor.execute("SELECT sha256('x')")
        forged = bytes(cursor.fetchone()[0])
    leaves = [merkle.leaf_hash(one) for one in (forged, bytes(chosen[4].digest))]
    root = merkle.root(2, merkle.subtrees_of(leaves))
    superuser(*FORGED, "UPDATE consent_choice SET salt = NULL WHERE sequence = 4", root=root)
    assert list(rewritten()) == [FOURTH, LAST_TWO]


def test_damaged_files_are_named_and_no_choice_is_blamed(chosen):
    place = queries.published().folder / "tile/0/000.p/3"
    place.write_bytes(bytes(96))
    assert list(rewritten()) == [queries.DAMAGED.format(folder=queries.published().folder)]
    with pytest.raises(CommandError, match=r"ledger_files"):
        call_command("check_choices", stdout=StringIO())


def test_what_a_member_had_erased_is_not_taken_for_rewritten(chosen):
    erase(by=None, member="mia")
    erase(by=None, member="7")
    assert list(rewritten()) == []


def test_whoever_was_erased_can_not_be_given_another_choice(chosen):
    erase(by=None, member="mia")
    superuser(
        "UPDATE consent_choice SET salt = NULL, member = (SELECT -max(id) FROM consent_memberkey) WHERE sequence = 4"
    )
    assert list(rewritten()) == [THIRD, FOURTH, FIFTH]


def test_the_log_says_that_somebody_was_erased_and_not_who(chosen):
    erase(by=None, member="mia")
    assert set(json.loads(queries.Entry.objects.get(kind="erasure").body)) == {"kind", "subject"}


def test_who_was_erased_before_the_log_was_told_is_told_of_by_the_migration(chosen):
    erase(by=None, member="mia")
    superuser("DELETE FROM ledger_entry WHERE kind = 'erasure'", "DELETE FROM ledger_waiting")
    assert list(rewritten()) == [THIRD, FIFTH]
    import_module("transparency.consent.migrations.0007_erasures_in_the_log").enter_all(apps, None)
    assert list(rewritten()) == []


def test_the_command_ends_with_a_fault_and_names_no_member(chosen):
    superuser("UPDATE consent_choice SET decision = 1 - decision WHERE sequence = 5")
    with pytest.raises(CommandError, match="Restore them from a backup"):
        call_command("check_choices", stdout=(told := StringIO()))
    assert told.getvalue() == "Choice 5 is not the one that its member made.\n"
