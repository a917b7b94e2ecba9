"""Doorbells of this room."""

from celery import shared_task
from django.utils import timezone

from transparency.consent import proofs


@shared_task(name="consent.enter_choices")
def enter_choices() -> None:
    """Enter new choices in the public log. Safe to run twice, and at the same time."""
    proofs.enter_choices(at=timezone.now())
