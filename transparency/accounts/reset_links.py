"""The links by which somebody sets a new password. A module of its own: allauth's forms load it while they load."""

from allauth.account.forms import EmailAwarePasswordResetTokenGenerator

from transparency.accounts.models import User


class EndsWithTheAccount(EmailAwarePasswordResetTokenGenerator):  # type: ignore[misc]  # allauth ships no types
    """A link opens nothing while the account is off, once it is on again, or after a sign-out everywhere."""

    def _make_hash_value(self, user: User, timestamp: int) -> str:
        since = user.role_since.isoformat() if user.is_active else "off"
        return f"{super()._make_hash_value(user, timestamp)}|{since}|{user.sign_outs}"
