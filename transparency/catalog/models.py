"""What the lineage catalog shows: sources, the graph each of them gave, and what follows from it.

Assets and flows belong to one source and are replaced as a whole by its refresh. What people decide about the graph
(rules, bindings, barriers) names assets by ``key``, not by row, so it outlives every refresh.
"""

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone

from transparency.catalog.namespaces import BadNamespaces, read_namespaces


class Stage(models.TextChoices):
    TRAINING = "training", "Training"
    FINE_TUNING = "fine_tuning", "Fine-tuning"
    INFERENCE = "inference", "Use while you are on the site"
    EVALUATION = "evaluation", "Testing"


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
        "DataHub: the same for each platform, e.g. snowflake=snowflake://acme postgres=postgres://db:5432. Then the "
        "source's tables and what pipelines tell of them are the same.",
    )
    every_minutes = models.PositiveIntegerField(default=60, help_text="Minutes between two refreshes.")
    whole_every_hours = models.PositiveIntegerField(
        default=24,
        help_text="For catalogs that can tell what changed: hours after which all of it is read again, which is when "
        "what is gone is noticed. In between, only changes are read. 0: always all of it.",
    )
    horizon_days = models.PositiveIntegerField(
        default=30, help_text="A flow not seen for this many days no longer counts."
    )
    stale_after_hours = models.PositiveIntegerField(
        default=24, help_text="Without a good refresh for this long, the source is called stale."
    )
    enabled = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=timezone.now)
    last_good_at = models.DateTimeField(null=True, help_text="End of the last refresh that succeeded.")
    last_whole_at = models.DateTimeField(null=True, help_text="End of the last good refresh that read all of it.")
    cursor = models.JSONField(default=dict, help_text="Where the next reading of changes begins, as the catalog told.")
    version = models.PositiveBigIntegerField(default=0, help_text="Counts the changes of this source's graph.")

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """A DataHub's namespaces must be told for each platform."""
        try:
            _ = read_namespaces(self.namespace) if self.connector == self.Connector.DATAHUB_FILE else None
        except BadNamespaces as bad:
            raise ValidationError({"namespace": str(bad)}) from bad


class Refresh(models.Model):
    """One reading of one source. At most one is running per source (constraint), and a stale runner can't commit."""

    class State(models.TextChoices):
        QUEUED = "queued", "Waiting"
        RUNNING = "running", "Running"
        SUCCEEDED = "succeeded", "Succeeded"
        FAILED = "failed", "Failed"
        HELD = "held", "Held for a person: much less was found than last time"

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


class Asset(models.Model):
    """A node of one source's graph. ``key`` is the same in every source that knows the thing.

    Keys follow the OpenLineage naming spec: ``dataset:{namespace}/{name}``, ``column:{namespace}/{name}#{field}``,
    ``job:{namespace}/{name}``, ``feature:…``, ``model:…``.
    """

    class Kind(models.TextChoices):
        DATASET = "dataset", "Dataset"
        COLUMN = "column", "Column"
        JOB = "job", "Job"
        FEATURE = "feature", "ML feature"
        MODEL = "model", "Model"

    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="assets")
    key = models.CharField(max_length=1100)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    namespace = models.CharField(max_length=512)
    name = models.CharField(max_length=512)
    field = models.CharField(max_length=512, blank=True, help_text="The column's own name; empty for everything else.")
    description = models.TextField(blank=True)
    tags = models.JSONField(default=list, help_text="Catalog tags, each a string.")
    terms = models.JSONField(default=list, help_text="Glossary terms, each a string.")
    facts = models.JSONField(default=dict, help_text="Owners, type, and whatever else the catalog said, as it came.")
    first_seen = models.DateTimeField()
    last_seen = models.DateTimeField()
    as_of = models.DateTimeField(
        help_text="Time of the statement these values come from; an older one never replaces them."
    )

    class Meta:
        constraints = (models.UniqueConstraint(fields=("source", "key"), name="an_asset_once_per_source"),)
        indexes = (models.Index(fields=("key",)),)

    def __str__(self) -> str:
        return self.key


class Alias(models.Model):
    """Two keys for one thing: a symlink, a rename or a pair that a source told of."""

    class Reason(models.TextChoices):
        SYMLINK = "symlink", "The catalog calls both the same"
        RENAME = "rename", "It was renamed"
        SIBLING = "sibling", "One is dbt's model, the other the table that it builds"

    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="aliases")
    key = models.CharField(max_length=1100)
    canonical_key = models.CharField(max_length=1100)
    reason = models.CharField(max_length=10, choices=Reason.choices)
    as_of = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("source", "key"), name="an_alias_once_per_source"),)

    def __str__(self) -> str:
        return f"{self.key} = {self.canonical_key}"


class Flow(models.Model):
    """An edge of one source's graph: data went from ``upstream`` to ``downstream``, by ``job`` where one is known."""

    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="flows")
    upstream = models.ForeignKey(Asset, on_delete=models.CASCADE, related_name="+")
    downstream = models.ForeignKey(Asset, on_delete=models.CASCADE, related_name="+")
    job = models.ForeignKey(Asset, null=True, on_delete=models.CASCADE, related_name="+")
    direct = models.BooleanField(default=True, help_text="False where only a filter, join or sort looked at the data.")
    masking = models.BooleanField(default=False, help_text="The catalog says that the transformation masks the data.")
    transformation = models.CharField(max_length=500, blank=True)
    first_seen = models.DateTimeField()
    last_seen = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("source", "upstream", "downstream", "job", "direct"),
                nulls_distinct=False,
                name="a_flow_once_per_source",
            ),
        )

    def __str__(self) -> str:
        return f"{self.upstream_id} -> {self.downstream_id}"


