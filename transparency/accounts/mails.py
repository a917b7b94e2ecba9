"""Which e-mails staff may choose, and who gets them without having said anything. Pure.

What concerns the safety of an account (a new password, another second factor) is always sent, so it is no choice.
"""

from django.db.models import TextChoices

from transparency.accounts.roles import PERMISSIONS, STAFF, Role


class Mail(TextChoices):
    DIGEST = "digest", "Each morning: which findings are open, and which proposals wait for you"
    TO_REVIEW = "to_review", "When somebody submits a proposal for review, or withdraws it"
    OF_MINE = "of_mine", "When a proposal that you wrote is approved, returned or published"


# Whom a kind can concern at all.
FOR: dict[Mail, frozenset[Role]] = {
    Mail.DIGEST: STAFF,
    Mail.TO_REVIEW: PERMISSIONS["proposal.decide"],
    Mail.OF_MINE: STAFF,
}
UNASKED = frozenset({Mail.TO_REVIEW, Mail.OF_MINE})


def kinds_for(role: str) -> list[Mail]:
    """The kinds among which somebody with this role may choose."""
    return [mail for mail in Mail if Role(role) in FOR[mail]]
