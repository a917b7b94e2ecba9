"""What waits to be sealed and what is sealed. The published files can be made anew from these rows."""

from django.db import models


class Entry(models.Model):
    """One fact in the log (triggers: only its ``index`` is ever written, once). Written with the fact it records."""

    kind = models.CharField(max_length=40, help_text="e.g. “edition”.")
    subject = models.CharField(max_length=80, help_text="Which one of its kind, e.g. the number of an edition.")
    body = models.TextField(help_text="Canonical JSON (RFC 8785), what the leaf is made from. Public: no person in it.")
    index = models.BigIntegerField(null=True, unique=True, help_text="Its place in the log; none until it is sealed.")
    recorded_at = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("kind", "subject"), name="entry_once_per_subject"),)
        indexes = (models.Index(fields=("id",), condition=models.Q(index=None), name="entries_that_wait"),)

    def __str__(self) -> str:
        return f"{self.kind} {self.subject}"


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
