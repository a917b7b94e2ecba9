"""What the session knows of somebody's coming: since when they are here, and when they last proved who they are."""

from datetime import UTC, datetime

from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY
from django.contrib.sessions.backends.base import SessionBase

from transparency.accounts.models import User
from transparency.accounts.sessions import MEMBERS, STAFF, Lasting, is_fresh, is_over

SINCE, SEEN = "since", "seen"
# A session is written again only so many seconds after the last time: not with each click.
WRITTEN_AGAIN_AFTER = 60


def begin(session: SessionBase, at: datetime) -> None:
    """Somebody came in."""
    session[SINCE] = session[SEEN] = at.timestamp()


def still_lasts(session: SessionBase, user: User, at: datetime, *, by_hand: bool = True) -> bool:
    """Whether this person's session has not ended; if so, notes that they are here, unless a script asked."""
    if SINCE not in session:
        begin(session, at)
    seen = session[SEEN]
    if is_over(_lasting(user), since=_moment(session[SINCE]), seen=_moment(seen), at=at):
        return False
    if by_hand and at.timestamp() - seen >= WRITTEN_AGAIN_AFTER:
        session[SEEN] = at.timestamp()
    return True


def lasts_as_it_is(session: SessionBase, user: User, at: datetime) -> bool:
    """Whether this person's session has not ended, and nothing about it would have to be written."""
    if SINCE not in session or SEEN not in session or at.timestamp() - session[SEEN] >= WRITTEN_AGAIN_AFTER:
        return False
    return not is_over(_lasting(user), since=_moment(session[SINCE]), seen=_moment(session[SEEN]), at=at)


def is_proved(session: SessionBase, at: datetime) -> bool:
    """Whether whoever is signed in proved a moment ago who they are: by signing in, or anew."""
    records = session.get(AUTHENTICATION_METHODS_SESSION_KEY, [])
    return any(is_fresh(_moment(record["at"]), at=at) for record in records)


def _lasting(user: User) -> Lasting:
    return STAFF if user.is_compliance_staff else MEMBERS


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
