"""Who tries for us whether a refusal takes effect, and what came of each try."""

import uuid
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from transparency.accounts.actions import issue_own_token, make_own_member, record
from transparency.accounts.agreeing import require_agreement
from transparency.accounts.models import User
from transparency.accounts.policies import require
from transparency.accounts.sealing import seal
from transparency.enforcement.models import Assignment, Canary, Pipeline, Trial
from transparency.enforcement.queries import KEY_OF_CANARY, scope_of

NAME = "Our own trial of refusing"
SLUG = "own-trial"  # also the member key; no platform's id looks like it
KEPT = timedelta(days=30)


@transaction.atomic
def start_trials(*, by: User) -> Canary:
    """Have it tried from now on. Where it is tried already, nothing changes."""
    require(by, "pipeline.manage")
    standing = Canary.objects.select_for_update().first() or _made(by)
    if not standing.active:
        _switch(by, standing, active=True)
    return standing


@transaction.atomic
def stop_trials(*, by: User, agreed_by: User | None = None) -> None:
    """Have nothing tried any more. What was tried stays to be read.

    That takes a protection away: raises as ``agreeing.require_agreement`` does.
    """
    require(by, "pipeline.manage")
    standing = Canary.objects.select_for_update().filter(active=True).first()
    if standing:
        require_agreement(by, agreed_by, None, timezone.now(), "pipeline.manage")
        _switch(by, standing, active=False)


def _made(by: User) -> Canary:
    pipeline = Pipeline.objects.create(slug=SLUG, name=NAME, contact="the administrators of this site", is_probe=True)
    secret = issue_own_token(by=by, name=NAME, scopes=[scope_of(pipeline)])
    account = make_own_member(by=by, name=NAME, member_key=SLUG)
    record(by=by, verb="pipeline.start_trials", subject_kind="pipeline", subject=SLUG)
    return Canary.objects.create(account=account, pipeline=pipeline, key=seal(secret, KEY_OF_CANARY))


def _switch(by: User, canary: Canary, *, active: bool) -> None:
    Canary.objects.filter(pk=canary.pk).update(active=active)
    Pipeline.objects.filter(pk=canary.pipeline_id).update(active=active)
    canary.active = active
    verb = "pipeline.start_trials" if active else "pipeline.stop_trials"
    record(by=by, verb=verb, subject_kind="pipeline", subject=SLUG)


def aim_canary(*, canary: Canary, feature: str, stage: str) -> None:
    """Let the canary's pipeline ask about this feature at this stage too."""
    Assignment.objects.get_or_create(pipeline=canary.pipeline, feature=feature, stage=stage)


def record_trial(
    *, decision: str, at: datetime, seconds: float, reference: uuid.UUID | None, step: str = "", fault: str = ""
) -> Trial:
    """Keep what came of a try, and forget those of long ago."""
    Trial.objects.filter(at__lt=at - KEPT).delete()
    return Trial.objects.create(
        decision=decision, at=at, seconds=seconds, reference=reference, step=step, fault=fault[:300]
    )
