"""E-mail to whoever a step of a proposal concerns: sent after the step is committed, by a worker."""

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.template.loader import render_to_string
from django.urls import reverse

from transparency.accounts import bells, letters
from transparency.accounts.mails import Mail
from transparency.accounts.models import User
from transparency.accounts.queries import wanting
from transparency.review.models import Proposal

TASK = "transparency.review.tasks.send_notice"
# What happened, in words, and the kind of letter: to those who may decide, or to those who wrote it.
STEPS = {
    "submit": ("waits for your review", Mail.TO_REVIEW),
    "approve": ("was approved", Mail.OF_MINE),
    "return": ("came back to you", Mail.OF_MINE),
    "publish": ("is published", Mail.OF_MINE),
    "withdraw": ("was withdrawn", Mail.TO_REVIEW),
}


def ring(proposal: int, verb: str, by: int) -> None:
    """Ask a worker to write. Where none can be told, no letter is sent; staff see the step in their inbox."""
    bells.ring(TASK, proposal, verb, by)


def recipients(proposal: Proposal, verb: str, by: int) -> list[User]:
    """Everybody whom the step concerns and who wants to know, but not the person who took it."""
    kind = STEPS[verb][1]
    authors = proposal.authors.values_list("user_id", flat=True)
    found = wanting(kind).exclude(pk=by)
    return list(found.filter(pk__in=authors) if kind == Mail.OF_MINE else found.exclude(pk__in=authors))


def send(*, proposal: Proposal, verb: str, by: int) -> int:
    """Write to each of them, one letter each. Returns how many letters were sent."""
    what, kind = STEPS[verb]
    link = f"{settings.PUBLIC_URL}{reverse('staff:proposal', kwargs={'pk': proposal.pk})}"
    title = " ".join(proposal.title.split())
    told: dict[str, object] = {"title": title, "what": what, "link": link, "why": proposal.why}
    told |= {"decision": proposal.decisions.order_by("pk").last(), "site_name": settings.SITE_NAME}
    told |= {"choices": f"{settings.PUBLIC_URL}/accounts/here/"}
    written = [_letter(user, kind, told) for user in recipients(proposal, verb, by)]
    return get_connection().send_messages(written) or 0


def _letter(user: User, kind: Mail, told: dict[str, object]) -> EmailMessage:
    ending = letters.link(user, kind)
    told = told | {"name": user.name, "kind": letters.WORDS[kind], "ending": ending}
    body, headers = render_to_string("emails/notice.txt", told), letters.headers(ending)
    return EmailMessage(f"“{told['title']}” {told['what']}", body, to=[user.email], headers=headers)
