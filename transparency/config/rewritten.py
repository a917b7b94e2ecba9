"""Tells administrators that something of what was said or chosen was rewritten in the database, while the site runs.

What starts looks at the editions too, and refuses; but a site may run for months, and choices are too many for a start.
"""

from datetime import datetime

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse

from transparency.accounts.actions import record
from transparency.accounts.models import User
from transparency.accounts.roles import Role
from transparency.consent import rounds

REWRITTEN = "ledger.rewritten"


def look(*, at: datetime) -> int:
    """Read on where reading stopped, and write to every administrator of a round that found something.

    They are told at once, and by each round again, for as long as it is so. Returns how many letters were sent.
    """
    rounds.read_on(at=at)
    return _tell(at)


@transaction.atomic
def _tell(at: datetime) -> int:
    """What can't be sent is not written down as told either, and tried again with the next look."""
    told = rounds.untold()
    if not told:
        return 0
    found = [sentence for one in told for sentence in one.found]
    rounds.note_told(told, at=at)
    after = {"count": sum(one.count for one in told), "found": found}
    record(by=None, verb=REWRITTEN, subject_kind="ledger", subject=settings.LEDGER_ORIGIN, after=after, at=at)
    return _write(found, after["count"])


def _write(found: list[str], count: object) -> int:
    link = f"{settings.PUBLIC_URL}{reverse('staff:workers')}"
    facts = {"found": found, "count": count, "link": link, "site_name": settings.SITE_NAME}
    body = render_to_string("emails/rewritten.txt", facts)
    people = User.objects.filter(role=Role.ADMINISTRATOR, is_active=True)
    letters = [EmailMessage("Something was rewritten in the database", body, to=[one.email]) for one in people]
    return get_connection().send_messages(letters) or 0
