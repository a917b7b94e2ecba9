"""Sources, each reading of one, and what was sent to us and waits to be read. Part of ``models``."""

from datetime import datetime
from pathlib import PurePosixPath

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone

from transparency.catalog.namespaces import BadNamespaces, read_namespaces

YEAR = 366  # days


def _between(least: int, most: int) -> tuple[MinValueValidator, MaxValueValidator]:
    """Beyond ``most`` no calendar would have the moment that is that far away, and every refresh would fail."""
    return MinValueValidator(least), MaxValueValidator(most)


class Source(models.Model):
    """A lineage catalog, or a part of one, that is read on a schedule or that posts events."""

    class Connector(models.TextChoices):
        OPENLINEAGE_HTTP = "openlineage_http", "OpenLineage events sent to us"
        OPENLINEAGE_FILE = "openlineage_file", "OpenLineage events in files"
        DBT = "dbt", "dbt manifest and catalog"
        DATAHUB = "datahub", "DataHub"
        DATAHUB_FILE = "datahub_file", "DataHub metadata in files"
        MARQUEZ = "marquez", "Marquez"
        OPENMETADATA = "openmetadata", "OpenMetadata"

    # Those that know many platforms or services, each of which has a namespace of its own.
    MANY = frozenset({Connector.DATAHUB, Connector.DATAHUB_FILE, Connector.OPENMETADATA})
    FILES = frozenset({Connector.OPENLINEAGE_FILE, Connector.DBT, Connector.DATAHUB_FILE})

    slug = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=100, help_text="How staff and members call it, e.g. “Data warehouse”.")
    connector = models.CharField(max_length=30, choices=Connector.choices)
    location = models.CharField(
        max_length=500,
        blank=True,
        help_text="For files: the file or folder below the imports folder. For catalogs that are asked: their address, "
        "e.g. https://datahub.example, on a host that an operator lists in CATALOG_HOSTS or CATALOG_PRIVATE_HOSTS. "
        "Empty for events sent to us.",
    )
    token = models.CharField(
        max_length=40,
        blank=True,
        validators=[RegexValidator(r"^[A-Z0-9_]*\Z", "Capitals, figures and “_” only, e.g. DATAHUB.")],
        help_text="For catalogs that are asked, where they want a token: its name, e.g. DATAHUB. The token itself is "
        "where workers run, in the variable CATALOG_TOKEN_DATAHUB or in the file named by CATALOG_TOKEN_DATAHUB_FILE.",
    )
    namespace = models.CharField(
        max_length=1000,
        blank=True,
        help_text="For dbt: how OpenLineage calls the warehouse, e.g. snowflake://acme or postgres://db:5432. For "
        "DataHub: the same for each platform, e.g. snowflake=snowflake://acme postgres=postgres://db:5432. For "
        "OpenMetadata: for each service, e.g. warehouse=postgres://db:5432. For Marquez: nothing. Then the source's "
        "tables and what pipelines tell of them are the same.",
    )
    every_minutes = models.PositiveIntegerField(
        default=60, validators=_between(1, YEAR * 24 * 60), help_text="Minutes between two refreshes."
    )
    whole_every_hours = models.PositiveIntegerField(
        default=24,
        validators=_between(0, 10 * YEAR * 24),
        help_text="For catalogs that can tell what changed: hours after which all of it is read again, which is when "
        "what is gone is noticed. In between, only changes are read. 0: always all of it.",
    )
    horizon_days = models.PositiveIntegerField(
        default=30,
        validators=_between(1, 100 * YEAR),
        help_text="A flow not seen for this many days no longer counts.",
    )
    stale_after_hours = models.PositiveIntegerField(
        default=24,
        validators=_between(1, 10 * YEAR * 24),
        help_text="Without a good refresh for this long, the source is called stale.",
    )
    enabled = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=timezone.now)
    last_good_at = models.DateTimeField(null=True, help_text="End of the last refresh that succeeded.")
    last_whole_at = models.DateTimeField(null=True, help_text="End of the last good refresh that read all of it.")
    cursor = models.JSONField(default=dict, help_text="Where the next reading of changes begins, as the catalog told.")
    version = models.PositiveBigIntegerField(default=0, help_text="Counts the changes of this source's graph.")
    retired_at = models.DateTimeField(
        null=True, blank=True, help_text="Since when it is read no more, for good, and nothing that it told counts."
    )
    retired_because = models.CharField(max_length=1000, blank=True, db_default="", default="")

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name

    def counts_as_asked(self, at: datetime) -> datetime:
        """Until when it is known what is no more: when it was last read, for not being able to ask is no evidence.

        One that is switched off nobody means to ask again: what it showed grows old all the same, day by day.
        """
        if not self.enabled:
            return at.replace(hour=0, minute=0, second=0, microsecond=0)
        return min(self.last_good_at or at, at)

    def clean(self) -> None:
        """Files lie below a folder; namespaces of a catalog with many platforms or services must be told for each."""
        wrong: dict[str, str] = {}
        parts = PurePosixPath(self.location.strip()).parts
        if self.connector in self.FILES and (not parts or "/" in parts or ".." in parts):
            wrong["location"] = "Name a file or folder below the imports folder, without “..” or a / at the start."
        try:
            _ = read_namespaces(self.namespace) if self.connector in self.MANY else None
        except BadNamespaces as bad:
            wrong["namespace"] = str(bad)
        if wrong:
            raise ValidationError(wrong)


