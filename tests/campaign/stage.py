"""What the campaign plays on: one edition, a key for the platform's settings page, a pipeline and its key."""

from dataclasses import dataclass

from django.utils import timezone

from tests.register.builders import feature, register, use
from transparency.accounts.actions import issue_token
from transparency.accounts.models import User
from transparency.accounts.roles import Role
from transparency.enforcement import actions as enforcement
from transparency.register.actions import publish_edition

CATEGORY, FEATURE, STAGE = "communications.messages", "job-ranking", "training"
SCOPES = ["all", "stage:training", f"feature:{FEATURE}", f"category:{CATEGORY}", f"use:{CATEGORY}/{FEATURE}/{STAGE}"]


@dataclass(frozen=True)
class Keys:
    """The secrets of two machines."""

    choices: str
    pipeline: str


def prepare() -> Keys:
    amir = User.objects.create_user(
        "amir@tandem.example", "correct horse battery", name="Amir", role=Role.ADMINISTRATOR
    )
    now = timezone.now()
    content = register(use(), use(stage="inference"), features=(feature(),))
    publish_edition(by=amir, register=content, base=0, authors=["Otto"], approver="Ines", effective_at=now, at=now)
    said = {"slug": "ranker", "name": "Ranker", "contact": "ml@tandem.example", "max_age": 3600}
    pipeline = enforcement.register_pipeline(by=amir, assignments=[(FEATURE, STAGE)], **said)
    _, choices = issue_token(by=amir, name="Settings page", scopes=["choices"])
    _, asking = enforcement.issue_pipeline_key(by=amir, pipeline=pipeline, name="Campaign")
    return Keys(choices, asking)
