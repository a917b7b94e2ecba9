"""Each named step fails, before it and after it, by a fault and by a kill: what stands is whole, and goes on."""

import ast
import os
import re
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from django.db import connection
from django.utils import timezone

from tests.consent.builders import LATER, Chooser
from tests.enforcement.builders import said
from tests.enforcement.test_kept_lists import WANTED, files, shelf  # noqa: F401 - a fixture
from tests.ledger.test_sealing import enter, is_a_valid_log, seal_once_free
from tests.register.builders import feature, register
from transparency import failpoints
from transparency.accounts.models import HistoryEntry
from transparency.consent.models import Batch, Choice
from transparency.consent.proofs import enter_choices, holds, place_of
from transparency.enforcement import actions
from transparency.enforcement.acknowledgements import Statement
from transparency.enforcement.lists.columns import read_parquet
from transparency.enforcement.models import Acknowledgement, KeptList
from transparency.failpoints import ACTIONS, NAMES, Failed, failpoint
from transparency.ledger import queries as ledger
from transparency.ledger.models import Entry
from transparency.register.models import Edition, EditionSince

PACKAGE = Path(failpoints.__file__).parent
pytestmark = pytest.mark.django_db(transaction=True)


def entries(kind):
    return Entry.objects.filter(kind=kind).count()


@dataclass
class Scene:
    """Something that is done in steps. ``found`` says what stands of it: ``nothing``, or ``done``."""

    pip: object
    publish: object
    folder: Path
    nothing = 0, 0
    done = 1, 1

    def prepare(self):
        pass

    def left_over(self):
        """Files that nobody will ever throw away."""
        return set()


class Choosing(Scene):
    nothing, done = [], [(1, 7)]

    def act(self):
        Chooser().refuses(request="press")

    def found(self):
        return list(Choice.objects.values_list("sequence", "member"))


class Entering(Scene):
    def prepare(self):
        Chooser().refuses()

    def act(self):
        enter_choices(at=LATER)

    def found(self):
        return Batch.objects.count(), entries("choices")


class Publishing(Scene):
    nothing, done = (1, 1, 1, 1), (2, 2, 2, 2)

    def act(self):
        if Edition.objects.count() == 1:  # whoever was told of a fault looks before they try again
            self.publish(register(features=(feature(),)))

    def found(self):
        acts = HistoryEntry.objects.filter(verb="edition.publish").count()
        return Edition.objects.count(), EditionSince.objects.count(), entries("edition"), acts


class Sealing(Scene):
    nothing, done = True, True

    def prepare(self):
        enter(11, 12, 13)
        seal_once_free()
        enter(14, 15)

    def act(self):
        seal_once_free()

    def found(self):
        """At every moment what is published is a log that holds, and not another one than before."""
        return is_a_valid_log() and ledger.contradiction() == ""


class Listing(Scene):
    nothing, done = [], [[7, 8, 9]]

    def prepare(self):
        for member in ("7", "8", "9"):
            Chooser(member).refuses()

    def act(self):
        actions.release_lost_lists(at=timezone.now() + timedelta(hours=1))
        row, _ = actions.order_list(pipeline=self.pip, wanted=WANTED, form="parquet", at=timezone.now())
        actions.make_list(list_id=row.pk)

    def found(self):
        """The members of the lists that are said to be ready, which may be several of the same."""
        ready = map(self._listed, KeptList.objects.filter(state=KeptList.State.READY))
        return sorted(map(list, set(map(tuple, ready))))

    def left_over(self):
        return set(files(self.folder)) - set(KeptList.objects.values_list("file", flat=True))

    def _listed(self, row):
        with (self.folder / row.file).open("rb") as file:
            return read_parquet(file)[1].numbers.tolist()


class Acknowledging(Scene):
    def act(self):
        actions.acknowledge(pipeline=self.pip, statement=msgspec.convert(said(), Statement), at=LATER + DAY)

    def found(self):
        return Acknowledgement.objects.count(), entries("acknowledgement")


DAY = timedelta(days=1)
SCENES = {
    "choice": Choosing,
    "batch": Entering,
    "edition": Publishing,
    "seal": Sealing,
    "list": Listing,
    "acknowledgement": Acknowledging,
}


@pytest.fixture
def scene(request, pip, publish, shelf, name):  # noqa: F811 - the fixture
    found = SCENES[name.partition(".")[0]](pip, publish, shelf)
    found.prepare()
    return found


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("name", NAMES)
def test_where_a_step_fails_nothing_stands_half_and_the_next_try_completes_it(scene, settings, name, action):
    told = tried(scene.act, settings, {name: action})
    assert told != "succeeded"
    assert scene.found() in (scene.nothing, scene.done)
    scene.act()
    assert (scene.found(), scene.left_over()) == (scene.done, set())
    assert everything_holds()


@pytest.mark.parametrize("name", NAMES)
def test_what_was_told_to_be_done_stands(scene, settings, name):
    assert tried(scene.act, settings, {}) == "succeeded"
    assert scene.found() == scene.done


def tried(act, settings, armed):
    """What somebody is told who does this in a process of its own: succeeded, or failed; nothing where it died."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            connection.connection = None  # the parent's
            settings.FAILPOINTS = armed
            act()
            os.write(write, b"succeeded")
        except Failed:
            os.write(write, b"failed")
        finally:
            os._exit(0)
    os.close(write)
    os.waitpid(child, 0)
    with os.fdopen(read) as told:
        return told.read()


def everything_holds():
    """Every choice is numbered, entered in the log and proven by it; and the log is one that holds."""
    enter_choices(at=LATER)
    seal_once_free()
    choices = list(Choice.objects.order_by("sequence"))
    numbered = [one.sequence for one in choices] == list(range(1, len(choices) + 1))
    sealed = ledger.newest().size == Entry.objects.count()
    return numbered and sealed and all(holds(one, place_of(one)) for one in choices) and is_a_valid_log()


def test_the_table_names_every_place_in_the_code_once():
    assert sorted(places_in(PACKAGE)) == sorted(NAMES)


def places_in(folder):
    calls = (node for path in folder.rglob("*.py") for node in ast.walk(ast.parse(path.read_text())))
    named = (node for node in calls if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "failpoint")
    return [node.args[0].value for node in named]


def test_the_table_says_of_each_what_it_surrounds():
    assert all(re.fullmatch(r"[a-z].*[a-z]", words) for words in NAMES.values())


def test_a_place_that_is_not_armed_does_nothing(settings):
    settings.FAILPOINTS = {"seal.sign": "kill"}
    with failpoint("seal.keep"):
        pass