class Refresh(models.Model):
    """One reading of one source. At most one is running per source (constraint), and a stale runner can't commit."""

    class State(models.TextChoices):
        QUEUED = "queued", "Waiting"
        RUNNING = "running", "Running"
        SUCCEEDED = "succeeded", "Succeeded"
        FAILED = "failed", "Failed"
        HELD = "held", "Waits for a person"

    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="refreshes")
    state = models.CharField(max_length=12, choices=State.choices, default=State.QUEUED)
    phase = models.CharField(
        max_length=40, blank=True, help_text="What it is doing, in words: reading, merging, comparing."
    )
    done = models.PositiveBigIntegerField(default=0)
    total = models.PositiveBigIntegerField(null=True, help_text="Null where it isn't known beforehand.")
    queued_at = models.DateTimeField(default=timezone.now)
    started_at = models.DateTimeField(null=True)
    heartbeat_at = models.DateTimeField(
        null=True, help_text="Last sign of life; a runner silent for too long has lost its claim."
    )
    finished_at = models.DateTimeField(null=True)
    attempts = models.PositiveIntegerField(default=0)
    summary = models.JSONField(
        default=dict, help_text="What changed: counts of assets, columns and flows added, changed, gone."
    )
    error = models.TextField(blank=True, help_text="Why it failed, in words for a person.")
    accepts = models.ForeignKey(
        "self",
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text="The held refresh that a person said is right: as much as it found is enough for this one.",
    )

    class Meta:
        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint(
                fields=("source",), condition=Q(state__in=("queued", "running")), name="one_refresh_at_a_time"
            ),
        )

    def __str__(self) -> str:
        return f"{self.source} {self.state}"

    @property
    def in_words(self) -> str:
        """Its state for a person: one that failed and is to be tried again does not just wait."""
        tries_again = self.state == self.State.QUEUED and self.attempts
        return "Waits to try again" if tries_again else self.get_state_display()


class Tryout(models.Model):
    """The last time that somebody tried a source, in each of its ways: nothing of what was found counts.

    Asking anew replaces it; ``asked_at`` tells a worker whether it is still the one that it was called for.
    """

    class Kind(models.TextChoices):
        CONNECTION = "connection", "Test of the connection"
        CHANGES = "changes", "What a refresh would change"
        RETIREMENT = "retirement", "What would stop counting"

    class State(models.TextChoices):
        QUEUED = "queued", "Waiting"
        RUNNING = "running", "Running"
        DONE = "done", "Done"
        FAILED = "failed", "Failed"

    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="tryouts")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    state = models.CharField(max_length=12, choices=State.choices, default=State.QUEUED)
    asked_at = models.DateTimeField(default=timezone.now)
    heartbeat_at = models.DateTimeField(null=True, help_text="Last sign of life of whoever tries it.")
    finished_at = models.DateTimeField(null=True)
    phase = models.CharField(max_length=40, blank=True)
    found = models.JSONField(default=dict, help_text="What was found, in numbers; for changes, also which.")
    error = models.TextField(blank=True, help_text="Why it failed, in words for a person.")

    class Meta:
        constraints = (models.UniqueConstraint(fields=("source", "kind"), name="one_tryout_of_each_kind"),)

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.source}"

    @property
    def would_stop(self) -> list[str]:
        """The uses that would be seen no more, by their ids; of very many, the first, and how many more."""
        ended = self.found.get("ended", {"count": 0, "first": []})
        named = [f"{one['category']}/{one['feature']}/{one['stage']}" for one in ended["first"]]
        more = ended["count"] - len(named)
        return [*named, f"and {more:,} more"] if more else named


class SourceFault(models.Model):
    """One thing in a source's input that could not be used; the rest of the input was."""

    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="faults")
    at = models.DateTimeField(default=timezone.now)
    refused = models.BooleanField(
        default=False, help_text="True for what was sent and turned away: reading the source again does not undo it."
    )
    code = models.CharField(max_length=40)
    pointer = models.CharField(
        max_length=600, blank=True, help_text="Where in the input: file and line, or JSON pointer."
    )
    message = models.CharField(max_length=1000)

    class Meta:
        ordering = ("-id",)

    def __str__(self) -> str:
        return self.message


class LineageEvent(models.Model):
    """An OpenLineage event as it was posted. Storing is quick and durable; a worker applies it later, in batches."""

    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="events")
    digest = models.BinaryField(max_length=32, help_text="SHA-256 of the body: the same event twice is one row.")
    event_time = models.DateTimeField()
    received_at = models.DateTimeField(default=timezone.now)
    body = models.TextField(help_text="The JSON text as received.")
    applied_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("source", "digest"), name="an_event_is_stored_once"),)
        indexes = (models.Index(fields=("source", "id"), condition=Q(applied_at=None), name="events_to_apply"),)

    def __str__(self) -> str:
        return f"event {self.pk}"


class Folded(models.Model):
    """What the posted events of one source show together, as far as they were applied: the graph rests on it.

    Stored with the graph in one transaction. With it, applied events need not be read again, and may be deleted.
    """

    source = models.OneToOneField(Source, on_delete=models.CASCADE, related_name="folded")
    form = models.PositiveIntegerField(help_text="Another one than the program's is not understood any more.")
    state = models.BinaryField()
    at = models.DateTimeField(help_text="When the last events were applied.")

    def __str__(self) -> str:
        return f"events of {self.source}"
