"""Projections without their database, disk, folder or journal: no answer, until it is the right one."""

import fcntl
import os
import resource
import shutil
import signal
import subprocess
import time

import numpy as np
import pytest
from django.db import connection

from tests.enforcement.breaking import CATEGORY, ended, forked, refused
from transparency.consent.models import Choice, Journal
from transparency.enforcement import keeping
from transparency.enforcement.decisions import of_numbers
from transparency.enforcement.keeping import Behind, NotNow
from transparency.enforcement.projections import _projection, decide

pytestmark = pytest.mark.usefixtures("christmas")


def forget(sequence):
    """Takes the last choices out of the database, as a backup from before them would."""
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute("DELETE FROM consent_choice WHERE sequence >= %s", [sequence])
        cursor.execute("SET session_replication_role = DEFAULT")


@pytest.mark.parametrize("later", [0, 1, 2])
def test_a_database_from_before_the_last_choice_answers_nothing(site, chooses, later):
    chooses.refuses(member="1")
    chooses.refuses(member="2")
    refused()
    forget(2)
    for number in range(later):
        chooses.refuses(member=str(100 + number))
    with pytest.raises(Behind, match="restored from an older copy"):
        refused()


def test_an_emptied_database_answers_nothing(site, chooses):
    chooses.refuses(member="1")
    refused()
    forget(1)
    Journal.objects.all().delete()
    with pytest.raises(Behind):
        refused()


def test_whoever_accepts_the_loss_empties_the_folder(site, chooses, projections):
    chooses.refuses(member="1")
    chooses.refuses(member="2")
    refused()
    forget(2)
    shutil.rmtree(projections)
    assert refused() == ([1], 1)


def test_a_gap_in_the_journal_answers_nothing(site, chooses):
    for number in range(3):
        chooses.refuses(member=str(number))
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        Choice.objects.filter(pk=2).delete()
        cursor.execute("SET session_replication_role = DEFAULT")
    with pytest.raises(NotNow, match="Of the choices 1 to 3, 2 are there"):
        refused()


def test_a_lost_connection_is_made_anew_and_asked_what_was_chosen_meanwhile(site, chooses):
    chooses.refuses(member="1")
    refused()
    pid = connection.connection.info.backend_pid
    assert ended(forked(lambda: refuse_and_terminate(chooses, pid))) == 0
    assert refused() == ([1, 2], 2)


def refuse_and_terminate(chooses, pid):
    chooses.refuses(member="2")
    terminate(pid)


def terminate(pid):
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s)", [pid])


def test_an_unreachable_database_answers_nothing(site, chooses, monkeypatch):
    chooses.refuses(member="1")
    refused()
    connection.close()
    with monkeypatch.context() as away:
        away.setitem(connection.settings_dict, "HOST", "/nowhere")
        with pytest.raises(NotNow, match="database"):
            refused()
    assert refused() == ([1], 1)


@pytest.fixture
def small_disk(projections):
    """Projections on a disk of one megabyte."""
    projections.mkdir(parents=True)
    mounted = subprocess.run(["/bin/mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", projections], check=False)
    if mounted.returncode:
        pytest.skip("Only root may mount a disk; files that may not grow are tried in any case.")
    yield projections
    subprocess.run(["/bin/umount", "-l", projections], check=True)


def test_a_full_disk_answers_nothing_until_there_is_room(site, chooses, small_disk, settings):
    settings.PROJECTIONS_BOUND = 2**24
    chooses.refuses(member="1")
    refused()
    (small_disk / "filling").write_bytes(bytes(830_000))
    for number in range(4):
        chooses.refuses(member=str(number * 2**20 + 5))
    with pytest.raises(NotNow, match="is the disk full"):
        refused()
    (small_disk / "filling").unlink()
    assert refused() == ([1, 5], 5)


@pytest.mark.parametrize(("scope", "member"), [("all", "2"), ("all", str(2**40))])
def test_files_that_may_not_grow_answer_nothing_and_are_not_spoiled(site, chooses, settings, scope, member):
    settings.PROJECTIONS_BOUND = 2**21
    chooses.refuses(member=str(2**19))
    refused()
    chooses.refuses(scope, member=member)

    def ask_where_files_may_not_grow():
        _projection.cache_clear()
        resource.setrlimit(resource.RLIMIT_FSIZE, (200, 200))
        with pytest.raises(NotNow, match="is the disk full"):
            refused()

    assert ended(forked(ask_where_files_may_not_grow)) == 0
    keys = np.array([2**19, int(member), 7])
    assert decide("job-ranking", "training", [CATEGORY], of_numbers(keys)).allowed.tolist() == [False, False, True]


def test_a_folder_that_cannot_be_read_answers_nothing(site, chooses, projections):
    projections.parent.mkdir(parents=True)
    projections.write_text("no folder")
    with pytest.raises(NotNow, match="can't be read"):
        refused()
    projections.unlink()
    assert refused() == ([], 0)


def test_nobody_waits_for_ever_for_one_that_is_stopped(site, chooses, projections, monkeypatch):
    chooses.refuses(member="1")
    refused()
    monkeypatch.setattr(keeping, "PATIENCE", 0.1)

    def hold():
        handle = os.open(projections / "lock", os.O_RDWR)
        fcntl.flock(handle, fcntl.LOCK_EX)
        os.kill(os.getpid(), signal.SIGSTOP)
        time.sleep(60)

    child = forked(hold)
    os.waitpid(child, os.WUNTRACED)
    with pytest.raises(NotNow, match="still being applied"):
        refused()
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    assert refused() == ([1], 1)
