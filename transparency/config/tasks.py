"""Doorbells of the composition."""

from celery import shared_task
from django.utils import timezone

from transparency.config.chain import follow


@shared_task(name="config.follow_the_catalog")
def follow_the_catalog() -> None:
    """Recompute, tell members, tell staff. Cheap where nothing changed."""
    follow(timezone.now())
