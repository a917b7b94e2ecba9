"""Doorbells of the demo: rung by its own timetable only (``timetable``)."""

from pathlib import Path

from celery import shared_task
from django.conf import settings

from transparency.config import embedded
from transparency.demo import choosing, training
from transparency.demo.keys import SETTINGS_PAGE, key_of


@shared_task(name="demo.train_jobs")
def train_jobs() -> None:
    """The pipeline that asks before each run."""
    training.obey(training.JOBS, settings.PUBLIC_URL, key_of(training.JOBS.slug), _folder(training.JOBS))


@shared_task(name="demo.train_courses")
def train_courses() -> None:
    """The pipeline that uses a list for longer than it agreed to."""
    training.lag(training.COURSES, settings.PUBLIC_URL, key_of(training.COURSES.slug), _folder(training.COURSES))


@shared_task(name="demo.train_feed")
def train_feed() -> None:
    """The pipeline that asks nobody."""
    training.ignore(training.FEED, settings.PUBLIC_URL, key_of(training.FEED.slug), choosing.ASKED)


@shared_task(name="demo.choose")
def choose() -> None:
    """Some member of Tandem refuses something."""
    choosing.choose_now(settings.PUBLIC_URL, key_of(SETTINGS_PAGE))


def _folder(one: training.Training) -> Path:
    folder = embedded.local() / "pipelines" / one.slug
    folder.mkdir(parents=True, exist_ok=True)
    return folder
