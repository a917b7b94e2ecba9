"""Projections whose processes, files, disk or database are broken on purpose: the right answer afterwards, or none."""

import os
import signal
import time
import uuid
from dataclasses import replace

import numpy as np
import pytest

from tests.enforcement.breaking import CATEGORY, Killed, ended, files_of, forked, refused
from tests.register.builders import register, use
from transparency.consent.actions import erase
from transparency.consent.queries import head, head_and_edition
from transparency.enforcement import keeping
from transparency.enforcement.decisions import of_keys, of_numbers
from transparency.enforcement.files import Generation
from transparency.enforcement.keeping import NotNow
from transparency.enforcement.places import Space
from transparency.enforcement.projections import _projection, decide, look, planes_of
from transparency.register.schema import Scope

pytestmark = pytest.mark.usefixtures("christmas")

PLACES = [
    (Generation, "write_state"),
    (Generation, "write_table"),
    (Generation, "append_large"),
    (Generation, "claim"),
    (keeping, "put"),
]


@pytest.mark.parametrize("before", [True, False])
@pytest.mark.parametrize("calls", [0, 1, 2])
@pytest.mark.parametrize(("place", "name"), PLACES)
def test_whoever_comes_after_one_that_was_killed_is_answered_rightly(
    site, chooses, monkeypatch, place, name, calls, before
):
    chooses.refuses(member="1")
    refused()
    chooses.refuses(member="2")
    chooses.refuses("feature:job-ranking", member="3")
    chooses.refuses(member=str(2**40))
    chooses.refuses("stage:training", member=str(2**50))
    chooses.allows(member="1")
    with monkeypatch.context() as broken:
        broken.setattr(place, name, Killed(getattr(place, name), calls, before=before))
        ended(forked(refused))
    chooses.refuses("all", member="4")
    assert refused() == ([2, 3, 4], 7)
    large = decide("job-ranking", "training", [CATEGORY], of_numbers(np.array([2**40, 2**50, 2**41])))
    assert large.allowed.tolist() == [False, False, True]


def test_what_was_applied_in_part_answers_nobody(site, chooses, monkeypatch):
    chooses.refuses(member="1")
    refused()
    earlier = head()
    chooses.refuses(member="2")
    with monkeypatch.context() as broken:
        broken.setattr(keeping, "put", Killed(keeping.put, 0, before=False))
        assert ended(forked(refused)) == -signal.SIGKILL
    monkeypatch.setattr("transparency.enforcement.projections.head_and_edition", FirstThenNow(earlier))
    assert refused() == ([1, 2], 2)


class FirstThenNow:
    """Reads the head: the first time as it was a moment ago."""

    def __init__(self, earlier):
        self.earlier = [earlier]

    def __call__(self, at):
        now, edition = head_and_edition(at)
        return (self.earlier.pop() if self.earlier else now), edition


def test_many_processes_at_once_answer_each_from_one_moment(site, chooses):
    def ask_until_all_refused():
        sequence = 0
        while sequence < 150:
            who, sequence = refused()
            assert who == list(range(sequence))

    children = [forked(ask_until_all_refused) for _ in range(3)]
    for number in range(150):
        chooses.refuses(member=str(number))
    assert [ended(child) for child in children] == [0, 0, 0]


def test_a_choice_counts_in_the_next_answer_of_every_process(site, chooses):
    def ask(expected):
        return lambda: os._exit(refused()[0] != expected)

    for number in range(3):
        chooses.refuses(member=str(number))
        children = [forked(ask(list(range(number + 1)))) for _ in range(3)]
        assert [ended(child) for child in children] == [0, 0, 0]


