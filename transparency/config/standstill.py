"""Tells administrators that the public log stands still: what is said and chosen counts, and nobody can check it.

It is told once, and written into the history when it stood still and when it went on.
"""

from datetime import datetime

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.db import connection, transaction
from django.template.loader import render_to_string
from django.urls import reverse

from transparency.accounts.actions import record
from transparency.accounts.models import HistoryEntry, User
from transparency.accounts.roles import Role
from transparency.consent.proofs import waiting_since

STANDS, GOES_ON = "ledger.stands_still", "ledger.goes_on"
LOCK = 7236117  # an advisory lock: one process tells at a time


@transaction.atomic
def watch_the_log(*, at: datetime) -> int:
    """Write to every administrator where the log stands still and did not before. Returns how many letters were sent.

    What can't be sent is not written down either, and tried again with the next look.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
    since = waiting_since(at)
    newest = HistoryEntry.objects.filter(verb__in=(STANDS, GOES_ON)).first()
    if bool(since) == bool(newest and newest.verb == STANDS):
        return 0
    verb, after = (STANDS, {"since": since.isoformat()}) if since else (GOES_ON, None)
    record(by=None, verb=verb, subject_kind="ledger", subject=settings.LEDGER_ORIGIN, after=after, at=at)
    return _write(since) if since else 0


def _write(since: datetime) -> int:
    link = f"{settings.PUBLIC_URL}{reverse('staff:workers')}"
    body = render_to_string("emails/standstill.txt", {"since": since, "link": link, "site_name": settings.SITE_NAME})
    people = User.objects.filter(role=Role.ADMINISTRATOR, is_active=True)
    letters = [EmailMessage("The public log stands still", body, to=[one.email]) for one in people]
    return get_connection().send_messages(letters) or 0
