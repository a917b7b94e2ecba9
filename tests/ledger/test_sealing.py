"""The log is published whole, and stays a valid log whatever breaks while it is."""

import json
import shutil
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.db import IntegrityError
from hypothesis import given
from hypothesis import strategies as st

from tests.ledger.tampering import LAST_LOST, unguarded
from tests.ledger.trees import definition
from transparency.config import past
from transparency.ledger import actions, keys, merkle, queries, sealing
from transparency.ledger.models import Checkpoint, Entry
from transparency.ledger.notes import opened, read_proof
from transparency.ledger.sealing import RolledBack
from transparency.ledger.shelf import Shelf
from transparency.ledger.tiles import unbundle

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


def enter(*numbers):
    for number in numbers:
        actions.enter(kind="edition", subject=str(number), facts={"digest": f"{number:064x}"}, at=NOON)


def entered_as(number):
    """The entry with this number; who took a lower one may commit later."""
    Entry.objects.create(pk=number, kind="edition", subject=str(number), body=str(number), recorded_at=NOON)


def seal():
    return actions.seal(at=NOON)


def seal_once_free():
    """Seal as soon as PostgreSQL has noticed that the process is dead that held the lock."""
    deadline = time.monotonic() + 60
    while (sealed := seal()) is None and time.monotonic() < deadline:
        time.sleep(0.05)
    return sealed


def bodies():
    return [entry.body.encode() for entry in Entry.objects.order_by("pk")]


def checkpoint_file():
    return queries.published().read("checkpoint").decode()


def is_a_valid_log():
    """Whether what is published holds together: signed, and its tiles give the signed root."""
    point, _ = opened(checkpoint_file(), keys.verifiers())
    return merkle.root(point.size, sealing.tree(queries.published(), point.size)) == point.root


@pytest.mark.django_db
class TestWhole:
    def test_a_log_without_entries_is_signed_too(self):
        assert seal().size == 0
        assert is_a_valid_log()

    def test_what_was_entered_is_published_and_signed(self):
        enter(1, 2, 3)
        assert bytes(seal().root) == definition(bodies())
        assert is_a_valid_log()

    def test_entries_are_published_as_they_were_entered(self):
        enter(1, 2)
        seal()
        assert unbundle(queries.published().read("tile/entries/000.p/2")) == bodies()

    @pytest.mark.parametrize("steps", [(1, 1, 1), (255, 1, 1), (256, 300), (1, 600)])
    def test_a_log_that_grew_in_steps_is_the_log_of_all_of_it(self, steps):
        for place, step in enumerate(steps):
            enter(*range(1000 * place, 1000 * place + step))
            seal()
        assert bytes(queries.newest().root) == definition(bodies())
        assert is_a_valid_log()

    def test_who_commits_later_stands_behind_a_higher_number_for_ever(self):
        for number in (1, 3, 2, 4):
            entered_as(number)
            seal()
        assert unbundle(queries.published().read("tile/entries/000.p/4")) == [b"1", b"3", b"2", b"4"]
        assert is_a_valid_log()

    def test_every_entry_has_a_proof(self):
        enter(*range(5))
        point = seal()
        index, hashes, note = read_proof(queries.proof(3))
        merkle.check_inclusion(merkle.leaf_hash(bodies()[3]), index, point.size, hashes, bytes(point.root))
        assert note == point.note

    @pytest.mark.parametrize("index", [-1, 5, 2**62])
    def test_what_is_not_in_the_log_has_no_proof(self, index):
        enter(*range(5))
        seal()
        assert queries.proof(index) is None

    def test_where_nothing_is_new_nothing_is_signed(self):
        enter(1)
        assert seal() == seal()
        assert Checkpoint.objects.count() == 1

    def test_the_same_fact_is_entered_once(self):
        enter(1)
        with pytest.raises(IntegrityError):
            enter(1)

    def test_a_fact_that_is_too_long_is_refused(self):
        with pytest.raises(ValueError, match="65,535 bytes"):
            actions.enter(kind="edition", subject="1", facts={"text": "x" * 65_535}, at=NOON)

    def test_an_entry_cannot_be_rewritten(self):
        enter(1)
        with pytest.raises(IntegrityError, match="never rewritten"):
            Entry.objects.update(body="{}")

    def test_a_checkpoint_cannot_be_deleted(self):
        enter(1)
        seal()
        with pytest.raises(IntegrityError, match="never rewritten"):
            Checkpoint.objects.all().delete()

    def test_two_machines_whose_clocks_differ_by_seconds_seal_on(self):
        enter(1)
        seal()
        enter(2)
        assert actions.seal(at=NOON - timedelta(seconds=30)).size == 2
        assert is_a_valid_log()


