"""What this room does only where somebody else agrees: letting a pipeline ask, or ask for more."""

from datetime import datetime
from typing import Any

from transparency.accounts.models import User, Wish
from transparency.accounts.wishes import Kind, know
from transparency.enforcement import actions
from transparency.enforcement.actions.pipelines import settings_of
from transparency.enforcement.models import Pipeline


def _register(wish: Wish, agreed_by: User | None, at: datetime) -> str:
    actions.register_pipeline(by=wish.asked_by, agreed_by=agreed_by, **_told(wish))
    return ""


def _change(wish: Wish, agreed_by: User | None, at: datetime) -> str:
    actions.change_pipeline(by=wish.asked_by, pipeline=_named(wish), agreed_by=agreed_by, **_told(wish))
    return ""


def _key(wish: Wish, agreed_by: User | None, at: datetime) -> str:
    told = {"pipeline": _named(wish), "name": wish.facts["name"]}
    return actions.issue_pipeline_key(by=wish.asked_by, agreed_by=agreed_by, **told)[1]


def _resume(wish: Wish, agreed_by: User | None, at: datetime) -> str:
    actions.resume_pipeline(by=wish.asked_by, pipeline=_named(wish), agreed_by=agreed_by)
    return ""


def _secret(wish: Wish, agreed_by: User | None, at: datetime) -> str:
    return actions.change_webhook_secret(by=wish.asked_by, pipeline=_named(wish), at=at, agreed_by=agreed_by)


def _stop_trials(wish: Wish, agreed_by: User | None, at: datetime) -> str:
    actions.stop_trials(by=wish.asked_by, agreed_by=agreed_by)
    return ""


def _named(wish: Wish) -> Pipeline:
    return Pipeline.objects.get(slug=wish.subject)


def _told(wish: Wish) -> dict[str, Any]:
    """The facts as the actions take them: what it runs as pairs."""
    pairs = [tuple(one.split(", ")) for one in wish.facts["assignments"]]
    return {**wish.facts, "assignments": pairs}


def _now(wish: Wish) -> Any:
    found = Pipeline.objects.filter(slug=wish.subject).first()
    return settings_of(found) if found else None


def _active(wish: Wish) -> Any:
    return {"active": _named(wish).active}


PIPELINE = "pipeline.manage"
know(
    {
        "pipeline.register": Kind("Register a pipeline", PIPELINE, _register, _now),
        "pipeline.change": Kind("Change a pipeline", PIPELINE, _change, _now),
        "pipeline_key": Kind("Make a key for a pipeline", PIPELINE, _key, _active, is_fetched=True),
        "pipeline.resume": Kind("Answer a pipeline again", "pipeline.pause", _resume, _active),
        "pipeline.webhook_secret": Kind("Change what signs messages", PIPELINE, _secret, is_fetched=True),
        "pipeline.stop_trials": Kind("Try no more whether refusing works", PIPELINE, _stop_trials),
    }
)
