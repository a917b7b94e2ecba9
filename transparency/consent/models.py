"""What members chose. Rows are appended by ``consent_append`` (see the second migration) and by nothing else."""

from typing import ClassVar

from django.db import models

from transparency.consent.precedence import Decision


class Origin(models.IntegerChoices):
    """Through what a choice came. Only what the member does with their own hands may allow anything."""

    PAGE = 1, "the page of choices"
    API = 2, "a settings page of the platform"
    SIGNAL = 3, "your browser's privacy signal"
    SUPPORT = 4, "our support, on your behalf"
    IMPORT = 5, "an earlier record"


class Scope(models.Model):
    """What a choice speaks of, by its name (see ``scopes``); rows are made when they are first needed."""

    id = models.AutoField(primary_key=True)
    name = models.CharField(max_length=200, unique=True)

    def __str__(self) -> str:
        return self.name


class MemberKey(models.Model):
    """A member key that isn't an integer. Choices hold its id, negated; erasure replaces the key by a random one."""

    key = models.CharField(max_length=64, unique=True)

    def __str__(self) -> str:
        return f"member key {self.pk}"


class Journal(models.Model):
    """One row that tells this journal of choices from any other, and how often members were erased from it."""

    lineage = models.UUIDField()
    erasures = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return str(self.lineage)


class Choice(models.Model):
    """One act of one member: what they said, of what, when, and through what (triggers: no UPDATE, DELETE, TRUNCATE).

    ``sequence`` has no gaps, and whoever has read up to N never finds another one at or below N. ``member`` is the
    integer key itself, or the negated id of a ``MemberKey``. ``digest`` is the SHA-256 of ``salt`` followed by the
    canonical JSON of the choice (``receipts.canonical``): it tells nobody whose it is once the salt is gone.
    """

    sequence = models.BigIntegerField(primary_key=True)
    reference = models.UUIDField(help_text="What the receipt is known by; can't be guessed.")
    member = models.BigIntegerField()
    # No constraint: checking it locks the scope's row, which every chooser shares. ``consent_append`` looks it up.
    scope = models.ForeignKey(Scope, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False)
    decision = models.SmallIntegerField(choices=[(one.value, one.name.lower()) for one in Decision])
    origin = models.SmallIntegerField(choices=Origin.choices)
    edition = models.PositiveIntegerField(help_text="The edition that the member had before them; 0 for none.")
    at = models.DateTimeField()
    previous = models.BigIntegerField(help_text="Sequence of the member's choice before, at the same scope; 0 if none.")
    request = models.CharField(max_length=64, blank=True, help_text="Digest of the idempotency key, if one was sent.")
    salt = models.BinaryField(null=True, max_length=32)
    digest = models.BinaryField(max_length=32)

    class Meta:
        ordering = ("sequence",)
        indexes: ClassVar = [models.Index(fields=("member", "scope", "sequence"), name="choices_of_a_member")]
        constraints: ClassVar = [
            # P-05: nothing but the member's own act turns a refusal into anything else.
            models.CheckConstraint(
                condition=models.Q(decision=Decision.REFUSE) | models.Q(origin__in=(Origin.PAGE, Origin.API)),
                name="only_members_themselves_allow",
            ),
        ]

    def __str__(self) -> str:
        return f"choice {self.sequence}"


class Batch(models.Model):
    """Choices that stand in the public log together, as one root over their digests (RFC 6962)."""

    last = models.BigIntegerField(primary_key=True, help_text="Sequence of its last choice.")
    first = models.BigIntegerField()
    root = models.BinaryField(max_length=32)

    class Meta:
        ordering = ("last",)

    def __str__(self) -> str:
        return f"choices {self.first} to {self.last}"

    @property
    def subject(self) -> str:
        """What its entry in the log is called."""
        return f"{self.first}-{self.last}"


class Round(models.Model):
    """Once through all editions, or all choices, to see that each is still the one that the public log knows.

    Workers make it in slices. What it found stays, for whoever asks later since when that was so.
    """

    class Of(models.TextChoices):
        """What it goes through."""

        EDITIONS = "editions", "What we say"
        CHOICES = "choices", "What members chose"

    of = models.CharField(max_length=8, choices=Of.choices)
    began_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    upto = models.BigIntegerField(default=0, help_text="The number of the last one that was read.")
    found = models.JSONField(default=list, help_text="The first sentences that say what is wrong; of no member.")
    count = models.BigIntegerField(default=0, help_text="How many there are of them in all.")
    told_at = models.DateTimeField(null=True, help_text="When administrators were written to.")

    class Meta:
        ordering = ("-id",)

    def __str__(self) -> str:
        return f"{self.of} up to {self.upto}"
