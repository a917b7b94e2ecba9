"""The only writes of this room."""

import hashlib
import secrets
from collections.abc import Collection
from datetime import datetime, timedelta
from functools import partial
from smtplib import SMTPException

import structlog
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.conf import settings
from django.contrib.sessions.models import Session
from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import F, Q
from django.template.loader import render_to_string
from django.utils import timezone

from transparency.accounts.agreeing import require_agreement, require_removal
from transparency.accounts.mails import kinds_for
from transparency.accounts.member_keys import BadKey, canonical
from transparency.accounts.middleware import origin
from transparency.accounts.models import HistoryEntry, Limit, MailChoice, ServiceToken, User, Wish, Work
from transparency.accounts.policies import require
from transparency.accounts.roles import GIVEN_WITH, STAFF, Role

PREFIX_LENGTH = 12
NOTED_EVERY = timedelta(minutes=1)
log = structlog.get_logger(__name__)


def record(
    *,
    by: User | None,
    verb: str,
    subject_kind: str,
    subject: str,
    before: object = None,
    after: object = None,
    at: datetime | None = None,
) -> HistoryEntry:
    """Append one entry to the history, inside the caller's transaction.

    ``by`` is ``None`` for a worker. ``before`` and ``after`` are JSON values: the subject as it stood and as it stands.
    """
    return HistoryEntry.objects.create(
        at=at or timezone.now(),
        actor=by,
        actor_name=by.name if by else "The system",
        origin=origin.get(),
        verb=verb,
        subject_kind=subject_kind,
        subject=subject[:600],
        before=before,
        after=after,
    )


def digest_of(secret: str) -> str:
    """What is stored of a token. A plain hash suffices: the secret has 256 random bits, so it can't be guessed."""
    return hashlib.sha256(secret.encode()).hexdigest()


@transaction.atomic
def issue_token(
    *, by: User, name: str, scopes: list[str], expires_at: datetime | None = None, agreed_by: User | None = None
) -> tuple[ServiceToken, str]:
    """Make a key for a machine. Returns the row and the secret, which is not stored and can't be shown again.

    Nobody gives away what they may not do themselves. Raises as ``agreeing.require_agreement`` does, too.
    """
    require(by, "token.manage")
    _require_holding(by, scopes)
    require_agreement(by, agreed_by, None, timezone.now(), "token.manage")
    return _issue(by, name, scopes, expires_at, agreed_by)


def issue_own_token(*, by: User, name: str, scopes: list[str]) -> str:
    """A key for a machine of our own, inside the caller's transaction: the caller seals it, and shows nobody."""
    require(by, "token.manage")
    _require_holding(by, scopes)
    return _issue(by, name, scopes, None, None)[1]


def _require_holding(by: User, scopes: list[str]) -> None:
    for scope in scopes:
        permission = GIVEN_WITH.get(scope.partition(":")[0])
        if permission is None:
            raise ValidationError(f"“{scope[:60]}” is nothing that a key can do.")
        require(by, permission)


def _issue(
    by: User, name: str, scopes: list[str], expires_at: datetime | None, agreed_by: User | None
) -> tuple[ServiceToken, str]:
    secret = f"tr_{secrets.token_urlsafe(32)}"
    token = ServiceToken.objects.create(
        name=name,
        prefix=secret[:PREFIX_LENGTH],
        digest=digest_of(secret),
        scopes=scopes,
        created_by=by,
        agreed_by=agreed_by,
        expires_at=expires_at,
    )
    record(
        by=by, verb="token.issue", subject_kind="token", subject=token.prefix, after={"name": name, "scopes": scopes}
    )
    return token, secret


@transaction.atomic
def revoke_token(*, by: User, token: ServiceToken) -> None:
    """End a key at once: the next request with it fails."""
    require(by, "token.manage")
    if ServiceToken.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=timezone.now()):
        record(by=by, verb="token.revoke", subject_kind="token", subject=token.prefix)