class ClassificationRule(models.Model):
    """Says which assets hold which data category. Tried in order; the first to match an asset labels it."""

    class Matches(models.TextChoices):
        TAG = "tag", "Catalog tag"
        TERM = "term", "Glossary term"
        COLUMN = "column", "Column name"
        DATASET = "dataset", "Dataset name"
        NAMESPACE = "namespace", "Namespace"

    position = models.PositiveIntegerField(help_text="Rules with a lower number are tried first.")
    matches = models.CharField(max_length=12, choices=Matches.choices)
    pattern = models.CharField(
        max_length=200, help_text="A name, or a pattern with * and ?, e.g. “*_email”. Case does not count."
    )
    category = models.CharField(max_length=120, help_text="Key of the data category, e.g. communications.messages.")
    note = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ("position", "id")
        constraints = (models.UniqueConstraint(fields=("matches", "pattern", "category"), name="a_rule_once"),)

    def __str__(self) -> str:
        return f"{self.get_matches_display()} {self.pattern} → {self.category}"


class Label(models.Model):
    """A category found on an asset by a rule. Worked out anew after every change of graph or rules."""

    key = models.CharField(max_length=1100, db_index=True, help_text="The asset's key.")
    category = models.CharField(max_length=120)
    rule = models.ForeignKey(ClassificationRule, on_delete=models.CASCADE, related_name="labels")

    class Meta:
        constraints = (models.UniqueConstraint(fields=("key", "category"), name="a_label_once"),)

    def __str__(self) -> str:
        return f"{self.key}: {self.category}"


class Binding(models.Model):
    """Says that an asset (a model, a job, a dataset) is part of an AI feature at a stage."""

    key = models.CharField(max_length=1100, help_text="The asset's key, e.g. model:mlflow://models/job-ranker.")
    feature = models.CharField(max_length=60, help_text="Slug of the AI feature.")
    stage = models.CharField(max_length=12, choices=Stage.choices)
    note = models.CharField(max_length=500, blank=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("key", "feature", "stage"), name="a_binding_once"),)

    def __str__(self) -> str:
        return f"{self.key} is {self.feature} ({self.stage})"


class Barrier(models.Model):
    """Where a category stops: at an asset, or at one flow. Counts only once a second person approved it."""

    key = models.CharField(
        max_length=1100, help_text="Key of the asset at which it stops, or from which the flow comes."
    )
    downstream_key = models.CharField(
        max_length=1100, blank=True, help_text="For a flow: the key it goes to. Empty: the asset itself."
    )
    category = models.CharField(
        max_length=120, blank=True, help_text="The category that stops here; empty for every category."
    )
    only_masked = models.BooleanField(
        "Only what is masked",
        default=False,
        help_text="It stops only where the catalog says that the transformation masks the data, e.g. by hashing. Once "
        "a pipeline masks no more, the data is seen again. Not chosen: it stops all that comes here.",
    )
    reason = models.CharField(
        max_length=1000, help_text="Why it stops, e.g. “Counts per country; groups under 50 are dropped.”"
    )
    author = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    approver = models.ForeignKey("accounts.User", null=True, on_delete=models.PROTECT, related_name="+")
    approved_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(help_text="From then on it stops nothing, until somebody looks again.")

    class Meta:
        constraints = (
            models.CheckConstraint(condition=~Q(approver=models.F("author")), name="nobody_approves_their_own_barrier"),
        )

    def __str__(self) -> str:
        return f"barrier at {self.key}"


class Observation(models.Model):
    """Category C was seen to reach feature F at stage S. ``seen`` says whether it still is."""

    category = models.CharField(max_length=120)
    feature = models.CharField(max_length=60)
    stage = models.CharField(max_length=12, choices=Stage.choices)
    seen = models.BooleanField(default=True)
    by_column = models.BooleanField(
        help_text="True where every step is known by column, false where some are known by table only."
    )
    first_seen = models.DateTimeField()
    last_seen = models.DateTimeField(help_text="When the oldest flow of the path was last seen running.")
    checked_at = models.DateTimeField(help_text="When the catalog was last read and gave this answer.")
    ended_because = models.CharField(
        max_length=200, blank=True, help_text="Why it is no longer seen, e.g. “a flow was not seen for 30 days”."
    )
    path = models.JSONField(
        help_text="Shortest path, a list of steps: key, kind, name, job, job name, last seen, source."
    )

    class Meta:
        constraints = (models.UniqueConstraint(fields=("category", "feature", "stage"), name="an_observation_once"),)

    def __str__(self) -> str:
        return f"{self.category} reaches {self.feature} ({self.stage})"


class Recomputation(models.Model):
    """One row: what the labels and observations that stand were worked out from."""

    inputs = models.CharField(max_length=64, help_text="SHA-256 of everything that they follow from.")

    def __str__(self) -> str:
        return self.inputs
