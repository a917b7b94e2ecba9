"""Doorbells of this room."""

from celery import shared_task
from django.utils import timezone

from transparency.consent import actions


@shared_task(name="consent.tell_of_changes")
def tell_of_changes() -> None:
    """Write to members of what changed. Cheap where nothing did, and safe to run twice."""
    actions.tell_of_changes(at=timezone.now())
