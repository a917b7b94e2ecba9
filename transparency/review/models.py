"""Findings, and the proposals that answer them. Drafts live here and nowhere else."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone


class Finding(models.Model):
    """A difference between what is done and what is said, that somebody must decide on."""

    class Kind(models.TextChoices):
        UNDECLARED_USE = "undeclared_use", "Seen, but not declared"
        NOT_OBSERVED = "not_observed", "Declared, but no longer seen"
        UNCLASSIFIED = "unclassified", "Unclassified data reaches a feature"
        UNBOUND_MODEL = "unbound_model", "Model that belongs to no feature"
        BARRIER_EXPIRED = "barrier_expired", "Barrier expired"
        BARRIER_EXPIRING = "barrier_expiring", "Barrier expires soon"
        STALE_SOURCE = "stale_source", "Source not read for too long"
        FAILING_SOURCE = "failing_source", "Source keeps failing"
        HELD_SOURCE = "held_source", "Source in doubt"
        RUN_IGNORED = "run_ignored", "Pipeline did not honour refusals"
        RUN_LATE = "run_late", "Pipeline applied old choices"
        RUN_IMPOSSIBLE = "run_impossible", "Pipeline says what can’t be"
        RUN_UNASKED = "run_unasked", "A run that nobody acknowledged"
        WEBHOOK_OFF = "webhook_off", "Pipeline can’t be told of choices"
        UNCOVERED_USE = "uncovered_use", "No policy clause covers it"
        CLAUSE_CHANGED = "clause_changed", "Policy clause changed under uses"
        BARRIER_PROPOSED = "barrier_proposed", "Step that may stop data"
        IDLE_PURPOSE = "idle_purpose", "Policy names an unused purpose"

    class State(models.TextChoices):
        OPEN = "open", "Open"
        IN_PROPOSAL = "in_proposal", "In a proposal"
        DISMISSED = "dismissed", "Dismissed"
        CLOSED = "closed", "Closed by itself"

    kind = models.CharField(max_length=20, choices=Kind.choices)
    subject = models.CharField(
        max_length=1300,
        help_text="What it is about: a use's id, an asset's key, a source's slug, a barrier's id, a clause and so on.",
    )
    urgency = models.PositiveSmallIntegerField(help_text="1 today, 2 this week, 3 when there is time.")
    sentence = models.CharField(max_length=600, help_text="The finding in words.")
    evidence = models.JSONField(default=dict, help_text="What it rests on: path, counts, dates.")
    state = models.CharField(max_length=12, choices=State.choices, default=State.OPEN)
    opened_at = models.DateTimeField(default=timezone.now)
    last_seen_at = models.DateTimeField(default=timezone.now)
    closed_at = models.DateTimeField(null=True)
    reason = models.CharField(
        max_length=1000, blank=True, help_text="Why it was dismissed, or why it closed by itself."
    )
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    proposal = models.ForeignKey("Proposal", null=True, on_delete=models.SET_NULL, related_name="findings")

    class Meta:
        ordering = ("urgency", "opened_at")
        constraints = (
            models.UniqueConstraint(
                fields=("kind", "subject"), condition=~Q(state="closed"), name="a_finding_once_while_it_lasts"
            ),
        )

    def __str__(self) -> str:
        return self.sentence


class Proposal(models.Model):
    """Edits to the register that travel together, from draft to edition, by the table in ``workflow``."""

    class State(models.TextChoices):
        DRAFT = "draft", "Draft"
        SUBMITTED = "submitted", "Waiting for review"
        RETURNED = "returned", "Returned to its author"
        APPROVED = "approved", "Approved"
        PUBLISHED = "published", "Published"
        WITHDRAWN = "withdrawn", "Withdrawn"

    title = models.CharField(max_length=120, help_text="What it is for, e.g. “Search history in job recommendations”.")
    why = models.TextField(blank=True, max_length=4000, help_text="Why the change is needed, for the reviewer.")
    notice = models.CharField(max_length=300, blank=True, help_text="When and how members are told beforehand.")
    sooner = models.CharField(
        max_length=300, blank=True, help_text="Why it can't wait until members have had their notice; they read it."
    )
    state = models.CharField(max_length=12, choices=State.choices, default=State.DRAFT)
    base = models.PositiveIntegerField(help_text="Number of the edition it starts from; 0 for none.")
    effective_at = models.DateTimeField(
        null=True, blank=True, help_text="From when the change holds; empty for at once."
    )
    version = models.PositiveIntegerField(
        default=1, help_text="Counts its changes; a form that carries an older number is refused."
    )
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    edition = models.PositiveIntegerField(null=True, help_text="The edition it became.")

    class Meta:
        ordering = ("-id",)

    def __str__(self) -> str:
        return self.title


class Edit(models.Model):
    """One record of the register as a proposal would have it. A removal has an empty ``after``."""

    class Kind(models.TextChoices):
        CATEGORY = "category", "Data category"
        FEATURE = "feature", "AI feature"
        USE = "use", "Use"
        POLICY = "policy", "Policy document"
        CORRECTION = "correction", "Correction"

    class Decided(models.TextChoices):
        THIS = "this", "What stands here"
        SCHEDULED = "scheduled", "What is scheduled"

    proposal = models.ForeignKey(Proposal, on_delete=models.CASCADE, related_name="edits")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    subject = models.CharField(max_length=260, help_text="The record's key, slug or id.")
    before = models.JSONField(null=True, help_text="The record in the base edition; null where it is new.")
    after = models.JSONField(null=True, help_text="The record as proposed; null where it is removed.")
    decided = models.CharField(
        max_length=9,
        choices=Decided.choices,
        blank=True,
        db_default="",
        default="",
        help_text="What holds later, where an edition that waits changes the same; empty while nobody has decided.",
    )
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ("kind", "subject")
        constraints = (
            models.UniqueConstraint(fields=("proposal", "kind", "subject"), name="a_record_once_per_proposal"),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.subject}"


class Author(models.Model):
    """Somebody who has had a hand in a proposal, at any time: they can't approve it, even if their edit was undone."""

    proposal = models.ForeignKey(Proposal, on_delete=models.CASCADE, related_name="authors")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = (models.UniqueConstraint(fields=("proposal", "user"), name="an_author_once"),)

    def __str__(self) -> str:
        return str(self.user)


