"""How Tandem's editions came about: each proposed by Otto, approved by Ines, and published, as the site itself asks."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec

from transparency.accounts.models import User
from transparency.demo.register import first_edition, fourth_edition, second_edition, third_edition
from transparency.register.schema import Register
from transparency.review import actions as review
from transparency.review import queries
from transparency.review.models import Proposal

MONTH = timedelta(days=30)


@dataclass(frozen=True)
class Step:
    """One edition: how long ago it took effect, how long before that it was published, and what Otto wrote of it."""

    ago: timedelta
    before: timedelta
    register: Register
    title: str
    why: str
    notice: str
    remark: str


def steps(now: datetime) -> tuple[Step, ...]:
    told, in_time, at_once = "By e-mail, 30 days before", MONTH + timedelta(days=1), timedelta(0)
    found = now - timedelta(days=9)
    return (
        Step(14 * MONTH, at_once, first_edition(), "What we say at first", "So far nobody could look it up.", "",
             "Every team has read its own part. The two open questions are settled."),
        Step(6 * MONTH, in_time, second_edition(), "Help with writing, and course tips",
             "Three new features start in spring.", told, "Adverts keep data for 13 months now, as members asked."),
        Step(MONTH, in_time, third_edition(), "Course tips learn from skills", "Tips that know your skills help more.",
             told, "Adverts learn no more from careers: the team took it out of the model."),
        Step(timedelta(days=9), at_once, fourth_edition((now - 6 * MONTH).date(), found.date()),
             "Suggested replies keep messages for a day", "We said that they are not kept. That was wrong.", "",
             "The team has shown me the switch. It has been on since the feature started."),
    )  # fmt: skip


def publish_all(*, editor: User, reviewer: User, now: datetime) -> None:
    """Take every step of the past at the time at which it was taken."""
    for step in steps(now):
        _publish(step, editor, reviewer, now - step.ago)


def _publish(step: Step, editor: User, reviewer: User, effective_at: datetime) -> None:
    at = effective_at - step.before
    began, written = at - timedelta(days=20), at - timedelta(days=9)
    proposal = review.start_proposal(
        by=editor, title=step.title, why=step.why, notice=step.notice, effective_at=effective_at, at=began
    )
    _write(step.register, proposal, editor, began + timedelta(days=2))
    review.comment(by=editor, proposal=proposal, text=step.remark, at=written)
    review.submit(by=editor, proposal=proposal, at=written)
    digest = queries.content_digest(proposal)
    review.approve(by=reviewer, proposal=proposal, content_digest=digest, at=at - timedelta(days=6))
    review.publish(by=reviewer, proposal=proposal, at=at)


def _write(register: Register, proposal: Proposal, editor: User, at: datetime) -> None:
    standing = queries.base_register(proposal)
    for kind in queries.KINDS:
        old, new = queries.records(standing, kind), queries.records(register, kind)
        for subject in [name for name in {**old, **new} if old.get(name) != new.get(name)]:
            version, content = proposal.version, msgspec.to_builtins(new.get(subject))
            if content is None:
                review.remove_record(by=editor, proposal=proposal, version=version, kind=kind, subject=subject, at=at)
            else:
                review.put_record(by=editor, proposal=proposal, version=version, kind=kind, content=content, at=at)