@pytest.mark.django_db
class TestTampering:
    def test_an_entry_rewritten_by_a_superuser_is_never_signed(self):
        enter(1, 2)
        seal()
        unguarded("UPDATE ledger_entry SET body = replace(body, '0001', '0009')")
        enter(3)
        with pytest.raises(RolledBack, match="Entries from 0 on are not those that were published"):
            seal()
        assert is_a_valid_log()

    def test_a_rewritten_entry_is_not_signed_even_with_all_files_made_anew(self, settings, tmp_path):
        enter(1, 2)
        seal()
        unguarded("UPDATE ledger_entry SET body = replace(body, '0001', '0009')", "DELETE FROM ledger_checkpoint")
        (settings.LEDGER_DIR / "public").rename(tmp_path / "hidden")
        enter(3)
        with pytest.raises(RolledBack, match="The first 2 entries are not those that were signed"):
            seal()
        assert not (settings.LEDGER_DIR / "public").exists()

    def test_a_restored_database_is_noticed(self):
        enter(1, 2)
        seal()
        unguarded(*LAST_LOST)
        with pytest.raises(RolledBack, match="2 entries were signed, and only 1 are here"):
            seal()

    @given(bit=st.integers(0, 2 * 32 * 8 - 1))
    def test_a_flipped_bit_in_a_tile_is_noticed(self, bit):
        hashes = bytes(range(64))
        changed = bytearray(hashes)
        changed[bit // 8] ^= 1 << bit % 8
        assert merkle.root(2, _tree(hashes)) != merkle.root(2, _tree(bytes(changed)))

    def test_a_record_of_another_log_is_not_taken_for_ones_own(self, settings):
        enter(1)
        seal()
        settings.LEDGER_ORIGIN = "another.example/ledger"
        enter(2)
        with pytest.raises(RolledBack, match=r"not of “another\.example/ledger”"):
            seal()


@pytest.mark.django_db
class TestServingThePast:
    """P-10: where the log knows of more than the database holds, nothing is served."""

    def test_a_first_start_contradicts_nothing(self):
        assert queries.contradiction() == ""

    def test_a_log_that_grows_contradicts_nothing(self):
        enter(1, 2)
        seal()
        enter(3)
        assert queries.contradiction() == ""

    def test_a_restored_database_is_not_served(self):
        enter(1, 2)
        seal()
        unguarded(*LAST_LOST)
        assert "A log of 2 entries was signed here, and the database holds 0" in queries.contradiction()

    def test_nor_is_one_that_has_grown_on_since(self):
        enter(1, 2)
        seal()
        unguarded(*LAST_LOST)
        enter(7, 8, 9)
        with suppress(RolledBack):
            seal()
        assert queries.numbered() == 4
        assert "A log of 2 entries was signed here" in queries.contradiction()

    @pytest.mark.parametrize("more", [1, 2, 300])
    def test_nor_is_one_that_was_restored_with_its_signer_and_grew_past_what_a_witness_saw(
        self, settings, tmp_path, more
    ):
        enter(1, 2)
        saw = {"origin": settings.LEDGER_ORIGIN, "size": 2, "root": bytes(seal().root).hex()}
        (tmp_path / "seen.json").write_text(json.dumps(saw))
        unguarded(*LAST_LOST)
        settings.LEDGER_DIR = tmp_path / "restored"
        enter(*range(7, 8 + more))
        assert seal().size == 2 + more
        settings.LEDGER_WITNESS = str(tmp_path / "seen.json")
        assert "A log of 2 entries was seen by the witness" in queries.contradiction()

    @pytest.mark.parametrize(("more", "why"), [(0, "2 entries were signed, and only 1"), (9, "The first 2 entries")])
    def test_nor_does_its_signer_go_on_where_a_witness_is_known(self, settings, tmp_path, more, why):
        enter(1, 2)
        saw = {"origin": settings.LEDGER_ORIGIN, "size": 2, "root": bytes(seal().root).hex()}
        settings.LEDGER_WITNESS = str(tmp_path / "seen.json")
        (tmp_path / "seen.json").write_text(json.dumps(saw))
        unguarded(*LAST_LOST)
        settings.LEDGER_DIR = tmp_path / "restored"
        enter(*range(7, 7 + more))
        with pytest.raises(RolledBack, match=why):
            seal()
        assert not (tmp_path / "restored").exists()

    def test_a_witness_whose_memory_is_away_does_not_stop_who_seals(self, settings, tmp_path):
        settings.LEDGER_WITNESS = str(tmp_path / "away.json")
        enter(1)
        assert seal().size == 1

    def test_what_was_signed_and_not_kept_is_served(self, monkeypatch):
        enter(1, 2)
        seal()
        enter(3)
        with monkeypatch.context() as broken, suppress(ZeroDivisionError):
            broken.setattr(actions, "_sign", lambda *args: 1 / 0)
            seal()
        assert (sealing.last_signed(queries.signer_record()).size, queries.newest().size) == (3, 2)
        assert queries.contradiction() == ""

    def test_a_log_of_another_name_is_not_served(self, settings):
        enter(1)
        seal()
        settings.LEDGER_ORIGIN = "another.example/ledger"
        assert "this site's log is “another.example/ledger”. Set LEDGER_ORIGIN" in queries.contradiction()

    def test_a_record_that_was_deleted_too_is_missed(self, settings):
        enter(1)
        seal()
        (settings.LEDGER_DIR / "signer/signed.json").unlink()
        assert "the record of what was signed is missing" in queries.contradiction()

    def test_a_lost_record_is_written_anew_by_a_person(self, settings):
        enter(1)
        seal()
        (settings.LEDGER_DIR / "signer/signed.json").unlink()
        call_command("ledger_adopt", stdout=StringIO())
        assert queries.contradiction() == ""

    def test_a_record_that_is_there_is_not_written_over(self):
        enter(1)
        seal()
        with pytest.raises(CommandError, match="nothing to adopt"):
            call_command("ledger_adopt")

    def test_what_a_witness_saw_must_be_there(self, settings, tmp_path):
        enter(1)
        seal()
        settings.LEDGER_WITNESS = str(tmp_path / "seen.json")
        seen = {"origin": settings.LEDGER_ORIGIN, "size": 1, "root": "00" * 32}
        (tmp_path / "seen.json").write_text(json.dumps(seen))
        assert "seen by the witness" in queries.contradiction()

    @pytest.mark.parametrize("content", [None, "", "[]", "{}", '{"origin": "x", "size": 1, "root": "zz"}'])
    def test_a_witness_whose_memory_is_gone_is_missed(self, settings, tmp_path, content):
        settings.LEDGER_WITNESS = str(tmp_path / "seen.json")
        (tmp_path / "seen.json").write_text(content) if content is not None else None
        assert "can't be read from" in queries.contradiction()

    def test_no_process_starts_on_it(self, settings):
        enter(1)
        seal()
        (settings.LEDGER_DIR / "signer/signed.json").unlink()
        with pytest.raises(ImproperlyConfigured, match="is missing"):
            past.refuse_to_serve_the_past()

    def test_no_process_starts_by_a_clock_that_is_behind_the_log(self, time_machine):
        """What has ended would count again: keys, approvals, lists."""
        enter(1)
        seal()
        sealed = queries.newest().sealed_at
        time_machine.move_to(sealed - timedelta(minutes=6))
        with pytest.raises(ImproperlyConfigured, match="This machine's clock says"):
            past.refuse_to_serve_the_past()
        time_machine.move_to(sealed - timedelta(minutes=4))
        past.refuse_to_serve_the_past()


def _tree(hashes):
    return sealing.TiledTree(2, lambda tile: hashes)


@pytest.mark.django_db
def test_proofs_hold_even_where_what_makes_them_quick_is_wrong():
    enter(*range(300))
    size = seal().size
    kept = queries.sixteens().file
    assert kept.read_bytes()
    kept.write_bytes(b"x" * 512)
    index, path, note = read_proof(queries.proof(7))
    point, _ = opened(note, keys.verifiers())
    assert (index, point.size) == (7, size)
    merkle.check_inclusion(merkle.leaf_hash(bodies()[7]), 7, size, path, point.root)


@pytest.mark.django_db
@pytest.mark.parametrize("content", [b"x" * 32, b"cut short"])
def test_a_proof_that_was_made_from_a_damaged_file_is_made_anew_once_the_file_is_whole(content):
    enter(*range(300))
    seal()
    whole, file = queries.proof(299), queries.published().folder / "tile/1/000.p/1"
    kept = file.read_bytes()
    sealing.forget()
    file.write_bytes(content)
    with suppress(ValueError):
        queries.proof(299)
    file.write_bytes(kept)
    assert queries.proof(299) == whole


def test_a_file_is_never_seen_half_written(tmp_path):
    folder = Shelf(tmp_path)
    folder.replace("tile/0/000", b"whole")
    assert [path.name for path in Path(tmp_path).rglob("*") if path.is_file()] == ["000"]


@pytest.mark.django_db
class TestFilesLost:
    """Nobody has to keep a copy of the public files: the database gives them."""

    @pytest.fixture
    def public(self, settings):
        """The public files of 300 entries that are sealed."""
        enter(*range(300))
        seal()
        return settings.LEDGER_DIR / "public"

    def test_all_of_them_come_back_with_the_next_seal(self, public):
        shutil.rmtree(public)
        enter(1000)
        assert seal().size == 301
        assert is_a_valid_log()
        assert unbundle((public / "tile/entries/000").read_bytes()) == bodies()[:256]

    @pytest.mark.parametrize("path", ["tile/0/000", "tile/entries/000", "tile/1/000.p/1", "checkpoint"])
    def test_a_damaged_one_comes_back_by_command(self, public, path):
        whole = (public / path).read_bytes()
        (public / path).write_bytes(b"damaged")
        call_command("ledger_files", stdout=StringIO())
        assert (public / path).read_bytes() == whole

    def test_none_is_written_that_contradicts_what_was_signed(self, public):
        shutil.rmtree(public)
        unguarded("UPDATE ledger_entry SET body = replace(body, '0001', '0009')")
        with pytest.raises(CommandError, match="The first 300 entries are not those that were signed"):
            call_command("ledger_files")
        assert not public.exists()
