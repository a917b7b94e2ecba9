"""The overview of members who are signed in, each with choices of their own."""

from collections.abc import Iterator
from datetime import UTC, datetime

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY

from tests.bench.load import get, rate
from tests.bench.pages import publish
from tests.bench.rows import Row, rates
from tests.bench.server import serving
from transparency.accounts import proof
from transparency.accounts.models import User
from transparency.accounts.stored import SessionStore
from transparency.consent.actions import choose
from transparency.consent.models import Origin
from transparency.consent.precedence import Decision
from transparency.register import queries as register

MEMBERS, FIRST = 64, 5_000_000
REFUSED = ("feature:feature-1", "stage:training", "use:group.kind0/feature-7/training")


def measure() -> Iterator[Row]:
    publish(40, 60, 1_000, base=register.newest_register()[0])
    cookies = [_with_refusals(number) for number in range(MEMBERS)]
    overview = [get("/", Cookie=f"sid={cookie}") for cookie in cookies]
    with serving() as port:
        bare = [get("/bare/")]
        for requests in (bare, overview):
            rate(port, requests, status=200, seconds=2)
        yield rates(
            "Overview of members, signed in, 16 connections",
            lambda: rate(port, overview, status=200),
            lambda: rate(port, bare, status=200),
            0.5,
        )


def _with_refusals(number: int) -> str:
    """A member with three refusals; returns their session's cookie."""
    for scope in REFUSED:
        choose(
            member=str(FIRST + number), scope=scope, decision=Decision.REFUSE, origin=Origin.PAGE, edition=0,
            at=datetime.now(UTC),
        )  # fmt: skip
    return signed_in(FIRST + number)


def signed_in(member: int) -> str:
    """A member who has just signed in; returns their session's cookie."""
    user = User.objects.create_user(f"{member}@example.com", name=f"Member {member}", member_key=str(member))
    return session_of(user)


def session_of(user: User) -> str:
    """The cookie of a session in which somebody proved a moment ago who they are."""
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    proof.begin(session, datetime.now(UTC))
    session.save()
    return str(session.session_key)