def note_use(*, token: ServiceToken, at: datetime) -> None:
    """Keep when a key was last used, to the minute: whoever changes keys sees which of them are still in use."""
    if token.last_used_at is None or at - token.last_used_at >= NOTED_EVERY:
        ServiceToken.objects.filter(pk=token.pk).update(last_used_at=at)


def forget_expired(*, at: datetime) -> None:
    """Delete sessions and counts that are of no use any more at that moment."""
    Session.objects.filter(expire_date__lte=at).delete()
    Limit.objects.filter(expires_at__lte=at).delete()


@transaction.atomic
def invite(*, by: User, email: str, name: str, role: Role, agreed_by: User | None = None) -> User:
    """Make an account. Its owner sets the password through “Forgot your password?”, or comes by the company.

    Raises as ``agreeing.require_agreement`` does.
    """
    require(by, "user.manage")
    require_agreement(by, agreed_by, None, timezone.now())
    return _make_account(by, email, name, role)


@transaction.atomic
def appoint_first_administrator(*, email: str, name: str) -> User:
    """Let the first person in, who invites the others. Raises ``ValidationError`` if there is one already."""
    if User.objects.select_for_update().filter(role=Role.ADMINISTRATOR, is_active=True).exists():
        raise ValidationError("There is an administrator already; they invite the others.")
    return _make_account(None, email, name, Role.ADMINISTRATOR)


def _make_account(by: User | None, email: str, name: str, role: Role) -> User:
    # A password that nobody knows: a link to set another is then sent, as it isn't to people without any.
    user = User(email=User.objects.normalize_email(email), name=name, role=role)
    user.set_password(secrets.token_urlsafe(32))
    user.full_clean()
    user.save()
    record(by=by, verb="account.invite", subject_kind="account", subject=name, after={"role": role})
    return user


@transaction.atomic
def make_own_member(*, by: User, name: str, member_key: str) -> User:
    """Make a member of ours, whom nobody can sign in as: no password, and an address that gets no mail."""
    require(by, "user.manage")
    user = User(email=f"{member_key}@invalid.invalid", name=name, role=Role.MEMBER, member_key=member_key)
    user.set_unusable_password()
    user.full_clean()
    user.save()
    record(by=by, verb="account.make_own", subject_kind="account", subject=name)
    return user


def learn_member_key(*, user: User, claim: object) -> None:
    """Keep which member this is, as the company's sign-in says now; what it said before counts no more.

    A claim that can't be a member key leaves the account without one: better no choices than another member's. ``user``
    may be new; then whoever stores it stores the key too. The history says nothing: it never holds a member's key.
    """
    try:
        user.member_key = canonical(claim)
    except BadKey as bad:
        log.error("the sign-in named no member: check OIDC_MEMBER_CLAIM", reason=str(bad))
        user.member_key = ""
    if user.pk:
        user.save(update_fields=("member_key",))


def forget_member(*, member_key: str) -> int:
    """Take a member's key, e-mail and name out of their accounts, inside the caller's transaction; returns how many.

    A member's account is deleted, or emptied where the history speaks of it; one of staff stays, and is a member's no
    more. The history says nothing of whose they were.
    """
    accounts = User.objects.select_for_update().filter(member_key=member_key)
    for user in accounts:
        user.member_key = ""
        if user.is_compliance_staff:
            user.save(update_fields=("member_key",))
        elif HistoryEntry.objects.filter(actor=user).exists() or Wish.objects.filter(about=user).exists():
            _empty(user)
        else:
            user.delete()
    return len(accounts)


def _empty(user: User) -> None:
    user.email, user.name, user.is_active = f"{secrets.token_hex(16)}@nobody.invalid", "", False
    user.set_unusable_password()
    user.save()
    for related in (SocialAccount, EmailAddress, Authenticator):
        related.objects.filter(user=user).delete()


