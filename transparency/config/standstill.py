"""Tells administrators that the public log stands still: what is said and chosen counts, and nobody can check it.

It is told once, and written into the history when it stood still and when it went on. An operator may say that a clock
was the reason, and had run ahead.
"""

import json
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
from transparency.ledger import actions, clock
from transparency.ledger.models import Entry

STANDS, GOES_ON, RAN_AHEAD = "ledger.stands_still", "ledger.goes_on", "ledger.clock_ran_ahead"
LOCK = 7236117  # an advisory lock: one process tells at a time


@transaction.atomic
def watch_the_log(*, at: datetime) -> int:
    """Write to every administrator where the log stands still and did not before. Returns how many letters were sent.

    What can't be sent is not written down either, and tried again with the next look.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
    since, wrong = waiting_since(at), clock.fault(at)
    newest = HistoryEntry.objects.filter(verb__in=(STANDS, GOES_ON)).first()
    if bool(since) == bool(newest and newest.verb == STANDS):
        return 0
    verb, after = (STANDS, {"since": since.isoformat(), "clock": wrong}) if since else (GOES_ON, None)
    record(by=None, verb=verb, subject_kind="ledger", subject=settings.LEDGER_ORIGIN, after=after, at=at)
    return _write(since, wrong) if since else 0


@transaction.atomic
def say_that_the_clock_ran_ahead(*, why: str, at: datetime) -> Entry:
    """Let sealing, and whatever starts, go on by this clock, which is behind the newest seal, and say so for ever.

    It stands in the public log and in the history. For an operator who knows that the clock is right now. Raises
    ``ValueError`` where it isn't behind.
    """
    entry = actions.admit_that_the_clock_ran_ahead(at=at)
    facts = json.loads(entry.body)
    told = {"before": {"time": facts["sealed_at"]}, "after": {"time": facts["now"], "why": why}}
    record(by=None, verb=RAN_AHEAD, subject_kind="ledger", subject=settings.LEDGER_ORIGIN, **told, at=at)
    return entry


def _write(since: datetime, wrong: str) -> int:
    facts = {"since": since, "clock": wrong, "link": f"{settings.PUBLIC_URL}{reverse('staff:workers')}"}
    body = render_to_string("emails/standstill.txt", facts | {"site_name": settings.SITE_NAME})
    people = User.objects.filter(role=Role.ADMINISTRATOR, is_active=True)
    letters = [EmailMessage("The public log stands still", body, to=[one.email]) for one in people]
    return get_connection().send_messages(letters) or 0
