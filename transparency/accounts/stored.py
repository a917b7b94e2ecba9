"""Who is here, read in one short statement: each page of somebody who is signed in asks, and Django asks at length.

A session is stored as Django stores it, with whose it is written before it, so that the person can be read beside it.
That is only where to look: who somebody is, the signed session alone says, and where another person was read beside
it, or none, this one is asked for.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from functools import lru_cache
from typing import Any

from allauth.account.auth_backends import AuthenticationBackend
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends import db
from django.contrib.sessions.backends.base import SessionBase
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from transparency.accounts import proof
from transparency.accounts.models import User
from transparency.accounts.planned import Row
from transparency.accounts.prepared import first_row, row

COLUMNS = [field.attname for field in User._meta.concrete_fields]
OF_A_PERSON = ", ".join(f"person.{name}" for name in COLUMNS)
PERSON = f"SELECT {OF_A_PERSON} FROM accounts_user AS person WHERE person.id = %s AND person.is_active"  # noqa: S608 - our own columns
SESSION = f"""
SELECT session.session_data, {OF_A_PERSON}, %(more)s FROM django_session AS session
LEFT JOIN accounts_user AS person
    ON person.id = substring(session.session_data FROM '^([0-9]{{1,18}});')::bigint AND person.is_active
WHERE session.session_key = %%s AND session.expire_date > %%s
"""  # noqa: S608 - as above
WHOSE = ";"  # ends whose a session is; what Django writes has none
NOTHING_MORE = "''"
OURS = "transparency.accounts.stored.StoredBackend"
SHORTEST = 8  # characters of a session's key, as with Django
_asked_by: ContextVar["SessionStore | None"] = ContextVar("asked_by", default=None)


class SessionStore(db.SessionStore):
    """Django's sessions in the database, in the same table. ``beside`` is the person who was read with this one.

    ``along`` is what was asked to be read of that person too, as SQL, and ``more`` what came of it.
    """

    beside: User | None = None
    along: str = NOTHING_MORE
    more: str = ""

    def _validate_session_key(self, key: str | None) -> bool:
        """Whether it can be one of ours: a cookie may hold what no row can be asked for, such as NUL."""
        return bool(key and len(key) >= SHORTEST and key.isascii() and key.isalnum())

    def load(self) -> dict[str, Any]:
        found = first_row(SESSION % {"more": self.along}, (self.session_key, timezone.now()))
        if found is None:
            self._session_key = None
            return {}
        self.beside, self.more = _person(found[1:-1]), found[-1]
        return dict(self.decode(found[0]))

    def encode(self, session_dict: dict[str, Any]) -> str:
        return f"{session_dict.get(SESSION_KEY, '')}{WHOSE}{super().encode(session_dict)}"

    def decode(self, session_data: str | bytes) -> dict[str, Any]:
        signed = str(session_data).rpartition(WHOSE)[2]
        return dict(json.loads(_signed(signed, settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)))


@lru_cache(maxsize=5_000)
def _signed(text: str, *keys: str) -> str:
    """What was signed with one of these keys, as JSON; worked out once for each text that the database gave."""
    return json.dumps(db.SessionStore().decode(text))


def read_along(session: SessionBase, column: str) -> None:
    """Have this read with the session, unless it was read already: one column of text, about ``person``."""
    if isinstance(session, SessionStore):
        session.along = column


def read_of(session: SessionBase, user: User) -> str:
    """What was read along; empty where nothing was, or where another person was read than who is here."""
    beside = session.beside if isinstance(session, SessionStore) else None
    return session.more if beside and beside.pk == user.pk else ""  # type: ignore[attr-defined]  # it is one of ours


@contextmanager
def reading_along(session: SessionBase) -> Iterator[None]:
    """While it lasts, whoever was read beside this session need not be read again."""
    token = _asked_by.set(session if isinstance(session, SessionStore) else None)
    try:
        yield
    finally:
        _asked_by.reset(token)


class StoredBackend(AuthenticationBackend):  # type: ignore[misc]  # allauth ships no types
    """Signing in as allauth does it; whoever is switched off is nobody from the next request on."""

    def get_user(self, user_id: int | str) -> User | None:
        session = _asked_by.get()
        if session and session.beside and session.beside.pk == user_id:
            return session.beside
        return _person(row(PERSON, (user_id,)) or (None,))


def known_at_once(session: SessionStore, at: datetime) -> User | None:
    """Who is here, where nothing is unusual and nothing has to be written; ``None`` where Django itself has to look.

    It asks whatever Django and we ask of a session, and decides nothing against anybody: whoever is not known at once
    goes the whole way, on which sessions are ended and people are sent away.
    """
    whose, backend, proved = (session.get(key) for key in (SESSION_KEY, BACKEND_SESSION_KEY, HASH_SESSION_KEY))
    person = session.beside
    if person is None or whose != str(person.pk) or backend != OURS or OURS not in settings.AUTHENTICATION_BACKENDS:
        return None
    if not proved or not constant_time_compare(proved, person.get_session_auth_hash()):
        return None
    return person if proof.lasts_as_it_is(session, person, at) else None


def _person(columns: Row) -> User | None:
    return None if columns[0] is None else User.from_db("default", COLUMNS, columns)
