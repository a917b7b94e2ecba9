"""What the lineage catalog shows: sources, the graph each of them gave, and what follows from it.

Assets and flows belong to one source and are replaced as a whole by its refresh. What people decide about the graph
(rules, bindings, barriers) names assets by ``key``, not by row, so it outlives every refresh.
"""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import BrinIndex, GinIndex
from django.db import models
from django.db.models import Q
from django.utils import timezone

from transparency.catalog.naming import Apart, NameRule
from transparency.catalog.sources import Folded, LineageEvent, Refresh, Source, SourceFault, Tryout
from transparency.catalog.suggestions import Suggesting, Suggestion

__all__ = [
    "Alias",
    "Apart",
    "Arrived",
    "Asset",
    "Barrier",
    "Binding",
    "ClassificationRule",
    "Counted",
    "Flow",
    "Folded",
    "Label",
    "LineageEvent",
    "NameRule",
    "Observation",
    "Recomputation",
    "Refresh",
    "Source",
    "SourceFault",
    "Stage",
    "Suggesting",
    "Suggestion",
    "Tryout",
]


class Stage(models.TextChoices):
    TRAINING = "training", "Training"
    FINE_TUNING = "fine_tuning", "Fine-tuning"
    INFERENCE = "inference", "Use while you are on the site"
    EVALUATION = "evaluation", "Testing"


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

    source = models.ForeignKey(
        Source, on_delete=models.CASCADE, related_name="assets", db_index=False, db_constraint=False
    )
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
        constraints = (models.UniqueConstraint(fields=("key", "source"), name="an_asset_once_per_source"),)
        indexes = (models.Index(fields=("namespace", "name"), name="assets_of_a_place"),)

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
    """An edge of one source's graph: data went from ``upstream`` to ``downstream``, by ``job`` where one is known.

    That its ends are there is seen to by ``merge``, the only one to write assets and flows, and by a test: were the
    database to look up four keys for each of a million rows, a refresh would take twice as long.
    """

    source = models.ForeignKey(
        Source, on_delete=models.CASCADE, related_name="flows", db_index=False, db_constraint=False
    )
    upstream = models.ForeignKey(Asset, on_delete=models.CASCADE, related_name="+", db_index=False, db_constraint=False)
    downstream = models.ForeignKey(Asset, on_delete=models.CASCADE, related_name="+", db_constraint=False)
    job = models.ForeignKey(Asset, null=True, on_delete=models.CASCADE, related_name="+", db_constraint=False)
    direct = models.BooleanField(default=True, help_text="False where only a filter, join or sort looked at the data.")
    masking = models.BooleanField(default=False, help_text="The catalog says that the transformation masks the data.")
    aggregating = models.BooleanField(
        default=False, help_text="The catalog says that the transformation makes one value of many, e.g. a count."
    )
    transformation = models.CharField(max_length=500, blank=True)
    first_seen = models.DateTimeField()
    last_seen = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                # Its ends belong to the source, so it need not be named. Upstream first: it is looked for by itself.
                fields=("upstream", "downstream", "job", "direct"),
                nulls_distinct=False,
                name="a_flow_once_per_source",
            ),
        )
        # Which flows grow too old; it costs next to nothing when flows are added or seen again.
        indexes = (BrinIndex(fields=("last_seen",), name="flows_by_age"),)

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
        KEY = "key", "One asset by its key"

    position = models.PositiveIntegerField(help_text="Rules with a lower number are tried first.")
    matches = models.CharField(max_length=12, choices=Matches.choices)
    pattern = models.CharField(
        max_length=1100,
        help_text="A name, or a pattern with * and ?, e.g. “*_email”. Case does not count. A key stands as it is.",
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
    only_aggregated = models.BooleanField(
        "Only what is aggregated",
        default=False,
        help_text="It stops only where the catalog says that the transformation makes one value of many, e.g. a count. "
        "Once a pipeline does so no more, the data is seen again.",
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
    """Category C was seen to reach feature F at stage S. ``seen`` says whether it still is.

    Where it is not ``direct``, it is the weaker kind: a step on the way only looked at the data, and no way copies it
    there. Such a one counts only where staff say so (``Counted``).
    """

    category = models.CharField(max_length=120)
    feature = models.CharField(max_length=60)
    stage = models.CharField(max_length=12, choices=Stage.choices)
    direct = models.BooleanField(
        default=True, help_text="False where the data was only used to filter, join or sort on the way, not copied."
    )
    seen = models.BooleanField(default=True)
    by_column = models.BooleanField(
        help_text="True where every step is known by column, false where some are known by table only."
    )
    first_seen = models.DateTimeField()
    last_seen = models.DateTimeField(help_text="When the oldest flow of the path was last seen running.")
    checked_at = models.DateTimeField(
        help_text="When the catalog was last read and gave this answer, as far as it was written here: of what is "
        "still seen, ``checking`` tells it."
    )
    ended_because = models.CharField(
        max_length=200, blank=True, help_text="Why it is no longer seen, e.g. “a flow was not seen for 30 days”."
    )
    sources = models.JSONField(default=list, help_text="Rows of the sources that told of the path.")
    path = models.JSONField(
        help_text="Shortest path, a list of steps: key, kind, name, job, job name, last seen, source."
    )
    places = ArrayField(
        models.TextField(), default=list, help_text="Where the path goes: keys of its steps, less kind and column."
    )

    class Meta:
        indexes = (GinIndex(fields=("places",), name="observations_through_a_place"),)
        constraints = (
            models.UniqueConstraint(fields=("category", "feature", "stage", "direct"), name="an_observation_once"),
        )

    def __str__(self) -> str:
        return f"{self.category} reaches {self.feature} ({self.stage})"

    @property
    def use(self) -> str:
        """The id of the use that it shows."""
        return f"{self.category}/{self.feature}/{self.stage}"


class Counted(models.Model):
    """What people decided: a category that a feature only looks at counts as used there, as if it were copied.

    It is said of a category and a feature, not of a flow or a source: whether choosing by somebody's data is a use of
    it depends on what data it is and what it is for, and holds whichever job does it next year.
    """

    category = models.CharField(max_length=120, help_text="Key of the data category.")
    feature = models.CharField(max_length=60, blank=True, help_text="Slug of the AI feature; empty for every one.")
    stage = models.CharField(max_length=12, choices=Stage.choices, blank=True, help_text="Empty for every stage.")
    reason = models.CharField(
        max_length=1000, help_text="Why it is a use, e.g. “Who is shown a job is chosen by their health.”"
    )
    author = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ("category", "feature", "stage")
        constraints = (models.UniqueConstraint(fields=("category", "feature", "stage"), name="counted_once"),)

    def __str__(self) -> str:
        return f"{self.category} in {self.feature or 'every feature'}"


class Touched(models.Model):
    """An asset whose description, or a flow into which, a merge changed since observations were last worked out."""

    key = models.CharField(max_length=1100, help_text="The asset's key; empty where so much changed that all counts.")

    def __str__(self) -> str:
        return self.key or "everything"


class Arrived(models.Model):
    """What reaches the assets of one place and from how far, as ``arrived`` packs it, when last worked out.

    With it a change is followed only as far as it changes anything, whatever the size of the graph.
    """

    place = models.TextField(primary_key=True, help_text="Key of the dataset, job or model, less its kind.")
    keys = models.JSONField(help_text="Keys of the assets there that anything reaches.")
    carried = models.BinaryField(help_text="What is copied there.")
    looked = models.BinaryField(help_text="What comes there only because something looked at it on the way.")

    def __str__(self) -> str:
        return self.place


class Recomputation(models.Model):
    """One row: what the labels and observations that stand were worked out from."""

    inputs = models.CharField(max_length=64, help_text="SHA-256 of everything that they follow from.")
    said = models.CharField(max_length=64, default="", help_text="The same of what people said only.")
    horizons = models.JSONField(
        default=dict, help_text="For each source's row, the moment before which a flow was last seen too long ago."
    )
    good = models.JSONField(
        default=dict,
        db_default=models.Value({}, models.JSONField()),
        help_text="For each source's row, when it had last been read. What is still seen was last checked then.",
    )

    def __str__(self) -> str:
        return self.inputs
