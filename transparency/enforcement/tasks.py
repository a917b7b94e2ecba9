"""Doorbells of this room."""

import random

from celery import shared_task
from django.utils import timezone

from transparency.enforcement import actions
from transparency.enforcement.queries import messages_due

TRY_SECONDS = 60  # after which nobody need begin a try any more: the next sweep asks for it again


@shared_task(name="enforcement.tell_pipelines")
def tell_pipelines() -> None:
    """Put messages in, and ask for a try of each that is due. Cheap where there is nothing new."""
    now = timezone.now()
    actions.queue_messages(at=now)
    for number in messages_due(now):
        send_message.apply_async(args=(number,), expires=TRY_SECONDS)


@shared_task(name="enforcement.send_message")
def send_message(number: int) -> None:
    """Try one message once. The table of waits says when it is tried again."""
    chance = random.random()  # noqa: S311 - spreads tries, protects nothing
    actions.send_message(number=number, at=timezone.now(), chance=chance)


@shared_task(name="enforcement.make_list")
def make_list(list_id: int) -> None:
    actions.make_list(list_id=list_id)


@shared_task(name="enforcement.look_after_lists")
def look_after_lists() -> None:
    """Throw away what expired, and take up what a lost worker left."""
    now = timezone.now()
    actions.forget_expired_lists(at=now)
    actions.forget_lists_given(at=now)
    for lost in actions.release_lost_lists(at=now):
        make_list.delay(lost)


@shared_task(name="enforcement.forget_messages")
def forget_messages() -> None:
    """Delete messages of long ago."""
    actions.forget_messages(at=timezone.now())
