"""Public files of the log are damaged: what starts says that it is them, and they are written anew. No edition is
blamed for it, and none that was rewritten gets through by it."""

from io import StringIO

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command

from tests.ledger.tampering import unguarded
from tests.ledger.test_sealing import NOON, enter, seal
from tests.register.builders import register, use
from transparency.config import past
from transparency.ledger import queries
from transparency.ledger.sealing import RolledBack

pytestmark = pytest.mark.django_db


@pytest.fixture
def hashes(publish, time_machine):
    """The file with the hashes of two editions, of which one bit was turned round."""
    time_machine.move_to(NOON, tick=False)
    publish(register())
    publish(register(use(), use(stage="inference")))
    seal()
    place = queries.published().folder / "tile/0/000.p/2"
    data = bytearray(place.read_bytes())
    data[40] ^= 1
    place.write_bytes(data)
    return place


def refuses(why):
    with pytest.raises(ImproperlyConfigured, match=why):
        past.refuse_to_serve_the_past()


def test_what_starts_names_the_files_and_blames_no_edition(hashes):
    refuses("Public files of the log in .* are not those that were signed")


def test_it_starts_once_they_are_written_anew(hashes):
    call_command("ledger_files", stdout=StringIO())
    past.refuse_to_serve_the_past()


def test_whoever_seals_is_told_so_too(hashes):
    enter(9)
    with pytest.raises(RolledBack, match="Either public files were damaged"):
        seal()
    call_command("ledger_files", stdout=StringIO())
    enter(10)
    assert seal().size == 4


def test_an_entry_that_was_rewritten_meanwhile_gets_no_files(hashes):
    unguarded("UPDATE ledger_entry SET body = replace(body, '\"2\"', '\"7\"')")
    with pytest.raises(CommandError, match="are not those that were signed"):
        call_command("ledger_files")


def test_nor_does_an_edition_that_was_rewritten_with_its_entry(hashes):
    call_command("ledger_files", stdout=StringIO())
    unguarded("UPDATE ledger_entry SET body = replace(body, 'digest\":\"', 'digest\":\"0') WHERE subject = '2'")
    refuses("Edition 2 is not the one that was published")
