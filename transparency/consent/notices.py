"""The letter to a member when something changed that touches their choices. It names uses, never the member's key."""

from collections.abc import Sequence

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string

from transparency.accounts import letters
from transparency.accounts.models import User
from transparency.consent.offers import Offer, Offers
from transparency.consent.words import name_of

NAMED = 20  # uses; the rest are counted


def letter(user: User, uses: Sequence[Offer], offers: Offers) -> EmailMessage:
    told = {
        "name": user.name,
        "uses": [name_of(offer.scope, offers.register) for offer in uses[:NAMED]],
        "more": max(len(uses) - NAMED, 0),
        "edition": offers.edition,
        "changes": f"{settings.PUBLIC_URL}/changes/",
        "choices": f"{settings.PUBLIC_URL}/choices/",
        "ending": (ending := letters.link(user, letters.CHANGES)),
        "site_name": settings.SITE_NAME,
    }
    subject = "Something changed that you had decided on"
    body = render_to_string("emails/changes.txt", told)
    return EmailMessage(subject, body, to=[user.email], headers=letters.headers(ending))
