"""Doorbells of this room."""

from celery import shared_task
from django.utils import timezone

from transparency.ledger import actions


@shared_task(name="ledger.seal")
def seal() -> None:
    """Seal what waits. Safe to run twice, and at the same time: a second one goes away."""
    actions.seal(at=timezone.now())


@shared_task(name="ledger.cosign")
def cosign() -> None:
    """Have the newest checkpoint signed by witnesses too. Safe to run twice; sealing never waits for it."""
    actions.cosign(at=timezone.now())
