"""Doorbells: each takes an id, calls one action, and may ring twice."""

from datetime import datetime

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from transparency.catalog import actions, queries
from transparency.catalog.actions.refreshing import AlreadyRunning
from transparency.catalog.connectors import connector_for
from transparency.catalog.connectors.base import SourceUnreadable


@shared_task(
    autoretry_for=(SourceUnreadable,), retry_backoff=5, retry_backoff_max=300, retry_jitter=True, max_retries=4
)
def refresh_source(refresh_id: int) -> None:
    actions.refresh(refresh_id=refresh_id, connector_for=connector_for)


@shared_task
def try_source(tryout_id: int, asked_at: str) -> None:
    actions.try_source(tryout_id=tryout_id, asked_at=datetime.fromisoformat(asked_at), connector_for=connector_for)


@shared_task
def refresh_due_sources() -> None:
    """Start what the timetable asks for, and what posted events are waiting for."""
    now = timezone.now()
    actions.release_lost_claims(at=now)
    for lost in actions.ring_again(at=now):
        refresh_source.delay(lost)
    for source in [*queries.due(now), *queries.with_unapplied_events()]:
        try:
            refresh_source.delay(actions.request_refresh(by=None, source=source).pk)
        except AlreadyRunning:
            continue


@shared_task
def forget_applied_events() -> None:
    """Once an hour. Twice at the same moment, one waits for the other and finds less."""
    actions.forget_applied_events(at=timezone.now(), days=settings.LINEAGE_EVENTS_DAYS)


@shared_task(expires=15)
def draw_the_graph() -> None:
    """For the processes that explain it. Cheap where nothing changed; twice at once, the later one stands."""
    actions.draw(at=timezone.now())
