"""Reads of this room."""

from datetime import datetime

from django.db.models import Q, QuerySet

from transparency.accounts.actions import digest_of
from transparency.accounts.mails import FOR, UNASKED, Mail, kinds_for
from transparency.accounts.models import MailChoice, ServiceToken, User
from transparency.accounts.roles import STAFF


def token_for(secret: str, at: datetime) -> ServiceToken | None:
    """The token with this secret, if it may be used at that moment."""
    unexpired = Q(expires_at=None) | Q(expires_at__gt=at)
    return ServiceToken.objects.filter(unexpired, digest=digest_of(secret), revoked_at=None).first()


def tokens_with(scope: str) -> QuerySet[ServiceToken]:
    """Every token with this scope that was not revoked, the newest first."""
    return ServiceToken.objects.filter(scopes__contains=[scope], revoked_at=None).order_by("-id")


def staff() -> QuerySet[User]:
    """Everybody who may open a staff page, or could if their account were switched on."""
    return User.objects.filter(role__in=STAFF).order_by("-is_active", "name")


def by_email(email: str) -> User | None:
    """The account with this address, in any case."""
    return User.objects.filter(email__iexact=email).first()


def mails_of(user: User) -> list[tuple[Mail, bool]]:
    """The kinds of e-mail that can concern this person, each with whether they get it."""
    said = dict(MailChoice.objects.filter(user=user).values_list("kind", "wanted"))
    return [(mail, said.get(mail, mail in UNASKED)) for mail in kinds_for(user.role)]


def wanting(mail: Mail) -> QuerySet[User]:
    """Everybody who gets this kind of e-mail."""
    concerned = User.objects.filter(is_active=True, role__in=FOR[mail])
    said = MailChoice.objects.filter(kind=mail, wanted=mail not in UNASKED).values("user")
    return concerned.exclude(pk__in=said) if mail in UNASKED else concerned.filter(pk__in=said)
