"""What the letter of the day says: what is open, the most urgent first, and what waits for its reader."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.urls import reverse

from transparency.accounts import letters
from transparency.accounts.mails import Mail
from transparency.accounts.models import User
from transparency.accounts.policies import may
from transparency.catalog.untrusted import visible
from transparency.review import policies, queries
from transparency.review.drift import SOME_TIME, THIS_WEEK, TODAY
from transparency.review.models import Finding, Proposal

HEADINGS = {TODAY: "Today", THIS_WEEK: "This week", SOME_TIME: "When there is time"}
NAMED = 20  # findings; the rest are counted
ENDS_SOON = timedelta(days=3)


@dataclass(frozen=True)
class Line:
    """One thing in the letter: what it is, in one line, and where to look at it."""

    text: str
    link: str


def letter(user: User, at: datetime) -> EmailMessage | None:
    """This person's letter at that moment; ``None`` where nothing is open and nothing waits."""
    found = list(queries.inbox(queries.Asked(), at))
    waiting = [_proposal(one, at) for one in _waiting(user)]
    if not found and not waiting:
        return None
    told = {
        "name": user.name,
        "total": len(found),
        "today": sum(one.urgency == TODAY for one in found),
        "new": sum(one.opened_at > at - timedelta(days=1) for one in found),
        "groups": list(_groups(found[:NAMED])),
        "more": max(len(found) - NAMED, 0),
        "waiting": waiting,
        "inbox": f"{settings.PUBLIC_URL}{reverse('staff:inbox')}",
        "choices": f"{settings.PUBLIC_URL}/accounts/here/",
        "site_name": settings.SITE_NAME,
    }
    told["ending"] = ending = letters.link(user, Mail.DIGEST)
    headers = letters.headers(ending)
    return EmailMessage(_subject(told), render_to_string("emails/digest.txt", told), to=[user.email], headers=headers)


def _subject(told: dict[str, object]) -> str:
    found = f"{told['total']} open finding{'' if told['total'] == 1 else 's'}"
    if told["today"]:
        return f"{told['today']} of {found} need{'s' if told['today'] == 1 else ''} somebody today"
    return f"{found}, none urgent" if told["total"] else "Something waits for you"


def _groups(found: list[Finding]) -> Iterator[tuple[str, list[Line]]]:
    for urgency, heading in HEADINGS.items():
        lines = [_finding(one) for one in found if one.urgency == urgency]
        if lines:
            yield heading, lines


def _finding(one: Finding) -> Line:
    link = f"{settings.PUBLIC_URL}{reverse('staff:finding', kwargs={'pk': one.pk})}"
    return Line(visible(" ".join(one.sentence.split())), link)


def _waiting(user: User) -> list[Proposal]:
    """What this person could decide on, or must write anew."""
    to_decide = list(queries.waiting_for(user)) if may(user, "proposal.decide") else []
    returned = queries.proposals(Proposal.State.RETURNED).filter(authors__user=user)
    return to_decide + (list(returned) if may(user, "proposal.edit") else [])


def _proposal(one: Proposal, at: datetime) -> Line:
    state = one.get_state_display().lower()
    if void := policies.why_void(one, queries.content_digest(one), at):
        state = void
    elif one.state == Proposal.State.APPROVED and (approval := one.decisions.first()):
        ends = policies.ends_at(approval)
        state += f", counts until {ends:%d %B}" if at >= ends - ENDS_SOON else ""
    link = f"{settings.PUBLIC_URL}{reverse('staff:proposal', kwargs={'pk': one.pk})}"
    return Line(f"“{' '.join(one.title.split())}”: {state}", link)
