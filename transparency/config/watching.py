"""Writes down what the timetable asks for and what workers do, for every task."""

from typing import Any

from celery import Task
from celery.signals import after_task_publish, beat_embedded_init, beat_init, task_postrun, task_prerun, worker_init
from django.db import close_old_connections
from django.utils import timezone

from transparency.accounts import actions


@beat_init.connect
@beat_embedded_init.connect
def watch_the_timetable(**options: object) -> None:
    after_task_publish.connect(was_asked, weak=False)


def was_asked(sender: str, **options: object) -> None:
    close_old_connections()
    actions.note_asked(task=sender, at=timezone.now())


@worker_init.connect
def watch_the_work(**options: object) -> None:
    """Before the pool is started, so that each of its processes watches itself."""
    task_prerun.connect(begins, weak=False)
    task_postrun.connect(ends, weak=False)


def begins(task: "Task[..., Any]", **options: object) -> None:
    actions.note_begun(task=task.name, worker=task.request.hostname or "", at=timezone.now())


def ends(task: "Task[..., Any]", state: str, retval: object, **options: object) -> None:
    error = type(retval).__name__ if isinstance(retval, BaseException) and state != "SUCCESS" else ""
    actions.note_ended(task=task.name, error=error, at=timezone.now())
