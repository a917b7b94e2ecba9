"""A flipped bit in any file of the log is noticed by an outsider who asks for the files: ``verify.py URL files older``.

The same program as everywhere; only that it reads the files from their folder, which is what the site gives out.
"""

import pytest

from tests.ledger.test_sealing import NOON, enter, seal
from transparency.ledger import keys, queries, verify
from transparency.ledger.actions import make_files_anew

pytestmark = pytest.mark.django_db
STEPS = (3, 254, 2, 300, 41)  # a tile that grows, one that becomes full, and a level above


class FromFolder(verify.Log):
    """Asks no site."""

    def get(self, path, absent=None):
        if path == "/ledger/keys":
            return "".join(f"{key}\n" for key in keys.verifiers()).encode()
        place = queries.published().folder / path.removeprefix("/ledger/")
        return place.read_bytes() if absent is None or place.exists() else absent


@pytest.fixture
def published():
    """Every file of a log of 600 entries that was sealed five times."""
    for number, step in enumerate(STEPS):
        enter(*range(1000 * number, 1000 * number + step))
        seal()
    return sorted(path for path in (queries.published().folder / "tile").rglob("*") if path.is_file())


@pytest.fixture
def checks(tmp_path):
    """Whether the log holds, to somebody who looks for the first time; ``older``: what smaller trees left too."""

    def look(older="older"):
        log = FromFolder("https://log.example", str(tmp_path / "never kept"))
        log.keep = lambda **said: None
        return verify.done(lambda: [log.follow(None), log.check_files(older)])

    return look


def flipped(path, at):
    """The file with one bit of the byte ``at`` turned round."""
    data = bytearray(path.read_bytes())
    data[at] ^= 0x80
    path.write_bytes(data)
    return path


def holds_with(path, at, checks):
    whole = path.read_bytes()
    flipped(path, at)
    held = checks()
    path.write_bytes(whole)
    return held


def test_a_log_that_was_sealed_many_times_holds(published, checks):
    assert len(published) == 16
    assert checks()


@pytest.mark.parametrize("at", [0, 31, -1])
def test_a_flipped_bit_in_any_file_is_noticed(published, checks, at):
    assert [path for path in published if holds_with(path, at, checks)] == []


@pytest.mark.parametrize("length", [-2, -1])
def test_so_is_one_in_the_length_of_the_last_entry(published, checks, length):
    last = queries.published().folder / "tile/entries/002.p/88"
    entry = verify.Log.entries(log_of(600), 2)[-1]
    assert not holds_with(last, length - len(entry), checks)


def log_of(size):
    log = FromFolder("https://log.example", "never kept")
    log.size = size
    return log


@pytest.mark.parametrize("part", [b"", b"\0", b"\0\0"])
def test_so_is_a_file_that_is_cut_or_goes_on(published, checks, part):
    last = queries.published().folder / "tile/entries/002.p/88"
    last.write_bytes(last.read_bytes()[: None if part else -1] + part)
    assert not checks()


def test_without_older_what_smaller_trees_left_is_not_looked_at(published, checks):
    flipped(queries.published().folder / "tile/0/000.p/3", 0)
    assert (checks(older=""), checks()) == (True, False)


def test_what_smaller_trees_left_is_mended_with_all_else(published, checks):
    for path in published:
        flipped(path, 0)
    make_files_anew(at=NOON)
    assert checks()


def test_whoever_waits_is_told_how_far_it_is(published, checks, monkeypatch, capsys):
    monkeypatch.setattr(verify, "TELL_EVERY", 3)
    assert checks("")
    assert capsys.readouterr().err == "4 files so far.\n6 files so far.\n"
