"""The private servers: they run for root too, wherever the clone lies, and their data isn't thrown away under them."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from transparency.config import embedded, unprivileged

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def own(tmp_path, monkeypatch):
    """A folder for private servers of their own, in a folder that is closed to everybody else."""
    tmp_path.chmod(0o700)
    monkeypatch.setenv("TRANSPARENCY_LOCAL", str(tmp_path / "local"))
    monkeypatch.setattr(embedded, "_ours", [])
    yield tmp_path / "local"
    embedded.throw_away()


@pytest.fixture
def taken():
    """A port on which something listens already."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def demo(*arguments):
    command = [sys.executable, "-m", "transparency.demo", *arguments]
    return subprocess.run(command, check=False, cwd=ROOT, capture_output=True, text=True, timeout=60)


@pytest.mark.slow
def test_they_run_in_a_folder_that_nobody_else_may_enter(own):
    with embedded.servers("fsync=off"):
        assert embedded.are_ours()
    assert not embedded.are_ours()


@pytest.mark.slow
@pytest.mark.parametrize("which", [0, 1])
def test_the_death_of_either_is_noticed(own, which):
    with embedded.servers("fsync=off"):
        assert not embedded.one_ended()
        embedded._ours[which].kill()
        embedded._ours[which].wait()
        assert embedded.one_ended()


@pytest.mark.slow
def test_data_in_use_is_not_thrown_away(own):
    with embedded.servers("fsync=off"):
        ended = demo("--clean")
    assert (ended.returncode, ended.stderr) == (
        1,
        f"{own} is in use. End the demo or the tests first, with Ctrl-C in their terminal.\n",
    )
    assert (own / "lock").exists()


def test_data_out_of_use_is_thrown_away(own):
    unprivileged.prepare(own)
    (own / "lock").touch()
    assert demo("--clean").returncode == 0
    assert not own.exists()


def test_a_folder_that_is_not_ours_is_never_thrown_away(own):
    own.mkdir()
    (own / "letters.txt").touch()
    assert demo("--clean").returncode == 0
    assert (own / "letters.txt").exists()


def test_root_keeps_postgresql_where_its_user_gets_to(own, monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert unprivileged.home(own).parent == unprivileged.OPEN_PLACE
    assert unprivileged.home(Path("/srv/local")) == Path("/srv/local")


def test_a_folder_that_somebody_else_made_is_not_used(own, monkeypatch):
    own.mkdir()
    monkeypatch.setattr(os, "geteuid", lambda: 4711)
    with pytest.raises(SystemExit, match="belongs to somebody else"):
        unprivileged.prepare(own)


def test_programs_that_their_user_may_not_run_are_copied(tmp_path, monkeypatch):
    monkeypatch.setattr(unprivileged, "owner", lambda: "nobody")
    monkeypatch.setattr(unprivileged, "is_open", lambda path: False)
    postgres = unprivileged.binaries(tmp_path) / "postgres"
    assert postgres.is_relative_to(tmp_path)
    assert unprivileged.is_for_all(postgres)
    assert b"18" in subprocess.run([postgres, "--version"], check=True, capture_output=True).stdout


def test_a_machine_without_nobody_is_told_what_to_do(monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(unprivileged.pwd, "getpwnam", lambda name: {}[name])
    with pytest.raises(SystemExit, match="Run make as an ordinary user"):
        unprivileged.owner()


def test_an_ordinary_user_needs_no_other_place(monkeypatch, tmp_path):
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert unprivileged.home(tmp_path) == tmp_path
    assert unprivileged.owner() is None


@pytest.mark.parametrize("port", ["abc", "65536"])
def test_a_port_that_is_none_is_refused(port):
    ended = demo(f"--port={port}")
    assert "a port is a number from 1 to 65535" in ended.stderr


def test_a_port_in_use_is_named(taken):
    ended = demo("--port", str(taken))
    assert ended.returncode == 1
    assert ended.stderr.startswith(f"Port {taken} can't be used (Address already in use).")
