"""May this be done with this proposal, now, by this person? A raising form, and a boolean twin for pages."""

from django.core.exceptions import PermissionDenied

from transparency.accounts.models import User
from transparency.accounts.policies import require
from transparency.review.models import Decision, Proposal
from transparency.review.workflow import TRANSITIONS, Transition

FOUR_EYES = ("approve", "publish")


class Refused(PermissionDenied):
    """It can't be done; the sentence says why."""


def step(by: User, proposal: Proposal, verb: str) -> Transition:
    """The transition, if this person may make it now. Raises ``Refused`` or ``PermissionDenied``."""
    found = TRANSITIONS.get((proposal.state, verb))
    if found is None:
        raise Refused(f"This proposal is “{proposal.get_state_display()}”, so you can't {verb} it now.")
    require(by, found.permission)
    if verb in FOUR_EYES and proposal.authors.filter(user=by).exists():
        raise Refused("You wrote a part of this proposal, so somebody else must decide on it.")
    return found


def may(by: User, proposal: Proposal, verb: str) -> bool:
    try:
        step(by, proposal, verb)
    except PermissionDenied:
        return False
    return True


def standing_approval(proposal: Proposal, content_digest: str) -> Decision:
    """The approval of exactly this content, by somebody who may still give one. Raises ``Refused``."""
    decision = proposal.decisions.select_related("reviewer").first()
    if not decision or decision.verdict != Decision.Verdict.APPROVED or decision.content_digest != content_digest:
        raise Refused("Nobody has approved exactly this content. Submit it again.")
    require(decision.reviewer, "proposal.decide")
    if proposal.authors.filter(user=decision.reviewer).exists():
        raise Refused("Whoever approved it has written a part of it. Somebody else must approve it.")
    return decision