@transaction.atomic
def change_role(*, by: User, user: User, role: Role, agreed_by: User | None = None) -> None:
    """Give somebody another role. Raises ``ValidationError`` where it is one's own, or the last administrator's.

    To take every power away takes nobody's agreement, unless from an administrator: see ``require_removal``. Otherwise
    raises as ``agreeing.require_agreement`` does.
    """
    locked, now = _somebody_else(by, user), timezone.now()
    before = locked.role
    if before == Role.ADMINISTRATOR != role:
        require_removal(by, agreed_by, locked, now)
    elif role != Role.MEMBER:
        require_agreement(by, agreed_by, locked, now)
    if before == Role.ADMINISTRATOR != role:
        _keep_one_administrator(locked)
        locked.administrator_until = now
        transaction.on_commit(partial(_tell_of_removal, locked, by))
    locked.role, locked.role_since = role, now
    locked.full_clean()
    locked.save(update_fields=("role", "role_since", "administrator_until"))
    record(
        by=by,
        verb="account.role",
        subject_kind="account",
        subject=user.name,
        before={"role": before},
        after={"role": role},
    )


@transaction.atomic
def deactivate(*, by: User, user: User, agreed_by: User | None = None) -> None:
    """Let somebody in no more; what they did stays. Raises as ``change_role`` does."""
    locked = _somebody_else(by, user)
    _keep_one_administrator(locked)
    if locked.role == Role.ADMINISTRATOR:
        require_removal(by, agreed_by, locked, timezone.now())
        locked.administrator_until = timezone.now()
        transaction.on_commit(partial(_tell_of_removal, locked, by))
    locked.is_active = False
    locked.save(update_fields=("is_active", "administrator_until"))
    record(by=by, verb="account.deactivate", subject_kind="account", subject=user.name)


@transaction.atomic
def remove_administrator(*, email: str) -> User:
    """Let an administrator in no more, though nobody could agree: the machine's own operator says so.

    For a day nobody acts alone then; everybody on the staff's side is told. Raises ``ValidationError`` where there is
    none of that address, or it is the last.
    """
    administrators = User.objects.select_for_update().filter(role=Role.ADMINISTRATOR, is_active=True)
    user = administrators.filter(email__iexact=email).first()
    if user is None:
        raise ValidationError("No administrator who can sign in has this address.")
    _keep_one_administrator(user)
    user.administrator_until, user.is_active = timezone.now(), False
    user.save(update_fields=("administrator_until", "is_active"))
    record(by=None, verb="account.deactivate", subject_kind="account", subject=user.name)
    transaction.on_commit(partial(_tell_of_removal, user, None))
    return user


@transaction.atomic
def reactivate(*, by: User, user: User, agreed_by: User | None = None) -> None:
    """Let somebody in again, with the role that they had. Raises as ``agreeing.require_agreement`` does."""
    locked, now = _somebody_else(by, user), timezone.now()
    require_agreement(by, agreed_by, locked, now)
    locked.is_active, locked.role_since = True, now
    locked.save(update_fields=("is_active", "role_since"))
    record(by=by, verb="account.reactivate", subject_kind="account", subject=user.name)


@transaction.atomic
def forget_second_factor(*, by: User, user: User, agreed_by: User | None = None) -> None:
    """Let somebody who lost phone, keys and codes set up a new second factor. They still need their password.

    Raises as ``agreeing.require_agreement`` does.
    """
    locked = _somebody_else(by, user)
    require_agreement(by, agreed_by, locked, timezone.now())
    if Authenticator.objects.filter(user=locked).delete()[0]:
        record(by=by, verb="account.second_factor_forgotten", subject_kind="account", subject=user.name)
        transaction.on_commit(partial(_tell_of_second_factor, locked, by.name))


def _tell_of_second_factor(user: User, who: str) -> None:
    told = {"who": who, "link": f"{settings.PUBLIC_URL}/accounts/2fa/"}
    _write(user, "Your second factor was taken away", "emails/second_factor.txt", told)


def _tell_of_removal(user: User, by: User | None) -> None:
    """Everybody on the staff's side learns of it: whoever is left might act alone after a day."""
    who = by.name if by else "Who runs this site"
    told = {"who": who, "whom": user.name, "link": f"{settings.PUBLIC_URL}/staff/sensitive/"}
    concerned = User.objects.filter(Q(role__in=STAFF, is_active=True) | Q(pk=user.pk))
    for one in (one for one in concerned if one != by):
        _write(one, f"{user.name} is an administrator no more", "emails/administrator_removed.txt", told)


