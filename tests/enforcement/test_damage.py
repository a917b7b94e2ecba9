"""Bits that flip in the files of a projection: found, answered by nobody, and worked out again from the choices."""

import os
import signal

import numpy as np
import pytest

from tests.consent.builders import USE
from tests.enforcement.breaking import Killed, ended, files_of, forked, refused
from tests.register.builders import register, use
from transparency.consent.queries import head
from transparency.enforcement import keeping
from transparency.enforcement.decisions import of_numbers
from transparency.enforcement.files import Generation
from transparency.enforcement.keeping import Behind, NotNow
from transparency.enforcement.planes import Kind, Plane
from transparency.enforcement.projections import _projection, decide
from transparency.enforcement.renewing import Errand
from transparency.register.schema import Scope

BOUND = 2**15
REFUSE = Plane(Kind.REFUSE, USE)
ASKED = Scope(jurisdictions=("*",), legal_basis="consent", refusal="consent_first", default="off")


@pytest.fixture
def kept(site, chooses, projections):
    """Projections in which the members 1 and 2 refused; nobody looks for damage in the background."""
    chooses.refuses(member="1")
    chooses.refuses(member="2")
    refused()
    return _projection(projections, BOUND)


def flip(folder, plane, member):
    """Flips the bit of a member in a plane, as faulty memory would."""
    generation = Generation(folder, _projection(folder.parent, BOUND).space)
    generation.refresh(generation.state())
    flip_byte(folder / "planes", generation.table.slots[plane] * generation.space.stride + member // 8, member % 8)


def flip_byte(path, at, bit=0):
    with path.open("r+b") as file:
        octet = os.pread(file.fileno(), 1, at)[0]
        os.pwrite(file.fileno(), bytes([octet ^ 1 << bit]), at)


@pytest.mark.parametrize("member", [1, 5, 150])
def test_a_process_that_opens_damaged_files_makes_them_anew(kept, projections, member):
    before = files_of(projections)
    flip(before, REFUSE, member)
    _projection.cache_clear()  # as another process
    assert refused() == ([1, 2], 2)
    assert files_of(projections) != before


def test_damage_under_a_running_process_is_found_by_its_next_check(kept, projections):
    flip(files_of(projections), REFUSE, 1)
    assert not kept.check(head)
    assert refused() == ([1, 2], 2)
    assert kept.check(head)


def test_nobody_is_answered_before_damaged_files_were_made_anew(kept, projections, monkeypatch):
    flip(files_of(projections), REFUSE, 1)
    kept.check(head)
    with monkeypatch.context() as hurried:
        hurried.setattr(keeping, "PATIENCE", 0.0)
        with pytest.raises(NotNow, match="Catching up"):
            refused()
    assert refused() == ([1, 2], 2)


def test_the_check_follows_from_questions(kept, monkeypatch, projections):
    done = []

    class AtOnce(Errand):
        def begin(self, act):
            done.append(act)

    monkeypatch.setattr("transparency.enforcement.projections._checks", AtOnce("checks"))
    refused()
    flip(files_of(projections), REFUSE, 1)
    age(projections / "check")
    done[0]()
    assert refused() == ([1, 2], 2)


def age(path):
    """As if it had been written an hour ago."""
    path.touch()
    os.utime(path, (0, 0))


def test_one_process_of_a_machine_checks_for_all(kept, projections):
    assert kept.check(head, every=60.0)
    flip(files_of(projections), REFUSE, 1)
    assert kept.check(head, every=60.0)  # it was done a moment ago
    assert not kept.check(head)


def test_a_member_who_never_chose_is_not_allowed_by_a_flipped_bit(kept, publish, projections, chooses):
    """Of all members, nobody said yes to what needs a yes first; the bit lies where no choice ever wrote."""
    publish(register(use(scopes=(ASKED,))))
    chooses.allows(member="3")
    asked = of_numbers(np.array([3, 30_000]))
    assert decide("job-ranking", "training", ["communications.messages"], asked).allowed.tolist() == [True, False]
    flip(files_of(projections), allows_since(2, files_of(projections)), 30_000)
    kept.check(head)
    assert decide("job-ranking", "training", ["communications.messages"], asked).allowed.tolist() == [True, False]


def allows_since(edition, folder):
    generation = Generation(folder, _projection(folder.parent, BOUND).space)
    generation.refresh(generation.state())
    return next(one for one in generation.table.planes if (one.scope, one.since) == (USE, edition))


def test_damage_is_not_forgotten_by_whoever_applies_the_next_choice(kept, projections, chooses):
    flip(files_of(projections), REFUSE, 1)
    chooses.refuses(member="9")
    refused()
    assert not kept.check(head)
    assert refused() == ([1, 2, 9], 3)


def test_lost_sums_are_damage(kept, projections):
    (files_of(projections) / "sums").unlink()
    assert not kept.check(head)
    assert refused() == ([1, 2], 2)


def test_a_flipped_large_integer_is_damage(kept, projections, chooses):
    chooses.refuses(member=str(2**40))
    refused()
    flip_byte(files_of(projections) / "large", 3)
    _projection.cache_clear()  # as another process
    found = decide("job-ranking", "training", ["communications.messages"], of_numbers(np.array([2**40, 2**40 ^ 2**24])))
    assert found.allowed.tolist() == [False, True]


def test_a_fold_trusts_no_flipped_note_of_what_was_touched(kept, projections, chooses, monkeypatch):
    monkeypatch.setattr("transparency.enforcement.folds.WORTH_IT", 1)
    refused()
    chooses.refuses(member="9")
    with kept.view(head(), [], [], head):
        pass
    flip_byte(files_of(projections) / "touched", 8 * 2 + 4)
    assert refused() == ([1, 2, 9], 3)


@pytest.mark.parametrize("calls", [0, 1])
def test_whoever_is_killed_while_they_apply_choices_leaves_no_damage(kept, chooses, projections, monkeypatch, calls):
    before = files_of(projections)
    chooses.refuses("all", member="3")
    with monkeypatch.context() as broken:
        broken.setattr(keeping, "put", Killed(keeping.put, calls, before=False))
        assert ended(forked(refused)) == -signal.SIGKILL
    assert (refused(), files_of(projections)) == (([1, 2, 3], 3), before)


@pytest.mark.parametrize("calls", [0, 1, 2])
def test_whoever_is_killed_while_they_build_planes_leaves_no_damage(
    kept, chooses, publish, projections, monkeypatch, calls
):
    before = files_of(projections)
    publish(register(use(scopes=(ASKED,))))
    chooses.allows(member="5")
    with monkeypatch.context() as broken:
        broken.setattr(keeping, "put", Killed(keeping.put, calls, before=False))
        assert ended(forked(refused)) == -signal.SIGKILL
    assert refused()[0] == [number for number in range(200) if number != 5]
    assert files_of(projections) == before


def test_a_database_from_before_the_last_choice_is_not_forgotten_over_damage(kept, projections, monkeypatch):
    earlier = head()
    flip(files_of(projections), REFUSE, 1)
    monkeypatch.setattr("transparency.enforcement.keeping._refuse_if_behind", refuse)
    with pytest.raises(Behind):
        kept.check(lambda: earlier)


def refuse(head, state):
    raise Behind("restored", retry_after=1)
