"""Doorbells of this room."""

from celery import shared_task
from django.utils import timezone

from transparency.accounts import wishes
from transparency.accounts.actions import forget_expired as forget


@shared_task(name="accounts.forget_expired")
def forget_expired() -> None:
    """Delete what expired. Cheap, and safe to run twice."""
    forget(at=timezone.now())
    wishes.forget_members(at=timezone.now())


@shared_task(name="accounts.show_that_work_is_done")
def show_that_work_is_done() -> None:
    """Nothing to do: that a worker took it from the queue and came to its end is written down as for every task."""
