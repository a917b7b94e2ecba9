"""Registering pipelines, changing them, and their keys.

Whatever lets a pipeline ask for more, or lets more be done before it must ask again, nobody does alone. To stop one
takes nobody's agreement.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.forms.models import model_to_dict
from django.utils import timezone

from transparency.accounts import queries as accounts
from transparency.accounts.actions import issue_token, record, revoke_token
from transparency.accounts.agreeing import require_agreement
from transparency.accounts.models import ServiceToken, User
from transparency.accounts.overtaking import refuse_overtaken, stamp
from transparency.accounts.policies import require
from transparency.enforcement.actions.telling import hurry
from transparency.enforcement.models import Assignment, Pipeline
from transparency.enforcement.queries import scope_of
from transparency.outward.destinations import Forbidden, destination
from transparency.register.queries import newest_register
from transparency.register.schema import Stage

# What people say of a pipeline; the rest is what it did.
SETTINGS = ("slug", "name", "contact", "max_age", "webhook_url")
RESERVED = "add"

Pairs = Iterable[tuple[str, str]]
"""Feature and stage."""


@transaction.atomic
def register_pipeline(
    *, by: User, assignments: Pairs = (), agreed_by: User | None = None, **fields: object
) -> Pipeline:
    """A new pipeline. ``fields`` are those of ``SETTINGS``; raises ``ValidationError`` naming each that is wrong.

    Raises as ``agreeing.require_agreement`` does, too.
    """
    require(by, "pipeline.manage")
    require_agreement(by, agreed_by, None, timezone.now(), "pipeline.manage")
    pipeline = Pipeline(**fields)
    _save(pipeline)
    _assign(pipeline, assignments)
    _trace(by, "register", pipeline, after=settings_of(pipeline))
    return pipeline


@transaction.atomic
def change_pipeline(
    *,
    by: User,
    pipeline: Pipeline,
    assignments: Pairs | None = None,
    seen: str | None = None,
    agreed_by: User | None = None,
    **fields: object,
) -> Pipeline:
    """Change what is said of a pipeline; with ``assignments``, these instead of those that it has.

    ``seen`` is the stamp of what the change was made from; raises ``Overtaken`` where something else stands now. Raises
    as ``register_pipeline`` does, too, unless the change ``only_narrows``.
    """
    require(by, "pipeline.manage")
    locked = _locked(pipeline)
    before = settings_of(locked)
    refuse_overtaken(seen, before, fields)
    if fields.get("slug", locked.slug) != locked.slug:
        raise ValidationError({"slug": "The short name stands in the pipeline's keys, so it stays as it is."})
    for name, value in fields.items():
        setattr(locked, name, value)
    if locked.webhook_url != before["webhook_url"]:
        locked.webhook_off_at, locked.webhook_off_because = None, ""
        hurry(locked, timezone.now())
    _save(locked)
    if assignments is not None:
        _assign(locked, assignments)
    after = settings_of(locked)
    if not only_narrows(before, after):
        require_agreement(by, agreed_by, None, timezone.now(), "pipeline.manage")
    _trace(by, "change", locked, before, after)
    return locked


@transaction.atomic
def pause_pipeline(*, by: User, pipeline: Pipeline, reason: str) -> None:
    """Tell this pipeline of nobody's choices from now on, so that it may use nobody's data."""
    require(by, "pipeline.pause")
    locked = _locked(pipeline)
    if not reason.strip():
        raise ValidationError("Say why, so that its team and the next reader know.")
    if locked.active:
        Pipeline.objects.filter(pk=locked.pk).update(active=False)
        _trace(by, "pause", locked, after={"reason": reason.strip()[:1000]})


@transaction.atomic
def resume_pipeline(*, by: User, pipeline: Pipeline, agreed_by: User | None = None) -> None:
    """Answer this pipeline again. Raises as ``agreeing.require_agreement`` does: somebody paused it for a reason."""
    require(by, "pipeline.pause")
    locked = _locked(pipeline)
    if not locked.active:
        require_agreement(by, agreed_by, None, timezone.now(), "pipeline.pause")
        Pipeline.objects.filter(pk=locked.pk).update(active=True)
        _trace(by, "resume", locked)


@transaction.atomic
def retire_pipeline(*, by: User, pipeline: Pipeline, at: datetime) -> None:
    """The pipeline runs no more: its keys end at once, and what it did stays."""
    require(by, "pipeline.manage")
    locked = _locked(pipeline)
    for token in accounts.tokens_with(scope_of(locked)):
        revoke_token(by=by, token=token)
    Pipeline.objects.filter(pk=locked.pk).update(active=False, retired_at=at, webhook_url="")
    _trace(by, "retire", locked)


@transaction.atomic
def issue_pipeline_key(
    *, by: User, pipeline: Pipeline, name: str, expires_at: datetime | None = None, agreed_by: User | None = None
) -> tuple[ServiceToken, str]:
    """One more key for this pipeline, and its secret. Older ones stay valid: change over, then revoke them.

    Raises as ``agreeing.require_agreement`` does, too.
    """
    require(by, "pipeline.manage")
    locked = _locked(pipeline)
    return issue_token(by=by, name=name, scopes=[scope_of(locked)], expires_at=expires_at, agreed_by=agreed_by)


def revoke_pipeline_key(*, by: User, pipeline: Pipeline, token: ServiceToken) -> None:
    """End one of this pipeline's keys at once. Raises ``ValidationError`` for anybody else's."""
    require(by, "pipeline.manage")
    if scope_of(pipeline) not in token.scopes:
        raise ValidationError("This key is not one of this pipeline's.")
    revoke_token(by=by, token=token)


def _locked(pipeline: Pipeline) -> Pipeline:
    locked = Pipeline.objects.select_for_update().get(pk=pipeline.pk)
    if locked.retired_at:
        raise ValidationError("This pipeline is retired, so nothing of it changes any more. Register another one.")
    return locked


def _save(pipeline: Pipeline) -> None:
    if pipeline.slug == RESERVED:
        raise ValidationError({"slug": f"“{RESERVED}” is the address of another page. Choose another short name."})
    pipeline.full_clean()
    if accounts.by_email(pipeline.contact):
        message = "This is somebody's own address. Name a channel or a mailbox that the whole team reads."
        raise ValidationError({"contact": message})
    if pipeline.webhook_url:
        try:
            destination(pipeline.webhook_url, settings.WEBHOOK_HOSTS)
        except Forbidden as forbidden:
            raise ValidationError({"webhook_url": str(forbidden)}) from forbidden
    pipeline.save()


def _assign(pipeline: Pipeline, assignments: Pairs) -> None:
    wanted = set(assignments)
    standing = {(one.feature, one.stage) for one in pipeline.assignments.all()}
    features = {one.slug for one in newest_register()[1].features}
    for feature, stage in sorted(wanted - standing):
        if feature not in features or stage not in set(Stage):
            message = f"“{feature[:60]}” at “{stage[:20]}” names no AI feature and stage of our record."
            raise ValidationError({"assignments": message})
    for feature, stage in standing - wanted:
        pipeline.assignments.filter(feature=feature, stage=stage).delete()
    Assignment.objects.bulk_create(
        Assignment(pipeline=pipeline, feature=feature, stage=stage) for feature, stage in sorted(wanted - standing)
    )


def stamp_of(pipeline: Pipeline) -> str:
    """What a form of this pipeline carries, so that nobody writes over what they never saw."""
    return stamp(settings_of(pipeline))


def settings_of(pipeline: Pipeline) -> dict[str, Any]:
    """What is said of a pipeline, and what it runs, each as “feature, stage”."""
    pairs = sorted(str(one) for one in pipeline.assignments.all())
    return model_to_dict(pipeline, SETTINGS) | {"assignments": pairs}


def only_narrows(before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    """Whether other settings let it do no more: to run less, be up to date sooner, or be told nothing."""
    changed = {name for name, value in after.items() if value != before[name]}
    narrower = {
        "assignments": set(after["assignments"]) <= set(before["assignments"]),
        "max_age": after["max_age"] <= before["max_age"],
        "webhook_url": not after["webhook_url"],
    }
    return all(narrower.get(name, False) for name in changed)


def _trace(by: User, verb: str, pipeline: Pipeline, before: object = None, after: object = None) -> None:
    record(by=by, verb=f"pipeline.{verb}", subject_kind="pipeline", subject=pipeline.slug, before=before, after=after)
