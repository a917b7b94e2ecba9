"""The letter of the day: once to each who wants it, and none where there is nothing to say."""

from datetime import datetime
from smtplib import SMTPException

import structlog
from django.conf import settings
from django.db import transaction

from transparency.accounts.mails import Mail
from transparency.accounts.models import User
from transparency.accounts.queries import wanting
from transparency.review import digests
from transparency.review.models import Digest

log = structlog.get_logger(__name__)


def send_digests(*, at: datetime) -> int:
    """Write to everybody whose letter of this day is due. Returns how many letters were sent."""
    if at.hour < settings.DIGEST_HOUR:
        return 0
    had = Digest.objects.filter(day=at.date()).values("user")
    return sum(_send(user, at) for user in wanting(Mail.DIGEST).exclude(pk__in=had))


def _send(user: User, at: datetime) -> bool:
    """Sent and noted together: a letter that fails is tried again, and two workers send one."""
    try:
        with transaction.atomic():
            _, is_new = Digest.objects.get_or_create(user=user, day=at.date())
            letter = digests.letter(user, at) if is_new else None
            return bool(letter and letter.send())
    except (OSError, SMTPException):
        log.exception("a letter of the day could not be sent")
        return False
