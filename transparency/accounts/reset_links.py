"""The links by which somebody sets a new password. A module of its own: allauth's forms load it while they load."""

from allauth.account.forms import EmailAwarePasswordResetTokenGenerator

from transparency.accounts.models import User


class EndsWithTheAccount(EmailAwarePasswordResetTokenGenerator):  # type: ignore[misc]  # allauth ships no types
    """A link that was sent while the account was on opens nothing while it is switched off."""

    def _make_hash_value(self, user: User, timestamp: int) -> str:
        return str(super()._make_hash_value(user, timestamp)) + ("" if user.is_active else "|off")