def shortened(path):
    os.truncate(path, path.stat().st_size // 2)


def scribbled(path):
    path.write_bytes(b"nonsense")


def removed(path):
    path.unlink()


DAMAGES = [
    *(("state", damage) for damage in (shortened, scribbled, removed)),
    *(("table", damage) for damage in (shortened, scribbled, removed)),
    *(("planes", damage) for damage in (shortened, removed)),
    *(("large", damage) for damage in (shortened, removed)),
]


@pytest.mark.parametrize(("name", "damage"), DAMAGES)
def test_damaged_files_are_made_anew(site, chooses, projections, name, damage):
    chooses.refuses(member="1")
    chooses.refuses(member=str(2**40))
    refused()
    damage(files_of(projections) / name)
    _projection.cache_clear()  # as another process
    chooses.refuses(member="2")
    chooses.refuses(member=str(2**50))
    large = decide("job-ranking", "training", [CATEGORY], of_numbers(np.array([2**40, 2**50, 2**41])))
    assert (refused(), large.allowed.tolist()) == (([1, 2], 4), [False, False, True])


def test_a_table_that_lost_the_name_of_a_scope_is_made_anew(site, chooses, projections):
    """Read as it stands, it would say that nobody ever refused there."""
    chooses.refuses(member="1")
    refused()
    table = files_of(projections) / "table"
    octets = bytearray(table.read_bytes())
    octets[octets.index(b'"scopes": {"') + len(b'"scopes": {"')] ^= 1
    table.write_bytes(octets)
    _projection.cache_clear()  # as another process
    assert refused() == ([1], 1)


def test_files_of_another_boot_are_made_anew(site, chooses, projections, monkeypatch):
    chooses.refuses(member="1")
    refused()
    before = files_of(projections)
    monkeypatch.setattr(keeping, "boot", lambda: uuid.UUID(int=1))
    assert refused() == ([1], 1)
    assert files_of(projections) != before
    assert not before.exists()


def test_files_of_another_journal_are_made_anew(site, chooses, projections):
    chooses.refuses(member="1")
    refused()
    kept = Generation(files_of(projections), Space(2**15))
    kept.write_state(replace(kept.state(), lineage=uuid.uuid4(), sequence=9, target=9))
    assert refused() == ([1], 1)


def test_catching_up_from_far_behind_goes_on_where_the_last_question_left_it(site, chooses, monkeypatch):
    for number in range(20):
        chooses.refuses(member=str(number))
    monkeypatch.setattr(keeping, "A_CHUNK", 3)
    with monkeypatch.context() as hurried:
        hurried.setattr(keeping, "PATIENCE", 0.0)
        hurried.setattr(keeping, "_check", Once(keeping._check))
        with pytest.raises(NotNow, match="at 3 of 20"):
            refused()
    assert refused() == (list(range(20)), 20)


class Once:
    """Lets the first call pass."""

    def __init__(self, function):
        self.function, self.called = function, False

    def __call__(self, *arguments):
        if self.called:
            self.function(*arguments)
        self.called = True


@pytest.mark.parametrize("member", ["7", "mia"])
def test_nothing_of_an_erased_member_is_left_when_projections_were_made_anew(site, chooses, amir, projections, member):
    chooses.refuses(member=member)
    chooses.refuses(member="8")
    refused()
    before = files_of(projections)
    erase(by=amir, member=member)
    refused()
    await_other_files(projections, before)
    found = decide("job-ranking", "training", [CATEGORY], of_keys([member, "8", "9"]))
    assert found.allowed.tolist() == [True, False, True]


def await_other_files(projections, before):
    deadline = time.monotonic() + 60
    while files_of(projections) == before:
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_choices_that_come_while_projections_are_made_anew_are_obeyed(site, chooses, projections, monkeypatch):
    chooses.refuses(member="1")
    refused()

    class ChoosesMeanwhile:
        def __init__(self):
            self.asked = 0

        def __call__(self):
            self.asked += 1
            chooses.refuses(member=str(1 + self.asked))
            return head()

    planes = planes_of(look().digest)
    assert _projection(projections, 2**15).renew(planes, ChoosesMeanwhile())
    assert refused() == ([1, 2, 3], 3)


def test_a_plane_that_a_new_edition_needs_answers_nobody_before_it_is_built(site, chooses, publish, monkeypatch):
    asked = Scope(jurisdictions=("*",), legal_basis="consent", refusal="consent_first", default="off")
    publish(register(use(scopes=(asked,))))
    for number in range(20):
        chooses.allows(member=str(number))
    assert refused()[0] == list(range(20, 200))
    publish(register(use(scopes=(asked,), retention="13 years")))
    monkeypatch.setattr(keeping, "A_CHUNK", 3)
    with monkeypatch.context() as hurried:
        hurried.setattr(keeping, "PATIENCE", 0.0)
        hurried.setattr(keeping, "_check", Once(keeping._check))
        with pytest.raises(NotNow, match="at 3 of 20"):
            refused()
    assert refused()[0] == list(range(200))
    chooses.allows(member="5")
    assert refused()[0] == [number for number in range(200) if number != 5]
