"""May this be done with this proposal, now, by this person? A raising form, and a boolean twin for pages."""

from datetime import datetime, timedelta

from django.core.exceptions import PermissionDenied
from django.utils import timezone

from transparency.accounts.agreeing import is_new
from transparency.accounts.models import User
from transparency.accounts.policies import may as holds
from transparency.accounts.policies import require
from transparency.register.queries import newest_register
from transparency.review.models import Decision, Proposal
from transparency.review.queries import evidence_digest
from transparency.review.workflow import TRANSITIONS, Transition

FOUR_EYES = ("approve", "publish")
DECISIONS = (*FOUR_EYES, "return")
APPROVAL_LASTS = timedelta(days=14)


ANEW = "A reviewer must look at it and approve it."


class Refused(PermissionDenied):
    """It can't be done; the sentence says why."""


def step(by: User, proposal: Proposal, verb: str) -> Transition:
    """The transition, if this person may make it now. Raises ``Refused`` or ``PermissionDenied``."""
    found = TRANSITIONS.get((proposal.state, verb))
    if found is None:
        raise Refused(f"This proposal is “{proposal.get_state_display()}”, so you can't {verb} it now.")
    require(by, found.permission)
    if verb in DECISIONS and proposal.authors.filter(user=by).exists():
        raise Refused("You wrote a part of this proposal, so somebody else must decide on it.")
    if verb in FOUR_EYES and is_new(by, timezone.now()) and newest_register()[0]:
        raise Refused("You hold your role for less than a day. Whoever is new decides from tomorrow on.")
    return found


def may(by: User, proposal: Proposal, verb: str) -> bool:
    try:
        step(by, proposal, verb)
    except PermissionDenied:
        return False
    return True


def standing_approval(proposal: Proposal, content_digest: str, at: datetime) -> Decision:
    """The approval of exactly this content, on what is still seen, that counts at ``at``.

    Raises ``Refused``, which says what to do instead.
    """
    decision = proposal.decisions.select_related("reviewer").first()
    if not decision or decision.verdict != Decision.Verdict.APPROVED or decision.content_digest != content_digest:
        raise Refused(f"Nobody has approved exactly this content, as it would be published now. {ANEW}")
    name, anew = decision.reviewer.name, "Another reviewer must look at it and approve it again."
    if at >= ends_at(decision):
        days = APPROVAL_LASTS.days
        raise Refused(
            f"The approval by {name} is older than {days} days. A reviewer must look at it and approve it again."
        )
    if decision.evidence_digest and decision.evidence_digest != evidence_digest(proposal):
        raise Refused(f"What the catalog shows has changed since {name} approved it; see what it rests on. {anew}")
    if not proposal.authors.filter(user__is_active=True).exists():
        raise Refused("Nobody who wrote it has an account here any more. Return it; an editor must submit it again.")
    if not decision.reviewer.is_active:
        raise Refused(f"{name}, who approved it, has no account here any more. {anew}")
    if not holds(decision.reviewer, "proposal.decide"):
        raise Refused(f"{name}, who approved it, is no reviewer any more. {anew}")
    if proposal.authors.filter(user=decision.reviewer).exists():
        raise Refused(f"{name}, who approved it, has written a part of it. {anew}")
    return decision


def ends_at(approval: Decision) -> datetime:
    """The moment from which this approval counts no longer."""
    return approval.at + APPROVAL_LASTS


def why_void(proposal: Proposal, content_digest: str, at: datetime) -> str:
    """Why the approval of an approved proposal doesn't count at ``at``, and what to do; empty if it counts."""
    if proposal.state != Proposal.State.APPROVED:
        return ""
    try:
        standing_approval(proposal, content_digest, at)
    except Refused as refused:
        return str(refused)
    return ""
