"""Long lists: made by a worker, kept as files; whatever befalls a worker, the list that was ready stays as it was."""

import io
import os
import resource
import signal
import stat
import time
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.storage import FileSystemStorage
from django.db import connection
from django.utils import timezone

from transparency.enforcement import actions
from transparency.enforcement.actions import keeping_lists
from transparency.enforcement.lists.columns import read_parquet
from transparency.enforcement.models import Delivery, KeptList
from transparency.enforcement.suppressions import Wanted

PATH = "/api/v1/suppressions"
WANTED = Wanted("job-ranking", "training")
State = KeptList.State
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def shelf(settings, tmp_path):
    """The folder of lists; each of more than two members is long."""
    folder = tmp_path / "suppressions"
    settings.SUPPRESSIONS_AT_ONCE = 2
    options = settings.STORAGES["suppressions"]["OPTIONS"] | {"location": str(folder)}
    kept = settings.STORAGES["suppressions"] | {"OPTIONS": options}
    settings.STORAGES = settings.STORAGES | {"suppressions": kept}
    return folder


@pytest.fixture
def secret(amir, pip):
    return actions.issue_pipeline_key(by=amir, pipeline=pip, name="Airflow")[1]


@pytest.fixture
def ask(client, secret):
    """Asks with Pip's key: for the list, or for whatever address is given."""

    def ask(path=PATH, **given):
        asked = {"feature": "job-ranking", "stage": "training"} | given if path == PATH else {}
        return client.get(path, asked, headers={"Authorization": f"Bearer {secret}"})

    return ask


@pytest.fixture
def many(chooses):
    """Three members refuse: too many to be listed while the pipeline waits."""
    for member in ("7", "8", "9"):
        chooses.refuses(member=member)
    return chooses


@pytest.fixture
def order(pip):
    """Has Pip's list made by whoever comes."""

    def order(form="parquet", at=None):
        return actions.order_list(pipeline=pip, wanted=WANTED, form=form, at=at or timezone.now())[0]

    return order


def listed(answer):
    assert answer.status_code == 200, answer.content
    return read_parquet(io.BytesIO(answer.getvalue()))[1].numbers.tolist()


def files(shelf):
    return sorted(path.name for path in shelf.glob("*")) if shelf.exists() else []


def later(**passed):
    return timezone.now() + timedelta(**passed)


def test_a_long_list_is_promised_made_and_given(ask, many, pip):
    promised = ask()
    assert (promised.status_code, promised["Retry-After"], promised.json()["state"]) == (202, "2", "queued")
    assert ask(promised["Location"]).status_code == 202
    assert Delivery.objects.count() == 0
    actions.make_list(list_id=KeptList.objects.get().pk)
    assert listed(ask(promised["Location"])) == [7, 8, 9]
    assert Delivery.objects.get(pipeline=pip).sequence == 3


def test_whoever_asks_again_soon_is_given_the_same_list(ask, many):
    ask()
    actions.make_list(list_id=KeptList.objects.get().pk)
    many.refuses(member="10")
    assert listed(ask()) == [7, 8, 9]


def test_but_not_whoever_asks_for_a_later_choice(ask, many):
    ask()
    actions.make_list(list_id=KeptList.objects.get().pk)
    many.refuses(member="10")
    assert ask(min_sequence=4).status_code == 202


def test_nobody_is_promised_a_list_of_choices_that_nobody_made(ask, many):
    answer = ask(min_sequence=4)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (409, "?min_sequence")
    assert not KeptList.objects.exists()


def test_progress_stands_in_the_row(order, many):
    made = actions.make_list(list_id=order().pk)
    assert (made.state, made.done, made.total, made.size) == ("ready", 3, 3, made.size)
    assert made.size > 0


def test_two_who_ask_at_once_have_one_list_made(ask, many):
    assert ask()["Location"] == ask()["Location"]
    assert KeptList.objects.count() == 1


def test_two_workers_who_hear_one_bell_make_one_list(order, many, shelf, monkeypatch):
    row, make = order(), keeping_lists.whole
    second = []

    def meanwhile(*given):
        second.append(actions.make_list(list_id=row.pk))
        return make(*given)

    monkeypatch.setattr(keeping_lists, "whole", meanwhile)
    assert actions.make_list(list_id=row.pk).state == "ready"
    assert (second, len(files(shelf))) == ([None], 1)


def test_a_worker_that_was_paused_past_its_turn_changes_nothing(order, many, shelf, monkeypatch):
    row, make = order(), keeping_lists.whole

    def paused(*given):
        monkeypatch.setattr(keeping_lists, "whole", make)
        assert actions.release_lost_lists(at=later(minutes=5)) == [row.pk]
        made = actions.make_list(list_id=row.pk)
        assert made.state == "ready"
        return make(*given)

    monkeypatch.setattr(keeping_lists, "whole", paused)
    actions.make_list(list_id=row.pk)
    assert files(shelf) == [KeptList.objects.get().file]


def test_a_list_that_can_not_be_made_says_so_and_can_be_asked_for_again(ask, many, monkeypatch):
    location = ask()["Location"]
    with monkeypatch.context() as broken:
        broken.setattr(keeping_lists, "whole", None)
        with pytest.raises(TypeError):
            actions.make_list(list_id=KeptList.objects.get().pk)
    assert (ask(location).status_code, ask(location)["Retry-After"]) == (503, "2")
    assert ask().status_code == 202


