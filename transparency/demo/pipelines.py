"""Tandem's data pipelines, as far as a lineage catalog sees them: what the real OpenLineage client reports of each run.

Data goes from ``raw`` tables through ``staging`` to one table of features for each AI feature; a training job reads
that and writes a model, a serving job reads it while members are on the site. The pipelines do what the register says
with these exceptions: ``UNDECLARED`` happens and is not said, ``ENDED`` is said and no longer happens. Data in
``LOOKED_AT`` only helps to choose: one such use is said, and staff let it count; of the other nobody has decided yet.
And of what the mobile team collects (``MOBILE``), nobody has said yet what it is.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime

from openlineage.client.event_v2 import InputDataset, Job, OutputDataset, Run, RunEvent, RunState
from openlineage.client.facet_v2 import column_lineage_dataset, schema_dataset, symlinks_dataset, tags_dataset
from openlineage.client.serde import Serde
from openlineage.client.uuid import generate_static_uuid

from transparency.demo.register import third_edition
from transparency.register.schema import Register, Stage

WAREHOUSE = "postgres://warehouse.tandem.example:5432"
MODELS = "mlflow://models.tandem.example"
JOBS = "airflow.tandem.example"
PRODUCER = "https://tandem.example/pipelines"
UNDECLARED = {
    ("communications.recruiter_messages", "job-recommendations", Stage.INFERENCE),
    ("posts.drafts", "writing-assistant", Stage.TRAINING),
}
CHOSEN_BY = ("jobs.open_to_work", "candidate-matching", Stage.INFERENCE)
LOOKED_AT = {CHOSEN_BY, ("profile.place", "notices", Stage.INFERENCE)}
ENDED = {("jobs.applications", "candidate-matching", Stage.TRAINING)}
# Columns without a tag, with what their team says of them.
MOBILE = {
    "userId": "",
    "searchHistory": "",
    "deviceModel": "",
    "homeTown": "",
    "wish": "What a member would like to earn: the salary that was typed in.",
    "batteryLevel": "",
    "sentAt": "",
}
LISTENING = {("job-recommendations", Stage.TRAINING), ("notices", Stage.TRAINING)}
DAILY, ACTIVITY = "analytics.events_daily", "raw.activity"
SIGNALS = "features.mobile_signals"
Pair = tuple[str, str, Stage]


def happening(register: Register) -> list[Pair]:
    """What really happens at Tandem: category, feature, stage."""
    said = {(use.category, use.feature, use.stage) for use in register.uses}
    return sorted((said | UNDECLARED | LOOKED_AT) - ENDED)


def events(at: datetime) -> Iterator[bytes]:
    """The same runs as ``runs``, each as the JSON that the client sends."""
    return (Serde.to_json(run).encode() for run in runs(at))


def runs(at: datetime) -> Iterator[RunEvent]:
    """One completed run of every pipeline at ``at``."""
    pairs = happening(third_edition())
    for group in sorted({category.partition(".")[0] for category, _, _ in pairs}):
        columns = sorted({_column(category) for category, _, _ in pairs if category.startswith(f"{group}.")})
        yield _staging(group, columns, at)
    for feature in sorted({feature for _, feature, _ in pairs}):
        for stage in Stage:
            categories = sorted({c for c, f, s in pairs if (f, s) == (feature, stage)})
            if categories:
                yield from _feature(feature, stage, categories, at)
    copied = {column: ("mobile.app_sessions", column) for column in MOBILE}
    yield _run("collect_mobile_signals", [_table("mobile.app_sessions", MOBILE)], [_copied(SIGNALS, copied)], at)
    yield _run("train_unnamed_experiment", [_linked(DAILY, ACTIVITY)], [_model("experiment-42")], at)


def _column(category: str) -> str:
    return category.partition(".")[2]


def _staging(group: str, columns: list[str], at: datetime) -> RunEvent:
    raw = _table(f"raw.{group}", dict.fromkeys(columns, ""), tagged=True)
    return _run(f"stage_{group}", [raw], [_copied(f"staging.{group}", {c: (f"raw.{group}", c) for c in columns})], at)


def _feature(feature: str, stage: Stage, categories: list[str], at: datetime) -> Iterator[RunEvent]:
    name = feature.replace("-", "_")
    table = f"features.{name}_{stage.value}"
    origin = {c: (f"staging.{c.partition('.')[0]}", _column(c)) for c in categories}
    sources = sorted({table for table, _ in origin.values()})
    copied = {_column(c): start for c, start in origin.items() if (c, feature, stage) not in LOOKED_AT}
    looked_at = [start for c, start in origin.items() if (c, feature, stage) in LOOKED_AT]
    made = _copied(table, copied, looked_at)
    yield _run(f"prepare_{name}_{stage.value}", [_table(source) for source in sources], [made], at)
    read = [_table(table), *([_table(SIGNALS)] if (feature, stage) in LISTENING else [])]
    if stage == Stage.INFERENCE:
        yield _run(f"serve_{name}", read, [], at)
    else:
        yield _run(f"{stage.value}_{name}", read, [_model(f"{feature}-{stage.value}")], at)


def _table(name: str, columns: Mapping[str, str] | None = None, *, tagged: bool = False) -> InputDataset:
    """``columns`` are names, each with its description."""
    facets: dict[str, object] = {}
    if columns:
        field = schema_dataset.SchemaDatasetFacetFields
        fields = [field(name=column, type="text", description=told or None) for column, told in columns.items()]
        facets["schema"] = schema_dataset.SchemaDatasetFacet(fields=fields)
    if columns and tagged:
        tag = tags_dataset.TagsDatasetFacetFields
        tags = [tag(key="personal_data", value=column, source="USER", field=column) for column in columns]
        facets["tags"] = tags_dataset.TagsDatasetFacet(tags=tags)
    return InputDataset(namespace=WAREHOUSE, name=f"tandem.{name}", facets=facets)  # type: ignore[arg-type]  # invariant dict


def _linked(name: str, other: str) -> InputDataset:
    """A table of which somebody told, wrongly, that it is another one as well."""
    table = _table(name)
    link = symlinks_dataset.Identifier(namespace=WAREHOUSE, name=f"tandem.{other}", type="TABLE")
    table.facets = {"symlinks": symlinks_dataset.SymlinksDatasetFacet(identifiers=[link])}
    return table


def _copied(name: str, origin: dict[str, tuple[str, str]], looked_at: Sequence[tuple[str, str]] = ()) -> OutputDataset:
    """A table each of whose columns is copied from one column of another; its rows are chosen by some columns."""
    fields = {
        column: column_lineage_dataset.Fields(inputFields=[_field(start, "DIRECT", "IDENTITY")])
        for column, start in origin.items()
    }
    chosen = [_field(start, "INDIRECT", "FILTER") for start in looked_at]
    schema = [schema_dataset.SchemaDatasetFacetFields(name=column, type="text") for column in origin]
    facets: dict[str, object] = {
        "schema": schema_dataset.SchemaDatasetFacet(fields=schema),
        "columnLineage": column_lineage_dataset.ColumnLineageDatasetFacet(fields=fields, dataset=chosen),
    }
    return OutputDataset(namespace=WAREHOUSE, name=f"tandem.{name}", facets=facets)  # type: ignore[arg-type]  # the same


def _field(column: tuple[str, str], kind: str, how: str) -> column_lineage_dataset.InputField:
    done = column_lineage_dataset.Transformation(type=kind, subtype=how)
    table, name = column
    return column_lineage_dataset.InputField(
        namespace=WAREHOUSE, name=f"tandem.{table}", field=name, transformations=[done]
    )


def _model(name: str) -> OutputDataset:
    return OutputDataset(namespace=MODELS, name=name)


def _run(job: str, inputs: list[InputDataset], outputs: list[OutputDataset], at: datetime) -> RunEvent:
    """One completed run; its id follows from job and time, so the same run told twice is one run."""
    run = Run(runId=str(generate_static_uuid(at, f"{JOBS}/{job}".encode())))
    return RunEvent(
        eventType=RunState.COMPLETE,
        eventTime=at.astimezone(UTC).isoformat(),
        run=run,
        job=Job(namespace=JOBS, name=job),
        producer=PRODUCER,
        inputs=inputs,
        outputs=outputs,
    )
