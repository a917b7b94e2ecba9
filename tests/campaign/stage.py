"""What the campaign plays on: one edition, a key for the platform's settings page, a pipeline and its key."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils import timezone

from tests.bench.signed_in import session_of
from tests.register.builders import category, feature, register, use
from transparency.accounts.actions import issue_token
from transparency.accounts.models import User
from transparency.accounts.roles import Role
from transparency.enforcement import actions as enforcement
from transparency.register.actions import publish_edition
from transparency.register.schema import Scope

MESSAGES, SKILLS = "communications.messages", "profile.skills"
JOBS, WRITING = "job-ranking", "writing-assistant"
ASKED = Scope(jurisdictions=("*",), legal_basis="consent", refusal="consent_first", default="off")
USES = (
    use(MESSAGES, JOBS),
    use(SKILLS, JOBS),
    use(MESSAGES, JOBS, "inference"),
    use(MESSAGES, WRITING, scopes=(ASKED,)),
)
SCOPES = [
    *("all", "stage:training", f"feature:{JOBS}", f"feature:{WRITING}", f"category:{MESSAGES}"),
    *(f"feature:{JOBS}@training", *(f"use:{one.id}" for one in USES)),
]
# Those that the page of choices always asks about.
ON_PAGE = [scope for scope in SCOPES if not scope.startswith("category:") and "@" not in scope]
# What the pipeline is for: each feature at each stage, and which kinds of data it may ask about there.
PLACES = {
    (JOBS, "training"): (MESSAGES, SKILLS),
    (JOBS, "inference"): (MESSAGES,),
    (WRITING, "training"): (MESSAGES,),
}
# What it asks: of each use alone, and of all kinds of data at one place together.
QUESTIONS = [
    (feature, stage, asked)
    for (feature, stage), kinds in PLACES.items()
    for asked in sorted({kinds, *((one,) for one in kinds)})
]


@dataclass(frozen=True)
class Keys:
    """The secrets of two machines, and the sessions of those who choose on the pages, by their member keys."""

    choices: str
    pipeline: str
    sessions: dict[str, str]


def prepare(signed_in: Sequence[str]) -> Keys:
    """Publishes the edition, makes the keys, and signs these members in."""
    amir = User.objects.create_user(
        "amir@tandem.example", "correct horse battery", name="Amir", role=Role.ADMINISTRATOR
    )
    now = timezone.now()
    kinds = (category(MESSAGES), category(SKILLS, name="Skills"))
    content = register(*USES, categories=kinds, features=(feature(JOBS), feature(WRITING, name="Writing assistant")))
    publish_edition(by=amir, register=content, base=0, authors=["Otto"], approver="Ines", effective_at=now, at=now)
    said = {"slug": "ranker", "name": "Ranker", "contact": "ml@tandem.example", "max_age": 3600}
    pipeline = enforcement.register_pipeline(by=amir, assignments=list(PLACES), **said)
    _, choices = issue_token(by=amir, name="Settings page", scopes=["choices"])
    _, asking = enforcement.issue_pipeline_key(by=amir, pipeline=pipeline, name="Campaign")
    return Keys(choices, asking, {member: _session(member) for member in signed_in})


def _session(member: str) -> str:
    return session_of(User.objects.create_user(f"{member}@tandem.example", name=member, member_key=member))