def test_nobody_else_may_read_the_files(order, many, shelf):
    made = actions.make_list(list_id=order().pk)
    assert stat.S_IMODE(shelf.stat().st_mode) == 0o700
    assert stat.S_IMODE((shelf / made.file).stat().st_mode) == 0o600


def test_a_list_is_the_pipeline_s_own(ask, many, amir, client):
    location = ask()["Location"]
    told = {"slug": "pop", "name": "Pop", "contact": "#ml", "assignments": [("job-ranking", "training")]}
    _, secret = actions.issue_pipeline_key(by=amir, pipeline=actions.register_pipeline(by=amir, **told), name="Pop")
    assert client.get(location, headers={"Authorization": f"Bearer {secret}"}).status_code == 404


def test_a_pipeline_that_is_no_longer_assigned_is_given_no_list_that_was_made(ask, many, amir, pip):
    ask()
    actions.make_list(list_id=KeptList.objects.get().pk)
    actions.change_pipeline(by=amir, pipeline=pip, assignments=[])
    assert ask(f"{PATH}/{KeptList.objects.get().reference}").status_code == 403


def test_an_expired_list_is_given_to_nobody(ask, many, pip, time_machine):
    location = ask()["Location"]
    actions.make_list(list_id=KeptList.objects.get().pk)
    time_machine.move_to(later(seconds=pip.max_age))
    assert ask(location).status_code == 410
    assert ask().status_code == 202


def test_an_expired_list_is_thrown_away(order, many, pip, shelf):
    actions.make_list(list_id=order().pk)
    assert actions.forget_expired_lists(at=later(seconds=pip.max_age - 60)) == 0
    assert actions.forget_expired_lists(at=later(seconds=pip.max_age)) == 1
    assert (files(shelf), KeptList.objects.count()) == ([], 0)


def test_a_file_that_is_gone_is_made_anew(ask, many, shelf):
    location = ask()["Location"]
    made = actions.make_list(list_id=KeptList.objects.get().pk)
    (shelf / made.file).unlink()
    assert ask(location).status_code == 503
    assert ask().status_code == 202


def test_a_file_that_is_damaged_is_never_given_and_made_anew(ask, many, shelf):
    location = ask()["Location"]
    made = actions.make_list(list_id=KeptList.objects.get().pk)
    (shelf / made.file).chmod(0o600)
    (shelf / made.file).write_bytes((shelf / made.file).read_bytes()[:-1])
    answer = ask(location)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (503, "list.lost")
    assert (files(shelf), ask().status_code) == ([], 202)


def test_a_bell_that_nobody_heard_is_rung_again(order, many):
    row = order()
    assert actions.release_lost_lists(at=later(seconds=30)) == []
    assert actions.release_lost_lists(at=later(minutes=5)) == [row.pk]


def test_a_list_that_kills_its_workers_is_given_up(order, many):
    row = order()
    for hours in (1, 2, 3):
        KeptList.objects.update(state=State.BUILDING)
        actions.release_lost_lists(at=later(hours=hours))
    row.refresh_from_db()
    assert (row.state, row.tries) == ("failed", 3)


class Slow(FileSystemStorage):
    """A disk that takes half a file, and then takes its time."""

    def _save(self, name, content):
        path = Path(self.path(name))
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content.read(100))
        time.sleep(60)


def in_a_process(act):
    """Runs ``act`` in a process of its own; returns its number."""
    child = os.fork()
    if child == 0:
        connection.connection = None  # the parent's; the child opens its own
        try:
            act()
        finally:
            os._exit(0)
    return child


def until(holds):
    deadline = time.monotonic() + 60
    while not holds() and time.monotonic() < deadline:
        time.sleep(0.02)


@pytest.mark.django_db(transaction=True)
def test_a_worker_killed_while_it_writes_leaves_the_list_that_was_ready(ask, many, order, shelf, monkeypatch):
    ready = actions.make_list(list_id=order().pk)
    row = order()
    with monkeypatch.context() as slow:
        slow.setattr(keeping_lists, "store", lambda: Slow(location=shelf))
        child = in_a_process(lambda: actions.make_list(list_id=row.pk))
    until(lambda: len(files(shelf)) == 2)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)

    assert len(files(shelf)) == 2
    assert listed(ask(f"{PATH}/{ready.reference}")) == [7, 8, 9]
    assert actions.release_lost_lists(at=later(minutes=5)) == [row.pk]
    assert files(shelf) == [ready.file]
    assert actions.make_list(list_id=row.pk).state == "ready"


@pytest.mark.django_db(transaction=True)
def test_a_full_disk_leaves_the_list_that_was_ready(ask, many, order, shelf):
    ready = actions.make_list(list_id=order().pk)
    row = order()

    def full():
        resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))
        actions.make_list(list_id=row.pk)

    os.waitpid(in_a_process(full), 0)
    row.refresh_from_db()
    assert (row.state, files(shelf)) == ("failed", [ready.file])
    assert listed(ask(f"{PATH}/{ready.reference}")) == [7, 8, 9]


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_real_worker_makes_it(ask, many, shelf, settings, processes, monkeypatch):
    monkeypatch.setenv("SUPPRESSIONS_STORAGE", str(shelf))
    monkeypatch.setenv("PROJECTIONS_DIR", str(settings.PROJECTIONS_DIR.with_name("of_the_worker")))
    processes.worker()
    location = ask()["Location"]
    until(lambda: KeptList.objects.get().state == "ready")
    assert listed(ask(location)) == [7, 8, 9]
