"""Who is here, read in two short statements: each page of somebody who is signed in asks, and Django asks at length."""

from typing import Any

from allauth.account.auth_backends import AuthenticationBackend
from django.contrib.sessions.backends import db
from django.utils import timezone

from transparency.accounts.models import User
from transparency.accounts.prepared import first_row, row

SESSION = "SELECT session_data FROM django_session WHERE session_key = %s AND expire_date > %s"
SHORTEST = 8  # characters of a session's key, as with Django
COLUMNS = [field.attname for field in User._meta.concrete_fields]
PERSON = f"SELECT {', '.join(COLUMNS)} FROM accounts_user WHERE id = %s AND is_active"  # noqa: S608 - our own columns


class SessionStore(db.SessionStore):
    """Django's sessions in the database, in the same table and form."""

    def _validate_session_key(self, key: str | None) -> bool:
        """Whether it can be one of ours: a cookie may hold what no row can be asked for, such as NUL."""
        return bool(key and len(key) >= SHORTEST and key.isascii() and key.isalnum())

    def load(self) -> dict[str, Any]:
        found = first_row(SESSION, (self.session_key, timezone.now()))
        if found is None:
            self._session_key = None
            return {}
        return dict(self.decode(found[0]))


class StoredBackend(AuthenticationBackend):  # type: ignore[misc]  # allauth ships no types
    """Signing in as allauth does it; whoever is switched off is nobody from the next request on."""

    def get_user(self, user_id: int | str) -> User | None:
        found = row(PERSON, (user_id,))
        return User.from_db("default", COLUMNS, found) if found else None
