"""What columns may hold of which nobody has said so: suggestions, and what people decided on them."""

from django.conf import settings
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q


class Suggestion(models.Model):
    """Says that a column may hold a data category, and why. It labels nothing: a person who accepts it makes a rule.

    Once a person has rejected it, no worker opens it again.
    """

    class State(models.TextChoices):
        OPEN = "open", "To decide"
        ACCEPTED = "accepted", "Accepted"
        REJECTED = "rejected", "Rejected"
        GONE = "gone", "No longer suggested"

    key = models.CharField(max_length=1100, help_text="The column's key.")
    category = models.CharField(max_length=120)
    weight = models.PositiveSmallIntegerField(
        validators=(MaxValueValidator(100),), help_text="How much speaks for it: 0 nothing, 100 everything."
    )
    reasons = models.JSONField(default=list, help_text="What speaks for it, each a sentence.")
    features = models.JSONField(default=list, help_text="Slugs of the AI features that the column reaches.")
    news = models.JSONField(
        default=list, help_text="Slugs of those that the category is not seen to reach: what accepting would change."
    )
    state = models.CharField(max_length=8, choices=State.choices, default=State.OPEN)
    found_at = models.DateTimeField(help_text="When it was first suggested, or was suggested again.")
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=1000, blank=True, help_text="Why it was decided so, or why it is gone.")
    rule = models.ForeignKey(
        "catalog.ClassificationRule", null=True, on_delete=models.SET_NULL, related_name="+", help_text="What it became"
    )

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("key", "category"), name="a_suggestion_once"),
            models.CheckConstraint(
                condition=~Q(state__in=("accepted", "rejected")) | Q(decided_by__isnull=False),
                name="a_suggestion_is_decided_by_somebody",
            ),
        )

    def __str__(self) -> str:
        return f"{self.key} → {self.category}"


class Suggesting(models.Model):
    """One row: what the suggestions that stand were worked out from."""

    inputs = models.CharField(max_length=64, help_text="SHA-256 of everything that they follow from.")
    said = models.CharField(max_length=64, help_text="The same of what people said only.")
    at = models.DateTimeField()
    seconds = models.FloatField(help_text="How long it took.")
    columns = models.PositiveIntegerField(help_text="Columns without a label that reach an AI feature.")
    left_out = models.PositiveIntegerField(help_text="Those of them that were too many to be looked at.")

    def __str__(self) -> str:
        return self.inputs
