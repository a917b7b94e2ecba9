"""Doorbells of the composition."""

from celery import shared_task
from django.utils import timezone

from transparency.config import canary, rewritten, standstill
from transparency.config.chain import follow, suggest


@shared_task(name="config.follow_the_catalog")
def follow_the_catalog() -> None:
    """Recompute, tell members, tell staff. Cheap where nothing changed."""
    follow(timezone.now())


@shared_task(name="config.suggest_labels", expires=25)
def suggest_labels() -> None:
    """Look what unlabelled columns may hold. Cheap where nothing changed; twice at once, one does nothing."""
    suggest(timezone.now())


@shared_task(name="config.try_refusing", expires=240)
def try_refusing() -> None:
    """Refuse or allow, as a member would, and ask every part of the site whether it holds; tell when it does not."""
    if canary.try_refusing(at=timezone.now()):
        canary.tell_of_failure()


@shared_task(name="config.watch_the_log")
def watch_the_log() -> None:
    """Tell administrators where the public log stands still. Safe to run twice, and at once.

    It never expires: by a timetable's clock that is a year back it would have, before any worker saw it.
    """
    standstill.watch_the_log(at=timezone.now())


@shared_task(name="config.look_for_rewritten", expires=55)
def look_for_rewritten() -> None:
    """Compare what was said and chosen with the log, for some seconds; tell administrators what is not as it was.

    Cheap where all was read today; twice at once, one does nothing.
    """
    rewritten.look(at=timezone.now())
