"""The weekly letter of everything that changed, for members who ask for it: once a week, and none where nothing did."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from smtplib import SMTPException

import structlog
from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import QuerySet
from django.template.loader import render_to_string

from transparency.accounts import letters
from transparency.accounts.actions import note_digest
from transparency.accounts.models import User
from transparency.accounts.queries import waiting_for_digests
from transparency.register import queries as register
from transparency.register.models import Edition
from transparency.register.order import replaced

log = structlog.get_logger(__name__)
WEEK = timedelta(days=7)
NAMED = 30  # changes of one edition; the rest are counted
BATCH = 500


def send_digests(*, at: datetime) -> int:
    """Write to everybody whose letter is due. Returns how many letters went; safe to run twice, and side by side."""
    newest, overtaken, sent, last = register.newest_number(), register.overtaken(), 0, 0
    while batch := list(_waiting(newest, at).filter(pk__gt=last).values_list("pk", flat=True)[:BATCH]):
        sent += sum(_send(pk, newest, overtaken, at) for pk in batch)
        last = batch[-1]
    return sent


def _waiting(newest: int, at: datetime) -> QuerySet[User]:
    return waiting_for_digests(newest, at - WEEK)


def _send(pk: int, newest: int, overtaken: Mapping[int, int], at: datetime) -> bool:
    """Sent and noted together: a letter that fails is tried again."""
    try:
        with transaction.atomic():
            user = _waiting(newest, at).select_for_update(skip_locked=True).filter(pk=pk).first()
            if user is None:
                return False
            editions = list(register.editions().filter(number__gt=user.digest_edition, number__lte=newest))
            note_digest(user=user, edition=newest, at=at)
            return bool(letter(user, editions, at, overtaken).send())
    except (OSError, SMTPException):
        log.exception("a weekly letter could not be sent")
        return False


def letter(user: User, editions: list[Edition], at: datetime, overtaken: Mapping[int, int]) -> EmailMessage:
    """What these editions changed; of those that never hold, only which one holds in their place."""
    told = {
        "name": user.name,
        "parts": [_part(one, at, overtaken) for one in editions if one.number not in overtaken],
        "changes": f"{settings.PUBLIC_URL}/changes/",
        "ending": (ending := letters.link(user, letters.WEEKLY)),
        "site_name": settings.SITE_NAME,
    }
    body = render_to_string("emails/weekly.txt", told)
    subject = "What changed in how your data is used"
    return EmailMessage(subject, body, to=[user.email], headers=letters.headers(ending))


def _part(one: Edition, at: datetime, overtaken: Mapping[int, int]) -> dict[str, object]:
    return {
        "number": one.number,
        "from": one.effective_at,
        "ahead": one.effective_at > at,
        "replaces": [str(number) for number in replaced(overtaken, one.number)],
        "sentences": [" ".join(sentence.split()) for sentence in one.summary[:NAMED]],
        "more": max(len(one.summary) - NAMED, 0),
        "link": f"{settings.PUBLIC_URL}/editions/{one.number}/",
    }
