"""Doorbells of this room."""

from celery import shared_task
from django.utils import timezone

from transparency.consent import actions, digests, proofs


@shared_task(name="consent.enter_choices")
def enter_choices() -> None:
    """Enter new choices in the public log. Safe to run twice, and at the same time."""
    proofs.enter_choices(at=timezone.now())


@shared_task(name="consent.tell_of_changes")
def tell_of_changes() -> None:
    """Write to members of what changed. Cheap where nothing did, and safe to run twice."""
    actions.tell_of_changes(at=timezone.now())


@shared_task(name="consent.send_digests")
def send_digests() -> None:
    """Send the weekly letters that are due. Cheap where none is, and safe to run twice."""
    digests.send_digests(at=timezone.now())
