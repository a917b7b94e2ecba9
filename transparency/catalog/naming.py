"""What people say of names: how they are compared, and which two are not one. Part of ``models``."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone


class NameRule(models.Model):
    """Says of a namespace how the names in it are compared, or that what flows there does not count."""

    class Kind(models.TextChoices):
        CASE = "case", "Capital and small letters are the same there"
        PLACE = "place", "It is another name of one place"
        LEFT_OUT = "left_out", "What flows there does not count"

    kind = models.CharField("What the rule says", max_length=10, choices=Kind.choices)
    namespace = models.CharField(
        max_length=512,
        help_text="As the catalog names it, with * for anything, e.g. snowflake://* or *;env=DEV. Of one place, * may "
        "only stand at the end.",
    )
    same_as = models.CharField(
        "The same as",
        max_length=512,
        blank=True,
        help_text="For another name of one place: the name that counts, e.g. s3://* where the rule is about s3a://*.",
    )
    source = models.ForeignKey(
        "catalog.Source",
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="+",
        help_text="For what does not count: only what this source tells. Empty: whichever tells it.",
    )
    reason = models.CharField(max_length=1000, help_text="Why it is so, e.g. “Snowflake ignores case.”")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    agreed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ("kind", "namespace", "id")
        constraints = (
            models.UniqueConstraint(
                fields=("kind", "namespace", "source"), nulls_distinct=False, name="a_name_rule_once"
            ),
            models.CheckConstraint(
                condition=Q(kind="place") ^ Q(same_as=""), name="another_name_of_a_place_says_of_which"
            ),
        )

    def __str__(self) -> str:
        return f"{self.namespace}: {self.get_kind_display()}{f', {self.same_as}' if self.same_as else ''}"


class Apart(models.Model):
    """Two names that are not one thing, though a source tells so, or a rule makes them one."""

    key = models.CharField(max_length=1100, help_text="Key of the name that stands for itself.")
    other = models.CharField(max_length=1100, help_text="The key that it is not.")
    reason = models.CharField(max_length=1000, help_text="Why they are two, e.g. “The old table was dropped.”")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    agreed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ("key", "other")
        constraints = (
            models.UniqueConstraint(fields=("key", "other"), name="apart_once"),
            models.CheckConstraint(condition=~Q(key=F("other")), name="nothing_is_apart_from_itself"),
        )

    def __str__(self) -> str:
        return f"{self.key} is not {self.other}"