class Decision(models.Model):
    """A reviewer's yes or no to exactly one content. A later change of the proposal leaves it behind."""

    class Verdict(models.TextChoices):
        APPROVED = "approved", "Approved"
        RETURNED = "returned", "Returned"

    proposal = models.ForeignKey(Proposal, on_delete=models.CASCADE, related_name="decisions")
    verdict = models.CharField(max_length=10, choices=Verdict.choices)
    content_digest = models.CharField(max_length=64, help_text="SHA-256 of the canonical content that was looked at.")
    evidence_digest = models.CharField(
        max_length=64,
        blank=True,
        db_default="",
        help_text="SHA-256 of what the findings that it answers rested on; empty where that was not kept yet.",
    )
    reviewer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    submitter = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    reason = models.TextField(blank=True, max_length=4000)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ("-id",)
        constraints = (
            models.CheckConstraint(condition=~Q(reviewer=F("submitter")), name="nobody_decides_on_their_own"),
        )

    def __str__(self) -> str:
        return f"{self.verdict} by {self.reviewer}"


class Comment(models.Model):
    """Something said about a proposal, for those who work on it."""

    proposal = models.ForeignKey(Proposal, on_delete=models.CASCADE, related_name="comments")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    text = models.TextField(max_length=4000)

    class Meta:
        ordering = ("id",)

    def __str__(self) -> str:
        return self.text[:60]


class Digest(models.Model):
    """That somebody's letter of one day was sent, or needn't be: each once."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    day = models.DateField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("user", "day"), name="a_digest_a_day"),)

    def __str__(self) -> str:
        return f"{self.user}, {self.day}"
