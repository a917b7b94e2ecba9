"""The signer's own record is damaged, or a witness's memory: no process starts, nothing is signed, and a sentence says
what to do."""

import json
from io import StringIO

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.db import connection

from tests.ledger.tampering import unguarded
from tests.ledger.test_sealing import enter, seal
from transparency.config import past
from transparency.ledger import keys, queries
from transparency.ledger.notes import Checkpoint
from transparency.ledger.sealing import RolledBack

pytestmark = pytest.mark.django_db
WHOLE = {"origin": "x", "size": 1, "root": "00" * 32}
DAMAGED = [
    "",
    "[]",
    "{",
    "{}",
    "\x00" * 9,
    *(json.dumps(WHOLE | part) for part in ({"size": "1"}, {"size": -1}, {"size": True}, {"size": 1.0})),
    *(json.dumps(WHOLE | part) for part in ({"root": "zz"}, {"root": "00"}, {"root": None}, {"origin": 7})),
]


@pytest.fixture
def record():
    """The record of a signer that sealed one entry; another one waits."""
    enter(1)
    seal()
    enter(2)
    return queries.signer_record().folder / "signed.json"


@pytest.mark.parametrize("content", DAMAGED)
def test_what_is_no_state_of_a_log_is_named(record, settings, content):
    settings.LEDGER_WITNESS = str(record.with_name("seen.json"))
    record.with_name("seen.json").write_text(content)
    assert "What the witness saw can't be read from" in queries.contradiction()
    record.write_text(content)
    assert f"can't be read from {record}. Restore the folder “signer”" in queries.contradiction()


def test_no_process_starts_on_a_damaged_record(record):
    record.write_bytes(b"\0" * 90)
    with pytest.raises(ImproperlyConfigured, match="ledger_adopt"):
        past.refuse_to_serve_the_past()


def test_nothing_is_signed_by_it(record):
    record.write_bytes(b"\0" * 90)
    with pytest.raises(RolledBack, match="can't be read"):
        seal()
    assert queries.newest().size == 1


def test_it_is_not_written_over_until_somebody_puts_it_aside(record):
    record.write_bytes(b"\0" * 90)
    with pytest.raises(CommandError, match="put this file aside"):
        call_command("ledger_adopt")
    record.rename(record.with_name("aside.json"))
    call_command("ledger_adopt", stdout=StringIO())
    assert queries.contradiction() == ""
    assert seal().size == 2


def test_a_checkpoint_whose_signed_text_was_exchanged_is_not_served(record):
    forged = Checkpoint("testserver/ledger", 1, bytes(32)).note(keys.signers())
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE ledger_checkpoint DISABLE TRIGGER checkpoint_never_changes")
        cursor.execute("UPDATE ledger_checkpoint SET note = %s", [forged])
    assert "names another root than was signed" in queries.contradiction()


def test_entries_that_the_database_lost_are_counted_and_nothing_is_sealed(record):
    unguarded("DELETE FROM ledger_entry WHERE subject = '1'")
    with pytest.raises(RolledBack, match=r"Of the entries that have a place in the log, 1 can't be found"):
        seal()
