"""Doorbells of this room."""

from celery import shared_task
from django.utils import timezone

from transparency.review import actions, notices
from transparency.review.models import Proposal


@shared_task(autoretry_for=(OSError,), retry_backoff=30, retry_backoff_max=1_800, max_retries=6)
def send_notice(proposal: int, verb: str, by: int) -> None:
    notices.send(proposal=Proposal.objects.get(pk=proposal), verb=verb, by=by)


@shared_task(name="review.send_digests")
def send_digests() -> None:
    """Write to whoever has had no letter today. What could not be sent is tried again the next time."""
    actions.send_digests(at=timezone.now())
