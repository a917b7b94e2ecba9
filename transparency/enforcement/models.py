"""Who must obey: pipelines, what each of them is for, and what each was given."""

import uuid
from datetime import datetime
from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone

from transparency.enforcement.obedience import Verdict
from transparency.register.schema import Stage

STAGES = [(stage.value, stage.value.replace("_", "-").capitalize()) for stage in Stage]
MINUTE, DAY = 60, 86_400  # seconds


class Pipeline(models.Model):
    """A program that trains, tests or runs a model on members' data, and asks here whose data it must leave out."""

    slug = models.SlugField(max_length=60, unique=True, help_text="Its short name; stands in its keys, never changes.")
    name = models.CharField(
        max_length=100, help_text="What people call it, e.g. “Job ranking, nightly training”. Members read it too."
    )
    contact = models.CharField(
        max_length=200, help_text="How to reach its team: a channel or a shared mailbox, no single person's address."
    )
    max_age = models.PositiveIntegerField(
        default=DAY,
        validators=[MinValueValidator(MINUTE), MaxValueValidator(90 * DAY)],
        help_text="How old, in seconds, the choices may be that a run honours when it starts. 86400 is a day.",
    )
    active = models.BooleanField(default=True, help_text="A pipeline that is paused is told of nobody's choices.")
    retired_at = models.DateTimeField(null=True, blank=True, help_text="It runs no more, and comes back never.")
    webhook_url = models.URLField(
        max_length=500, blank=True, help_text="Where to tell it that there are new choices; empty: nowhere."
    )
    webhook_secret = models.TextField(blank=True, help_text="Sealed: signs what we send.")
    webhook_secret_before = models.TextField(blank=True, help_text="Sealed: signs too, until it ends.")
    webhook_secret_before_ends = models.DateTimeField(null=True, blank=True)
    webhook_off_at = models.DateTimeField(null=True, blank=True, help_text="When we gave up telling it.")
    webhook_off_because = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    is_probe = models.BooleanField(
        default=False, help_text="Ours: trains nothing, and asks only to find out whether refusals take effect."
    )

    class Meta:
        ordering = ("name",)
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(retired_at=None) | models.Q(active=False), name="what_is_retired_is_not_active"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Assignment(models.Model):
    """A pipeline runs this AI feature at this stage, and may ask for nothing else."""

    pipeline = models.ForeignKey(Pipeline, on_delete=models.CASCADE, related_name="assignments")
    feature = models.CharField(max_length=60, help_text="Slug of the AI feature.")
    stage = models.CharField(max_length=12, choices=STAGES)

    class Meta:
        ordering = ("feature", "stage")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=("pipeline", "feature", "stage"), name="assigned_once"),
        ]
        indexes: ClassVar = [models.Index(fields=("feature", "stage"), name="assigned_to")]

    def __str__(self) -> str:
        return f"{self.feature}, {self.stage}"


class Delivery(models.Model):
    """How far the choices are that a pipeline was given for one feature and stage, as a list or as decisions."""

    pipeline = models.ForeignKey(Pipeline, on_delete=models.CASCADE, related_name="deliveries")
    feature = models.CharField(max_length=60)
    stage = models.CharField(max_length=12, choices=STAGES)
    sequence = models.BigIntegerField(help_text="The highest that it was given; only grows.")
    at = models.DateTimeField(help_text="When it was first given that sequence.")
    asked_at = models.DateTimeField(help_text="When it last asked, to the minute.")

    class Meta:
        ordering = ("feature", "stage")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=("pipeline", "feature", "stage"), name="one_delivery_each"),
        ]
        indexes: ClassVar = [models.Index(fields=("feature", "stage"), name="delivered_to")]

    def __str__(self) -> str:
        return f"{self.feature}, {self.stage}: up to {self.sequence}"


class Acknowledgement(models.Model):
    """A pipeline's statement that a run honoured the choices up to a sequence, and what was to be said of it.

    Rows are never changed (trigger). Beside the statement stands what it was judged by when it came: how far the
    choices were that the pipeline had been given, the age that was agreed, and what members had chosen since.
    """

    pipeline = models.ForeignKey(Pipeline, on_delete=models.PROTECT, related_name="acknowledgements")
    run = models.CharField(max_length=200)
    feature = models.CharField(max_length=60)
    stage = models.CharField(max_length=12, choices=STAGES)
    sequence = models.BigIntegerField(help_text="Every choice up to this one was honoured.")
    edition = models.PositiveIntegerField()
    members_seen = models.BigIntegerField()
    members_left_out = models.BigIntegerField()
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField()
    received_at = models.DateTimeField()

    delivered = models.BigIntegerField(help_text="The highest sequence that the pipeline had been given.")
    max_age = models.PositiveIntegerField(help_text="The age agreed then, in seconds.")
    overtaken_at = models.DateTimeField(null=True, help_text="When the choice after ``sequence`` was made.")
    refused_at = models.DateTimeField(null=True, help_text="When the first refusal was made that it did not honour.")
    missed = models.PositiveIntegerField(default=0, help_text="Refusals that it should have honoured; 1000: or more.")
    verdict = models.CharField(max_length=12, choices=[(one.value, one.value) for one in Verdict])

    class Meta:
        ordering = ("-started_at", "-id")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=("pipeline", "run"), name="a_run_is_acknowledged_once"),
            models.CheckConstraint(
                condition=models.Q(ended_at__gte=models.F("started_at")), name="a_run_ends_after_it_began"
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=("pipeline", "feature", "stage", "started_at"), include=("sequence", "verdict"), name="runs_of"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.pipeline}: {self.run}"


