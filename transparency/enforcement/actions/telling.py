"""Telling pipelines that there are new choices."""

import base64
import secrets
from datetime import datetime, timedelta

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Case, F, Max, Q, Value, When

from transparency.accounts.actions import record
from transparency.accounts.agreeing import require_agreement
from transparency.accounts.models import User
from transparency.accounts.policies import require
from transparency.accounts.sealing import seal, unseal
from transparency.consent import queries as consent
from transparency.enforcement import posting
from transparency.enforcement.models import Message, Pipeline
from transparency.enforcement.webhooks import headers, next_try, payload, wish_in
from transparency.register.queries import edition_in_force

EVERY = timedelta(minutes=1)  # between two messages to one pipeline
CLAIM = timedelta(minutes=2)  # longer than a try can take: whoever tries, tries alone
KEPT = timedelta(days=7)
OVERLAP = timedelta(days=1)  # for which an old secret signs beside the new one
GONE = 410
TAKEN = Q(messages__sent_at__isnull=False)
PURPOSE = "webhook"


@transaction.atomic
def change_webhook_secret(*, by: User, pipeline: Pipeline, at: datetime, agreed_by: User | None = None) -> str:
    """Make the secret that signs what this pipeline is told; returns it once. The one before signs too for a day.

    Raises as ``agreeing.require_agreement`` does, too.
    """
    require(by, "pipeline.manage")
    locked = Pipeline.objects.select_for_update().get(pk=pipeline.pk)
    if locked.retired_at:
        raise ValidationError("This pipeline is retired: it is told nothing any more.")
    require_agreement(by, agreed_by, None, at, "pipeline.manage")
    secret = f"whsec_{base64.b64encode(secrets.token_bytes(32)).decode()}"
    locked.webhook_secret_before, locked.webhook_secret_before_ends = locked.webhook_secret, at + OVERLAP
    locked.webhook_secret = seal(secret, PURPOSE)
    locked.save(update_fields=("webhook_secret", "webhook_secret_before", "webhook_secret_before_ends"))
    record(by=by, verb="pipeline.webhook_secret", subject_kind="pipeline", subject=locked.slug)
    return secret


def hurry(pipeline: Pipeline, at: datetime) -> int:
    """Try at once what waits to be tried again: the receiver was mended, or is another one. Returns how much waited.

    The table of waits begins anew: whoever presses a few times while they mend it would else be given up in minutes.
    What is being tried at this moment stays with whoever tries it: nobody is told by two at once.
    """
    waits = Message.objects.filter(pipeline=pipeline, sent_at=None, given_up_at=None, failures__gt=0, due_at__gt=at)
    return waits.update(due_at=Case(When(trying_until__gt=at, then="due_at"), default=Value(at)), failures=0)


@transaction.atomic
def tell_again(*, by: User, pipeline: Pipeline, at: datetime) -> None:
    """Tell a pipeline again that we had given up telling, or would try again only later."""
    require(by, "pipeline.manage")
    off = Pipeline.objects.filter(pk=pipeline.pk, retired_at=None).exclude(webhook_off_at=None)
    if off.update(webhook_off_at=None, webhook_off_because="") + hurry(pipeline, at):
        record(by=by, verb="pipeline.webhook_on", subject_kind="pipeline", subject=pipeline.slug)


def queue_messages(*, at: datetime) -> int:
    """Put a message in for each pipeline that wants one, where there are new choices. Returns for how many."""
    head, edition = consent.head().sequence, edition_in_force(at)
    waiting = Q(messages__sent_at=None, messages__given_up_at=None, messages__isnull=False)
    wanting = Pipeline.objects.filter(active=True, webhook_off_at=None).exclude(webhook_url="")
    wanting = wanting.exclude(webhook_secret="").exclude(pk__in=Pipeline.objects.filter(waiting))
    told = wanting.annotate(told=Max("messages__sequence", filter=TAKEN), last=Max("messages__made_at"))
    due = told.filter(Q(told=None) | Q(told__lt=head), Q(last=None) | Q(last__lte=at - EVERY))
    number = edition.number if edition else 0
    return sum(_put_in(pipeline, head, number, at) for pipeline in due) if head else 0


def forget_messages(*, at: datetime) -> int:
    """Delete messages of long ago, but the last that each pipeline took. Returns how many."""
    last = Message.objects.exclude(sent_at=None).order_by("pipeline_id", "-sequence").distinct("pipeline_id")
    ended = Message.objects.exclude(sent_at=None, given_up_at=None).filter(made_at__lt=at - KEPT)
    return ended.exclude(pk__in=list(last.values_list("pk", flat=True))).delete()[0]


def _put_in(pipeline: Pipeline, sequence: int, edition: int, at: datetime) -> bool:
    message = Message(pipeline=pipeline, sequence=sequence, edition=edition, made_at=at, due_at=at)
    try:
        with transaction.atomic():
            message.save(force_insert=True)
    except IntegrityError:  # another worker was first
        return False
    return True


def send_message(*, number: int, at: datetime, chance: float) -> bool:
    """Try a message that is due, and keep what came of it. Returns whether it was taken.

    No transaction is open while it is sent. Who finds that somebody else is trying it does nothing.
    """
    mine = Message.objects.filter(pk=number, sent_at=None, given_up_at=None, due_at__lte=at)
    if not mine.update(due_at=at + CLAIM, trying_until=at + CLAIM):
        return False
    message = Message.objects.select_related("pipeline").get(pk=number)
    pipeline = message.pipeline
    if not (pipeline.active and pipeline.webhook_url and pipeline.webhook_secret) or pipeline.webhook_off_at:
        _give_up(message, "It wants to be told no more.", at)
        return False
    body = payload(sequence=message.sequence, edition=message.edition, at=message.made_at)
    told = headers(reference=f"msg_{message.reference.hex}", body=body, secrets=_secrets(pipeline, at), at=at)
    answer = posting.post(pipeline.webhook_url, body, told, settings.WEBHOOK_HOSTS)
    _keep(message, answer, at, chance)
    return answer.taken


def _secrets(pipeline: Pipeline, at: datetime) -> list[str]:
    ends = pipeline.webhook_secret_before_ends
    both = [pipeline.webhook_secret, pipeline.webhook_secret_before if ends and at < ends else ""]
    return [unseal(one, PURPOSE) for one in both if one]


@transaction.atomic
def _keep(message: Message, answer: posting.Answer, at: datetime, chance: float) -> None:
    if answer.taken:
        Message.objects.filter(pk=message.pk).update(sent_at=at, error="")
        return
    message.refresh_from_db(fields=("failures",))  # by “Tell it again” they count from nothing
    failures = message.failures + 1
    wait = None if answer.status == GONE else next_try(failures, chance=chance, wish=wish_in(answer.retry_after))
    Message.objects.filter(pk=message.pk).update(failures=F("failures") + 1, error=answer.error, trying_until=None)
    if wait is not None:
        Message.objects.filter(pk=message.pk).update(due_at=at + wait)
        return
    _give_up(message, answer.error, at)
    because = "It answered that nothing is there any more." if answer.status == GONE else answer.error
    Pipeline.objects.filter(pk=message.pipeline_id).update(webhook_off_at=at, webhook_off_because=because)
    after = {"because": because, "failures": failures}
    record(by=None, verb="pipeline.webhook_off", subject_kind="pipeline", subject=message.pipeline.slug, after=after)


def _give_up(message: Message, error: str, at: datetime) -> None:
    Message.objects.filter(pk=message.pk).update(given_up_at=at, error=error)
