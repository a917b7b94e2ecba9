"""How a letter is ended by whoever got it: on one press in their mail program (RFC 2369, RFC 8058), or on a page.

The link is sealed: only we can make one, and it tells nobody but us whose letters it ends. So it needs no sign-in and
names nobody. It stands behind the ``?``, which proxies leave out of their logs.
"""

from dataclasses import dataclass
from urllib.parse import quote

from cryptography.fernet import InvalidToken
from django.conf import settings
from django.db import transaction
from django.urls import reverse

from transparency.accounts.actions import record
from transparency.accounts.mails import Mail
from transparency.accounts.models import MailChoice, User
from transparency.accounts.sealing import seal, unseal

PURPOSE = "the end of letters"
FIELD, PRESSED = "List-Unsubscribe", "One-Click"
"""What a mail program sends (RFC 8058, section 3.2), and our page's button too."""
CHANGES, WEEKLY = "changes", "weekly"
WORDS = {
    CHANGES: "letters about changes to what you decided on",
    WEEKLY: "the weekly letter about everything that changed",
    Mail.DIGEST: "the letter each morning about open findings",
    Mail.TO_REVIEW: "letters about proposals that are submitted for review",
    Mail.OF_MINE: "letters about proposals that you wrote",
}
OF_MEMBERS = {CHANGES: "changes_by_mail", WEEKLY: "digest_by_mail"}
LONGEST = 500  # characters of a link


class BadLink(Exception):  # noqa: N818 - says what is bad
    """Not a link of ours, or not all of one."""


@dataclass(frozen=True)
class Ending:
    """Which letters are to end: whose account, by its number, and which kind."""

    account: int
    kind: str

    @property
    def words(self) -> str:
        """What they are called, to come after “this ends”."""
        return WORDS[self.kind]


def link(user: User, kind: str) -> str:
    """Where letters of this kind to this person are ended, for as long as ``SECRET_KEY`` is known."""
    return f"{settings.PUBLIC_URL}{reverse('members:end-letters')}?link={quote(seal(f'{user.pk} {kind}', PURPOSE))}"


def headers(address: str) -> dict[str, str]:
    """By which mail programs offer to end letters, given the ``link`` of a letter."""
    return {FIELD: f"<{address}>", f"{FIELD}-Post": f"{FIELD}={PRESSED}"}


def read(sealed: str) -> Ending:
    """What a link's seal says. Raises ``BadLink``."""
    try:
        account, kind = unseal(sealed[:LONGEST], PURPOSE).split()
    except (InvalidToken, ValueError):
        raise BadLink from None
    if kind not in WORDS:
        raise BadLink
    return Ending(int(account), kind)


@transaction.atomic
def end(ending: Ending) -> None:
    """Send no more of these letters: whoever held the link in one asked for it.

    Nothing is done where that account is gone, or wants none already. A member's stands in no history.
    """
    if ending.kind in OF_MEMBERS:
        User.objects.filter(pk=ending.account).update(**{OF_MEMBERS[ending.kind]: False})
        return
    user = User.objects.filter(pk=ending.account).first()
    if user is None or MailChoice.objects.filter(user=user, kind=ending.kind, wanted=False).exists():
        return
    MailChoice.objects.update_or_create(user=user, kind=ending.kind, defaults={"wanted": False})
    record(by=user, verb="account.mails", subject_kind="account", subject=user.name, after={ending.kind: False})
