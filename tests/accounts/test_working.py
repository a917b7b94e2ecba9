"""A worker that lives and does nothing is found out: real workers, a real queue, a real stop."""

import time
from datetime import UTC, datetime, timedelta

import pytest
from celery import current_app
from django.conf import settings
from django.utils import timezone

from tests.workers import go_on, stop, wait_until
from transparency.accounts import actions, working
from transparency.accounts.models import Work
from transparency.accounts.tasks import show_that_work_is_done
from transparency.config import watching

NOON = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
TASK = "accounts.show_that_work_is_done"


@pytest.fixture(autouse=True)
def _one_factor_suffices(settings):
    settings.STAFF_SECOND_FACTOR = False


ASK_AGAIN_AFTER = 15  # seconds


def ask():
    current_app.send_task(TASK)


def worked():
    return Work.objects.filter(task=TASK).exclude(ended_at=None).first()


def ask_until_worked():
    """The first work of a worker that is just starting: a message may go astray before it listens."""
    began = time.monotonic()
    asked = []

    def done():
        if len(asked) * ASK_AGAIN_AFTER <= time.monotonic() - began:
            asked.append(ask())
        return worked()

    return wait_until(done)


@pytest.mark.slow
def test_a_worker_that_is_stopped_is_an_alarm_after_two_minutes(processes, client, ada, time_machine):
    client.force_login(ada)
    worker = processes.worker()
    assert ask_until_worked().worker.startswith("celery@")
    assert "No worker works" not in client.get("/staff/").content.decode()
    assert client.get("/health/working").status_code == 200

    stop(worker)
    ask()  # which the kernel still hands to it
    ask()
    assert working.waiting() == 1
    assert working.answering() == []
    time_machine.move_to(timezone.now() + working.SILENT_FOR)
    assert "No worker works" in client.get("/staff/").content.decode()
    assert "No worker answers. Start one" in client.get("/staff/workers/").content.decode()
    assert client.get("/health/working").status_code == 503


@pytest.mark.slow
def test_once_it_goes_on_the_work_that_waited_is_done(processes):
    worker = processes.worker()
    first = ask_until_worked().ended_at
    stop(worker)
    ask()
    go_on(worker)
    assert wait_until(lambda: worked().ended_at > first)


@pytest.mark.slow
def test_the_timetable_writes_down_what_it_asks_for(processes):
    processes.timetable()
    wait_until(lambda: Work.objects.filter(task=TASK).exclude(asked_at=None).exists())
    assert not working.timetable_asked(timezone.now()).is_silent
    assert working.pulse(timezone.now()).is_silent


@pytest.mark.django_db
def test_nothing_worked_ever_is_an_alarm_too():
    assert working.pulse(NOON) == working.Pulse(None, is_silent=True)


@pytest.mark.django_db
@pytest.mark.parametrize(("age", "silent"), [(timedelta(minutes=2) - SECOND, False), (timedelta(minutes=2), True)])
def test_the_alarm_comes_after_two_minutes(age, silent):
    actions.note_ended(task=TASK, error="", at=NOON)
    assert working.pulse(NOON + age).is_silent == silent


@pytest.mark.django_db
def test_what_was_begun_a_moment_ago_is_work():
    actions.note_begun(task="transparency.catalog.tasks.refresh_source", worker="celery@here", at=NOON)
    assert not working.pulse(NOON + SECOND).is_silent


@pytest.mark.django_db
def test_a_task_that_is_not_done_when_it_should_be_is_late():
    actions.note_begun(task=TASK, worker="celery@here", at=NOON)
    (line,) = (one for one in working.scheduled(NOON + timedelta(minutes=2)) if one.work)
    assert (line.name, line.is_late, line.is_running) == ("show that work is done", True, True)


@pytest.mark.django_db
def test_a_task_that_is_rarely_due_is_not_late_soon():
    actions.note_begun(task="accounts.forget_expired", worker="celery@here", at=NOON)
    (line,) = (one for one in working.scheduled(NOON + timedelta(hours=2)) if one.work)
    assert not line.is_late


@pytest.mark.django_db
def test_a_task_that_failed_says_so(client, ada):
    actions.note_begun(task=TASK, worker="celery@here", at=timezone.now())
    actions.note_ended(task=TASK, error="OperationalError", at=timezone.now())
    client.force_login(ada)
    assert "OperationalError; the log says more" in client.get("/staff/workers/").content.decode()


def test_every_task_of_the_timetable_exists():
    current_app.loader.import_default_modules()
    assert {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()} <= current_app.tasks.keys()


@pytest.mark.django_db
def test_a_lost_broker_is_told_and_is_no_error_of_ours(client, ada, settings, monkeypatch):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    monkeypatch.setattr(current_app.conf, "broker_url", settings.REDIS_URL)
    client.force_login(ada)
    assert "The broker (<code>REDIS_URL</code>) does not answer" in client.get("/staff/workers/").content.decode()


@pytest.mark.django_db
def test_a_failure_is_noted_by_its_kind_and_never_by_its_words():
    watching.ends(show_that_work_is_done, state="FAILURE", retval=ValueError("mia@tandem.example"))
    assert Work.objects.get().error == "ValueError"
