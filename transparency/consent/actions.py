"""The only writes of this room: a choice is appended, a signal is heeded, a member is erased."""

import hashlib
import secrets
import uuid
from datetime import datetime
from functools import lru_cache, partial
from smtplib import SMTPException

import structlog
from django.db import connection, transaction
from django.utils import timezone

from transparency.accounts.actions import forget_member, note_told, record
from transparency.accounts.agreeing import require_agreement
from transparency.accounts.models import User
from transparency.accounts.policies import require
from transparency.accounts.queries import to_be_told as waiting_for_letters
from transparency.consent import appending, erasures, notices, queries
from transparency.consent.keys import canonical, number_of
from transparency.consent.models import Choice, MemberKey, Origin, Scope
from transparency.consent.offers import Offers, offers_of
from transparency.consent.precedence import Decision
from transparency.consent.scopes import WELL_FORMED, Signal, kind_of
from transparency.register import queries as register

BATCH = 500  # members who are read at once
LOCK = 7236114  # the advisory lock that ``consent_append`` takes

log = structlog.get_logger(__name__)


class Refused(Exception):  # noqa: N818 - a decision about a request, not a fault of the program
    """The choice was not recorded. The message says why, and what to do."""


class UnknownScope(Refused):
    """No edition that the member can have seen speaks of this."""


class NotOffered(Refused):
    """Nothing that this scope covers can be refused."""


class Changed(Refused):
    """What the member allows has materially changed since the edition that they saw."""


class Stale(Refused):
    """Somebody, perhaps the member in another window, chose since the page was shown."""


class Reused(Refused):
    """The idempotency key belongs to another choice of this member."""


def choose(
    *,
    member: str,
    scope: str,
    decision: Decision,
    origin: Origin,
    edition: int,
    at: datetime,
    request: str = "",
    expected: int | None = None,
) -> Choice:
    """Append one choice, and return it once it is durable.

    ``edition`` is the one that the member had before them. ``request`` is an idempotency key: the same one again
    returns the first choice. ``expected`` is the sequence of the choice that was shown for this scope (0 for none): an
    allow that rests on an older one raises ``Stale``; a refusal never does. Raises the other kinds of ``Refused`` too,
    and ``keys.BadKey``.

    One statement, outside any transaction of the caller's where there is none: see the second migration for why, and
    ``appending`` for what others have to do with it.
    """
    key = canonical(member)
    now = queries.offers(at)
    seen = _seen(edition, now)
    if kind_of(scope) == "gpc" and origin != Origin.SIGNAL:
        raise UnknownScope("A browser's privacy signal is not a choice that anybody makes by hand.")
    _check(scope, decision, seen, now)
    given = (
        number_of(key), key, scope, int(decision), int(origin), seen.edition, at,
        uuid.uuid4(), _digest(request), secrets.token_bytes(32), expected,
    )  # fmt: skip
    choice = _append(given, known_again=bool(request))
    if (choice.scope.name, choice.decision, choice.origin) != (scope, decision, origin):
        raise Reused("This idempotency key was used for another choice. Send a new one with each choice.")
    return choice


def settle(
    *,
    member: str,
    scope: str,
    decision: Decision,
    origin: Origin,
    edition: int,
    at: datetime,
    request: str = "",
    expected: int | None = None,
) -> Choice:
    """Choose as ``choose`` does, and mean it: nothing narrower that the member said before speaks against it any more.

    The most specific choice counts, so a refusal of much would leave a yes to a part of it standing. Each is taken back
    by a choice of its own. A yes to much takes back no refusal: those are named beside it, to be answered one by one.
    What was said after it stands, also where it is sent again.
    """
    say = partial(choose, member=member, origin=origin, edition=edition, at=at)
    choice = say(scope=scope, decision=decision, request=request, expected=expected)
    offers = queries.offers(at)
    if not offers.may_be_against(scope, decision):
        return choice
    before = [one for one in queries.said_by(member) if one.sequence <= choice.sequence]
    for name, words in offers.against(scope, decision, before).items():
        say(scope=name, decision=words, request=f"{request}/{name}" if request else "")
    return choice


def heed_signal(*, member: str, signal: Signal, at: datetime) -> Choice | None:
    """Record that the member's browser sent a Global Privacy Control signal, unless it is recorded already."""
    if signal.scope in queries.latest(member):
        return None
    return choose(
        member=member,
        scope=signal.scope,
        decision=Decision.REFUSE,
        origin=Origin.SIGNAL,
        edition=0,
        at=at,
        request=f"signal {signal.scope}",
    )


