"""What waits to be sealed and what is sealed. The published files can be made anew from these rows."""

from django.db import models


class Entry(models.Model):
    """One fact for the log (triggers: it never changes, and it waits for a place). Written with what it records."""

    kind = models.CharField(max_length=40, help_text="e.g. “edition”.")
    subject = models.CharField(max_length=80, help_text="Which one of its kind, e.g. the number of an edition.")
    body = models.TextField(help_text="Canonical JSON (RFC 8785), what the leaf is made from. Public: no person in it.")
    recorded_at = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("kind", "subject"), name="entry_once_per_subject"),)

    def __str__(self) -> str:
        return f"{self.kind} {self.subject}"


class Waiting(models.Model):
    """An entry that has no place in the log yet. Written with it, and never by hand (triggers).

    A row is deleted when its entry gets a place. A trigger gives it, so that none waits no more and has none.
    """

    entry = models.OneToOneField(Entry, models.DO_NOTHING, primary_key=True, db_constraint=False, related_name="+")

    def __str__(self) -> str:
        return f"entry {self.entry_id} waits"


class Stretch(models.Model):
    """Places in the log (triggers: they never change): ``count`` entries, whose ids follow each other as they do here.

    To number ten thousand entries is to write one row; to change each of them would take fifty times as long.
    """

    index = models.BigIntegerField(primary_key=True, help_text="The place of the first.")
    entry = models.BigIntegerField(unique=True, help_text="The id of the first.")
    count = models.BigIntegerField()

    class Meta:
        ordering = ("index",)

    def __str__(self) -> str:
        return f"entries {self.index} to {self.index + self.count - 1}"


class Cosignature(models.Model):
    """The line that a witness signed under a checkpoint: it saw this one, and every one before that it signed."""

    checkpoint = models.ForeignKey("Checkpoint", on_delete=models.PROTECT, related_name="cosignatures")
    witness = models.CharField(max_length=200)
    line = models.TextField(help_text="As it is published under the note.")
    signed_at = models.DateTimeField()

    class Meta:
        ordering = ("witness",)
        constraints = (models.UniqueConstraint(fields=("checkpoint", "witness"), name="a_witness_signs_once"),)

    def __str__(self) -> str:
        return f"{self.witness}, {self.checkpoint}"


class Checkpoint(models.Model):
    """A state of the log that was signed: how many entries, and the root over them (triggers: never changes)."""

    size = models.BigIntegerField(primary_key=True)
    root = models.BinaryField(max_length=32)
    note = models.TextField(help_text="The signed text, as it was published.")
    sealed_at = models.DateTimeField()

    class Meta:
        ordering = ("-size",)

    def __str__(self) -> str:
        return f"checkpoint {self.size}"

    @property
    def cosigned(self) -> str:
        """The note with the lines of every witness that signed it."""
        return self.note + "".join(one.line for one in self.cosignatures.all())
