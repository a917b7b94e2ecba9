"""Reads of this room."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from allauth.mfa.models import Authenticator
from django.db import connection
from django.db.models import Exists, OuterRef, Q, QuerySet

from transparency.accounts.actions import digest_of
from transparency.accounts.mails import FOR, UNASKED, Mail, kinds_for
from transparency.accounts.models import HistoryEntry, MailChoice, ServiceToken, User
from transparency.accounts.prepared import first_row
from transparency.accounts.roles import STAFF

OF_TOKENS = [field.attname for field in ServiceToken._meta.concrete_fields]
TOKEN = f"""
SELECT {", ".join(OF_TOKENS)} FROM accounts_servicetoken
WHERE digest = %s AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > %s)
"""  # noqa: S608 - names of columns, from the model


def token_for(secret: str, at: datetime) -> ServiceToken | None:
    """The token with this secret, if it may be used at that moment.

    Asked in plain SQL, and before everything else by each request of a machine.
    """
    row = first_row(TOKEN, (digest_of(secret), at))
    return ServiceToken.from_db(connection.alias, OF_TOKENS, row) if row else None


def tokens_with(scope: str) -> QuerySet[ServiceToken]:
    """Every token with this scope that was not revoked, the newest first."""
    return ServiceToken.objects.filter(scopes__contains=[scope], revoked_at=None).order_by("-id")


def staff() -> QuerySet[User]:
    """Everybody who may open a staff page, or could if their account were switched on; and who has a second factor."""
    factors = Authenticator.objects.filter(user=OuterRef("pk"))
    found = User.objects.filter(role__in=STAFF).annotate(has_second_factor=Exists(factors))
    return found.order_by("-is_active", "name")


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


def to_be_told(edition: int) -> QuerySet[User]:
    """Members who want letters of changes and had none yet that goes as far as this edition."""
    wanting_one = User.objects.filter(is_active=True, changes_by_mail=True, told_edition__lt=edition)
    return wanting_one.exclude(member_key="").order_by("pk")


@dataclass(frozen=True)
class Asked:
    """What somebody looks for in the history; empty fields don't narrow. Days are whole ones, in UTC."""

    person: int | None = None
    """Whose acts: an account's number, or 0 for the system's own."""
    act: str = ""
    """A verb, or a kind of them: “proposal.approve”, “proposal”."""
    subject: str = ""
    """A part of what it was about; a number is looked for as a whole."""
    since: date | None = None
    until: date | None = None


def history(asked: Asked) -> QuerySet[HistoryEntry]:
    """The acts that are asked for, the newest first."""
    found = HistoryEntry.objects.all()
    if asked.person is not None:
        found = found.filter(actor=asked.person or None)
    if asked.act:
        found = found.filter(Q(verb=asked.act) | Q(verb__startswith=f"{asked.act}."))
    if asked.subject:
        exactly = asked.subject.isdecimal()
        found = found.filter(subject=asked.subject) if exactly else found.filter(subject__icontains=asked.subject)
    if asked.since:
        found = found.filter(at__gte=_midnight(asked.since))
    if asked.until:
        found = found.filter(at__lt=_midnight(asked.until) + timedelta(days=1))
    return found


def acts_among(verbs: Collection[str], since: datetime) -> QuerySet[HistoryEntry]:
    """Every act of these kinds since that moment, the newest first."""
    return HistoryEntry.objects.filter(verb__in=verbs, at__gte=since)


def history_of(kind: str, subject: str) -> QuerySet[HistoryEntry]:
    """What was done with exactly this, the newest first."""
    return HistoryEntry.objects.filter(subject_kind=kind, subject=subject)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, UTC)


def who_acted() -> QuerySet[User]:
    """Everybody of whom the history tells."""
    return User.objects.filter(Exists(HistoryEntry.objects.filter(actor=OuterRef("pk")))).order_by("name", "pk")


def waiting_for_digests(edition: int, before: datetime) -> QuerySet[User]:
    """Members who want the weekly letter, know less than this edition, and had none since ``before``."""
    wanting_it = User.objects.filter(digest_by_mail=True, is_active=True, digest_edition__lt=edition)
    return wanting_it.exclude(member_key="").exclude(digest_at__gt=before).order_by("pk")
