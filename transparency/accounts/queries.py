"""Reads of this room."""

from datetime import datetime

from django.db.models import Q

from transparency.accounts.actions import digest_of
from transparency.accounts.models import ServiceToken


def token_for(secret: str, at: datetime) -> ServiceToken | None:
    """The token with this secret, if it may be used at that moment."""
    unexpired = Q(expires_at=None) | Q(expires_at__gt=at)
    return ServiceToken.objects.filter(unexpired, digest=digest_of(secret), revoked_at=None).first()