def _write(user: User, subject: str, template: str, told: dict[str, str]) -> None:
    text = render_to_string(template, {"name": user.name, "site": settings.SITE_NAME, **told})
    try:
        EmailMessage(subject, text, to=[user.email]).send()
    except (OSError, SMTPException):
        log.exception("a mail could not be sent", template=template)


def _somebody_else(by: User, user: User) -> User:
    require(by, "user.manage")
    if user.pk == by.pk:
        raise ValidationError("This is your own account: another administrator must change it.")
    # Everybody in one order: two administrators who remove each other at once wait for each other, and don't deadlock.
    concerned = User.objects.select_for_update().filter(Q(role=Role.ADMINISTRATOR) | Q(pk=user.pk)).order_by("pk")
    return next(one for one in concerned if one.pk == user.pk)


def _keep_one_administrator(user: User) -> None:
    """The caller holds every administrator's row, so what is read here stays so."""
    active = User.objects.filter(role=Role.ADMINISTRATOR, is_active=True)
    if [one.pk for one in active] == [user.pk]:
        raise ValidationError("This is the last administrator. Make somebody else one first.")


@transaction.atomic
def choose_mails(*, by: User, wanted: Collection[str]) -> None:
    """Say of every kind of e-mail that can concern ``by`` whether they want it."""
    require(by, "staff.read")
    said = {mail: mail in wanted for mail in kinds_for(by.role)}
    for mail, yes in said.items():
        MailChoice.objects.update_or_create(user=by, kind=mail, defaults={"wanted": yes})
    record(by=by, verb="account.mails", subject_kind="account", subject=by.name, after=said)


@transaction.atomic
def sign_out_everywhere(*, by: User) -> None:
    """End every session of theirs, on whatever device, from its next request on. A member's stands in no history."""
    User.objects.filter(pk=by.pk).update(sign_outs=F("sign_outs") + 1)
    if by.is_compliance_staff:
        record(by=by, verb="account.sign_out_everywhere", subject_kind="account", subject=by.name)


def note_seen(*, user: User, edition: int) -> None:
    """Somebody was shown this edition: what they are told of next is what changed after it."""
    User.objects.filter(pk=user.pk, seen_edition__lt=edition).update(seen_edition=edition)


def note_told(*, user: User, edition: int) -> None:
    """Somebody was written to of everything up to this edition, or there was nothing to write."""
    User.objects.filter(pk=user.pk).update(told_edition=edition)


def choose_letters(*, by: User, wanted: bool, edition: int) -> None:
    """Say whether ``by`` wants a letter when a use of their data changes; ``edition`` is the newest that they know."""
    User.objects.filter(pk=by.pk).update(changes_by_mail=wanted, told_edition=edition)


def choose_digest(*, by: User, wanted: bool, edition: int) -> None:
    """Say whether ``by`` wants the weekly letter of changes; ``edition`` is the newest that they know."""
    User.objects.filter(pk=by.pk).update(digest_by_mail=wanted, digest_edition=edition)


def note_digest(*, user: User, edition: int, at: datetime) -> None:
    """The weekly letter told somebody of everything up to this edition."""
    User.objects.filter(pk=user.pk).update(digest_edition=edition, digest_at=at)


def note_asked(*, task: str, at: datetime) -> None:
    """The timetable put a task into the queue."""
    Work.objects.update_or_create(task=task[:120], defaults={"asked_at": at})


def note_begun(*, task: str, worker: str, at: datetime) -> None:
    """A worker began with a task."""
    Work.objects.update_or_create(task=task[:120], defaults={"began_at": at, "worker": worker[:120]})


def note_ended(*, task: str, error: str, at: datetime) -> None:
    """A worker is done with a task; ``error`` is the kind of what went wrong."""
    Work.objects.update_or_create(task=task[:120], defaults={"ended_at": at, "error": error[:120]})
