"""Registering pipelines, changing them, and their keys."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.forms.models import model_to_dict

from transparency.accounts import queries as accounts
from transparency.accounts.actions import issue_token, record, revoke_token
from transparency.accounts.models import ServiceToken, User
from transparency.accounts.overtaking import refuse_overtaken, stamp
from transparency.accounts.policies import require
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
def register_pipeline(*, by: User, assignments: Pairs = (), **fields: object) -> Pipeline:
    """A new pipeline. ``fields`` are those of ``SETTINGS``; raises ``ValidationError`` naming each that is wrong."""
    require(by, "pipeline.manage")
    pipeline = Pipeline(**fields)
    _save(pipeline)
    _assign(pipeline, assignments)
    _trace(by, "register", pipeline, after=_settings(pipeline))
    return pipeline


@transaction.atomic
def change_pipeline(
    *, by: User, pipeline: Pipeline, assignments: Pairs | None = None, seen: str | None = None, **fields: object
) -> Pipeline:
    """Change what is said of a pipeline; with ``assignments``, these instead of those that it has.

    ``seen`` is the stamp of what the change was made from; raises ``Overtaken`` where something else stands now.
    """
    require(by, "pipeline.manage")
    locked = _locked(pipeline)
    before = _settings(locked)
    refuse_overtaken(seen, before, fields)
    if fields.get("slug", locked.slug) != locked.slug:
        raise ValidationError({"slug": "The short name stands in the pipeline's keys, so it stays as it is."})
    for name, value in fields.items():
        setattr(locked, name, value)
    if locked.webhook_url != before["webhook_url"]:
        locked.webhook_off_at, locked.webhook_off_because = None, ""
    _save(locked)
    if assignments is not None:
        _assign(locked, assignments)
    _trace(by, "change", locked, before, _settings(locked))
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
def resume_pipeline(*, by: User, pipeline: Pipeline) -> None:
    """Answer this pipeline again."""
    require(by, "pipeline.pause")
    locked = _locked(pipeline)
    if not locked.active:
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
    *, by: User, pipeline: Pipeline, name: str, expires_at: datetime | None = None
) -> tuple[ServiceToken, str]:
    """One more key for this pipeline, and its secret. Older ones stay valid: change over, then revoke them."""
    require(by, "pipeline.manage")
    locked = _locked(pipeline)
    return issue_token(by=by, name=name, scopes=[scope_of(locked)], expires_at=expires_at)


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
    return stamp(_settings(pipeline))


def _settings(pipeline: Pipeline) -> dict[str, object]:
    pairs: Sequence[str] = sorted(str(one) for one in pipeline.assignments.all())
    return model_to_dict(pipeline, SETTINGS) | {"assignments": pairs}


def _trace(by: User, verb: str, pipeline: Pipeline, before: object = None, after: object = None) -> None:
    record(by=by, verb=f"pipeline.{verb}", subject_kind="pipeline", subject=pipeline.slug, before=before, after=after)