class Message(models.Model):
    """Tells one pipeline that there are new choices. Waits here until it was taken, or given up."""

    pipeline = models.ForeignKey(Pipeline, on_delete=models.CASCADE, related_name="messages")
    reference = models.UUIDField(default=uuid.uuid4, unique=True, help_text="The same at every try.")
    sequence = models.BigIntegerField(help_text="There are choices up to this one.")
    edition = models.PositiveIntegerField()
    made_at = models.DateTimeField()
    due_at = models.DateTimeField(help_text="When it is tried next.")
    trying_until = models.DateTimeField(null=True, help_text="Until then whoever tries it now tries it alone.")
    failures = models.PositiveSmallIntegerField(default=0)
    sent_at = models.DateTimeField(null=True, help_text="When it was taken.")
    given_up_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=200, blank=True, help_text="Why the last try failed.")

    class Meta:
        ordering = ("-id",)
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=("pipeline",),
                condition=models.Q(sent_at=None, given_up_at=None),
                name="one_message_waits_for_each",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=("due_at",), condition=models.Q(sent_at=None, given_up_at=None), name="messages_to_send"
            ),
        ]

    def __str__(self) -> str:
        return f"up to {self.sequence}, to {self.pipeline}"

    @property
    def waits(self) -> bool:
        """Whether it was neither taken nor given up yet."""
        return self.sent_at is None and self.given_up_at is None

    def is_being_tried(self, at: datetime) -> bool:
        """Whether somebody tries it at this moment; who was killed half-way counts for two minutes more."""
        return self.waits and self.trying_until is not None and at < self.trying_until


class KeptList(models.Model):
    """A long suppression list that a worker makes, or made, for one pipeline; its file is kept until it expires.

    While ``state`` says so, ``claim`` names the worker's try: whoever else comes to an end changes nothing.
    """

    class State(models.TextChoices):
        QUEUED = "queued", "waiting for a worker"
        BUILDING = "building", "being made"
        READY = "ready", "ready"
        FAILED = "failed", "failed"

    reference = models.UUIDField(unique=True, default=uuid.uuid4, help_text="What its address is known by.")
    pipeline = models.ForeignKey(Pipeline, on_delete=models.CASCADE, related_name="lists")
    feature = models.CharField(max_length=60)
    stage = models.CharField(max_length=12, choices=STAGES)
    categories = ArrayField(models.CharField(max_length=120), help_text="None named: all of the feature's.")
    form = models.CharField(max_length=10, help_text="parquet, arrow, roaring or ndjson.")
    state = models.CharField(max_length=10, choices=State.choices, default=State.QUEUED)
    claim = models.UUIDField(null=True)
    tries = models.PositiveSmallIntegerField(default=0)
    done = models.BigIntegerField(default=0, help_text="Members written so far.")
    total = models.BigIntegerField(null=True, help_text="Members in all, once that is known.")
    asked_at = models.DateTimeField()
    heard_at = models.DateTimeField(help_text="When it was last rung for, or heard of.")
    error = models.CharField(max_length=300, blank=True)
    header = models.TextField(blank=True, help_text="The sealed header, as JSON.")
    file = models.CharField(max_length=200, blank=True, help_text="Its name in the storage; may be half written.")
    size = models.BigIntegerField(null=True, help_text="Bytes.")
    sha256 = models.CharField(max_length=64, blank=True, help_text="Of the file.")
    expires_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-id",)
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=("pipeline", "feature", "stage", "categories", "form"),
                condition=models.Q(state__in=("queued", "building")),
                name="one_list_is_made_at_a_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.pipeline}: {self.feature}, {self.stage}"


class ListGiven(models.Model):
    """That a pipeline was given a list, as the public log has it: by a salted digest that tells of no member.

    It is kept until the list expires, so that the same list is entered once; the pipeline keeps the salt itself.
    """

    pipeline = models.ForeignKey(Pipeline, on_delete=models.CASCADE, related_name="lists_given")
    feature = models.CharField(max_length=60)
    stage = models.CharField(max_length=12, choices=STAGES)
    list_kind = models.CharField(max_length=10, help_text="leave_out or may_use.")
    categories = ArrayField(models.CharField(max_length=120))
    edition = models.PositiveIntegerField()
    sequence = models.BigIntegerField()
    salt = models.BinaryField(max_length=16)
    commitment = models.BinaryField(max_length=32, help_text="SHA-256 of the salt and the list's digest.")
    expires_at = models.DateTimeField()

    class Meta:
        ordering = ("-id",)
        indexes: ClassVar = [
            models.Index(fields=("pipeline", "feature", "stage", "sequence"), name="lists_given_at"),
            models.Index(fields=("expires_at",), name="lists_given_until"),
        ]

    def __str__(self) -> str:
        return f"{self.feature}, {self.stage}, up to {self.sequence}, to {self.pipeline}"


class Canary(models.Model):
    """A member and a pipeline of our own, who try again and again whether a refusal takes effect. There is one."""

    account = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.PROTECT)
    pipeline = models.OneToOneField(Pipeline, on_delete=models.PROTECT)
    key = models.TextField(help_text="Sealed: what its pipeline asks with.")
    active = models.BooleanField(default=True)

    def __str__(self) -> str:
        return str(self.pipeline)


class Trial(models.Model):
    """One try: the canary refused, or allowed, and every part of the site was asked whether it holds."""

    at = models.DateTimeField(db_index=True)
    decision = models.CharField(max_length=6)
    seconds = models.FloatField(help_text="From the first page to the last answer.")
    reference = models.UUIDField(null=True, help_text="Of the receipt.")
    step = models.CharField(max_length=20, blank=True, help_text="What failed; empty where all was well.")
    fault = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ("-at", "-id")

    def __str__(self) -> str:
        return f"{self.decision} at {self.at}: {self.fault or 'took effect'}"