@transaction.atomic
def erase(*, by: User | None, member: str, agreed_by: User | None = None) -> int:
    """Unlink a member's choices from the member for ever, and return how many there were.

    Their key is replaced by a random one and the salts of their digests are thrown away, so nobody can find out or
    prove whose they were; numbers, digests and all else stay, and the public log says that it was done. Their accounts
    here go too. What they had refused holds for their id no more, so this is only for members who asked for it: ``by``
    is whoever of the staff they asked, or nobody where it is done from the command line. Raises ``keys.BadKey``, and as
    ``agreeing.require_agreement`` does: whoever erases lets data be used again that was refused.
    """
    key = canonical(member)
    if by is not None:
        require(by, "member.erase")
        require_agreement(by, agreed_by, None, timezone.now(), "member.erase")
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
    number, stranger = queries.number(key), MemberKey.objects.create(key=secrets.token_urlsafe(32))
    theirs = Choice.objects.none() if number is None else Choice.objects.filter(member=number)
    erased = list(theirs.order_by("sequence").values_list("sequence", flat=True))
    if erased:
        erasures.unlink(erased, stranger=-stranger.pk)
        erasures.enter(stranger.key, erased, at=timezone.now())
    MemberKey.objects.filter(key=key).delete()
    forgotten = forget_member(member_key=key)
    after = {"choices": len(erased), "accounts": forgotten}
    record(by=by, verb="member.erase", subject_kind="choice", subject="a member's choices", after=after)
    return len(erased)


def tell_of_changes(*, at: datetime) -> int:
    """Write to every member who wants it of what changed in uses that they decided on. Returns how many letters went.

    Each is told once of an edition, whatever runs twice: the letter and the note that it went are one transaction.
    """
    offers, sent, last = queries.offers(at), 0, 0
    while batch := list(waiting_for_letters(offers.edition).filter(pk__gt=last).values_list("pk", flat=True)[:BATCH]):
        sent += sum(_tell(pk, offers) for pk in batch)
        last = batch[-1]
    return sent


def _tell(pk: int, offers: Offers) -> bool:
    try:
        with transaction.atomic():
            claimed = waiting_for_letters(offers.edition).select_for_update(skip_locked=True)
            user = claimed.filter(pk=pk).first()
            if user is None:
                return False
            said = queries.said(queries.latest(user.member_key))
            uses = offers.concerned(said, after=user.told_edition)
            note_told(user=user, edition=offers.edition)
            return bool(uses and notices.letter(user, uses, offers).send())
    except (OSError, SMTPException):
        log.exception("a letter of changes could not be sent")
        return False


def _append(given: appending.Given, *, known_again: bool) -> Choice:
    row = appending.append(given, known_again=known_again)
    if row is None:
        raise Stale("This was changed since the page was shown. Look at it again, then choose.")
    choice = Choice.from_db(connection.alias, appending.COLUMNS, row)
    choice.scope = _scope(choice.scope_id)
    return choice


@lru_cache(maxsize=20_000)
def _scope(number: int) -> Scope:
    """A scope's row never changes, and its number never comes again."""
    return Scope.objects.get(pk=number)


def _seen(edition: int, now: Offers) -> Offers:
    """What the edition offered that the member had before them: the one in force, unless they say an older one."""
    if not 0 < edition < now.edition:
        return now
    older = register.edition(edition)
    return offers_of(older.digest) if older else now


def _check(scope: str, decision: Decision, seen: Offers, now: Offers) -> None:
    if not WELL_FORMED.fullmatch(scope):
        raise UnknownScope(f"“{scope[:60]}” names nothing that can be chosen.")
    if kind_of(scope) == "gpc":
        return
    then, current = seen.by_scope.get(scope, []), now.by_scope.get(scope, [])
    if not (then or current):
        raise UnknownScope(f"We know no use of data that “{scope[:60]}” speaks of. Load the page of choices again.")
    if not any(offer.terms.refusable for offer in (*then, *current)):
        raise NotOffered("This can't be refused, so there is nothing to choose. The page of the use says why.")
    one_use = decision == Decision.ALLOW and kind_of(scope) == "use"
    if one_use and (not current or current[0].terms.since > seen.edition):
        raise Changed("What happens with this data has changed since you opened the page. Please read it again.")


def _digest(request: str) -> str:
    return hashlib.sha256(request.encode()).hexdigest() if request else ""
