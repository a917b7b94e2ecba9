"""What a password must be, besides long and not well known."""

from django.conf import settings
from django.core.exceptions import ValidationError

from transparency.accounts.models import User
from transparency.accounts.roles import STAFF

SHORTEST_OF_STAFF = 15
LONGEST = 128
FEWEST_OF_ITS_OWN = 4  # different letters and digits that are not the site's words


class FittingPassword:
    """Longer for staff, bounded for all, and not made of what stands at the top of every page."""

    def validate(self, password: str, user: User | None = None) -> None:
        if len(password) > LONGEST:
            raise ValidationError(f"A password may have at most {LONGEST} characters.", code="password_too_long")
        if user and user.role in STAFF and len(password) < SHORTEST_OF_STAFF:
            message = f"Staff write what members read: their passwords have at least {SHORTEST_OF_STAFF} characters."
            raise ValidationError(message, code="password_too_short")
        if len(self._own_characters(password)) < FEWEST_OF_ITS_OWN:
            raise ValidationError("This is little more than the name of the site.", code="password_of_the_site")

    def get_help_text(self) -> str:
        return f"At most {LONGEST} characters; at least {SHORTEST_OF_STAFF} for staff. Any characters will do."

    def _own_characters(self, password: str) -> set[str]:
        """The letters and digits that are left once the site's own words are taken out."""
        rest = password.casefold()
        for word in f"{settings.ORGANISATION} {settings.SITE_NAME} transparency".casefold().split():
            rest = rest.replace(word, " ")
        return {character for character in rest if character.isalnum()}
