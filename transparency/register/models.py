"""What is said, frozen; and beside it, what was seen. Every row here is public."""

from django.contrib.postgres.indexes import GinIndex
from django.db import models


class Edition(models.Model):
    """A published, immutable, numbered whole of the register (trigger: no UPDATE, no DELETE, no TRUNCATE).

    ``document`` is the canonical JSON (RFC 8785) of number, times, people, words and register; ``digest`` its SHA-256.
    """

    number = models.PositiveIntegerField(primary_key=True)
    published_at = models.DateTimeField()
    effective_at = models.DateTimeField(db_index=True)
    authors = models.JSONField(help_text="Names of those who wrote it.")
    approver = models.CharField(max_length=100)
    summary = models.JSONField(help_text="What changed since the edition before, a list of sentences.")
    notice = models.CharField(max_length=300, blank=True, help_text="When and how members were told beforehand.")
    document = models.TextField()
    digest = models.CharField(max_length=64, unique=True)

    class Meta:
        ordering = ("-number",)

    def __str__(self) -> str:
        return f"Edition {self.number}"


class EditionSince(models.Model):
    """Worked out from the editions, once for each: since when its uses say what they say, and what it changed."""

    edition = models.PositiveIntegerField(primary_key=True)
    uses = models.JSONField(help_text="By use id, the edition since which the use is materially the same.")
    clauses = models.JSONField(
        default=dict, help_text="By use id and clause, the wording's digest when the use was last written."
    )
    changes = models.JSONField(null=True, help_text="What differs from the edition before; see ``diff.Change``.")

    class Meta:
        indexes = (GinIndex(fields=("changes",), opclasses=("jsonb_path_ops",), name="editions_by_change"),)

    def __str__(self) -> str:
        return f"since, for edition {self.edition}"


class Evidence(models.Model):
    """What the catalog showed of one use, in words that members may read. Replaced as a whole after each comparison."""

    category = models.CharField(max_length=120)
    feature = models.CharField(max_length=60)
    stage = models.CharField(max_length=12)
    seen = models.BooleanField()
    direct = models.BooleanField(default=True, help_text="False where it was only used to filter, join or sort.")
    by_column = models.BooleanField()
    first_seen = models.DateTimeField()
    last_seen = models.DateTimeField()
    checked_at = models.DateTimeField()
    steps = models.JSONField(help_text="The path in plain words: a list of {what, name, by, how, last_seen}.")
    sources = models.JSONField(default=list, db_default=[], help_text="Short names of the sources that told of it.")

    class Meta:
        constraints = (models.UniqueConstraint(fields=("category", "feature", "stage"), name="evidence_once_per_use"),)

    def __str__(self) -> str:
        return f"{self.category}/{self.feature}/{self.stage}"


class Freshness(models.Model):
    """When a source was last read well; since when it is stale, if it is."""

    source = models.CharField(max_length=60, primary_key=True)
    name = models.CharField(max_length=100)
    last_good_at = models.DateTimeField(null=True)
    stale_since = models.DateTimeField(null=True)

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name


class Stamp(models.Model):
    """One row. ``version`` grows with everything that changes a public page: readers compare it, no signal is sent."""

    version = models.PositiveBigIntegerField(default=0)
    changed_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return str(self.version)
