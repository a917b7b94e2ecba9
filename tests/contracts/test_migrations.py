"""P-37: the release before runs on the new tables, for as long as the new one takes to start everywhere.

So a migration adds; what nothing uses any more is taken away a release later. What this can't judge, or what is taken
away on purpose, stands in ``JUDGED`` with the reason.
"""

import pytest
from django.db import connection, migrations, models
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

FIRST_RELEASE = {
    "accounts": "0010_wishes_never_change",
    "catalog": "0015_arrived",
    "consent": "0005_stale_is_no_row",
    "enforcement": "0007_canary",
    "ledger": "0005_entries_have_no_index",
    "register": "0005_evidence_of_looking",
    "review": "0008_barriers_proposed",
}
"""The last migration of each room that no release before has to live with."""
JUDGED: dict[str, str] = {
    "catalog.0016_workers_learn_sizes": "It adds functions that the release before does not call.",
    "consent.0007_erasures_in_the_log": "It enters what was erased before; the release before doesn’t look at entries.",
}
"""Room and migration: why the release before goes on working."""
ADDS = (
    migrations.CreateModel,
    migrations.AddIndex,
    migrations.RemoveIndex,
    migrations.RenameIndex,
    migrations.RemoveConstraint,
    migrations.AlterModelOptions,
    migrations.AlterModelManagers,
)


def fault_of(operation: Operation, app: str, before: ProjectState) -> str:
    """Why the release before might fail after it; empty where it can't."""
    match operation:
        case migrations.AddField(field=field):
            return "" if _is_filled(field) else "the release before does not fill this column"
        case migrations.AlterField(model_name_lower=model, name=name, field=field):
            return _narrows(before.models[app, model].get_field(name), field)
        case _:
            return "" if isinstance(operation, ADDS) else "it takes away, or nobody but a person can tell"


def _is_filled(field: models.Field) -> bool:
    return field.null or field.has_db_default() or field.many_to_many


def _narrows(old: models.Field, new: models.Field) -> str:
    if old.null and not new.null:
        return "the release before writes NULL there"
    return "" if old.db_type(connection) == new.db_type(connection) else "the release before writes another type there"


def _since_the_first_release():
    loader = MigrationLoader(None)
    for app, name in sorted(loader.disk_migrations):
        if app in FIRST_RELEASE and name > FIRST_RELEASE[app] and f"{app}.{name}" not in JUDGED:
            yield loader, app, name


def test_every_room_with_tables_is_watched():
    ours = {app for app, _ in MigrationLoader(None).disk_migrations if _is_ours(app)}
    assert ours == set(FIRST_RELEASE)


def _is_ours(app: str) -> bool:
    return MigrationLoader.migrations_module(app)[0].startswith("transparency.")


@pytest.mark.parametrize("first", FIRST_RELEASE.items(), ids=str)
def test_the_first_release_is_one_that_there_is(first):
    assert first in MigrationLoader(None).disk_migrations


def test_the_release_before_runs_on_the_new_tables():
    found = []
    for loader, app, name in _since_the_first_release():
        state = loader.project_state((app, name), at_end=False)
        for operation in loader.get_migration(app, name).operations:
            found += [(app, name, operation.describe(), fault)] if (fault := fault_of(operation, app, state)) else []
            operation.state_forwards(app, state)
    assert found == []


BEFORE = ProjectState()
migrations.CreateModel(
    "Source", [("key", models.CharField(max_length=20)), ("note", models.TextField(null=True))]
).state_forwards("catalog", BEFORE)


@pytest.mark.parametrize(
    "operation",
    [
        migrations.AddField("source", "speed", models.IntegerField(null=True)),
        migrations.AddField("source", "speed", models.IntegerField(db_default=1)),
        migrations.CreateModel("Other", [("key", models.TextField())]),
        migrations.AlterField("source", "note", models.TextField(null=True, help_text="Anything.")),
        migrations.AddIndex("source", models.Index(fields=["key"], name="by_key")),
    ],
)
def test_what_only_adds_is_taken(operation):
    assert fault_of(operation, "catalog", BEFORE) == ""


@pytest.mark.parametrize(
    "operation",
    [
        migrations.AddField("source", "speed", models.IntegerField(default=1)),
        migrations.AlterField("source", "note", models.TextField()),
        migrations.AlterField("source", "key", models.CharField(max_length=10)),
        migrations.RemoveField("source", "note"),
        migrations.RenameField("source", "note", "remark"),
        migrations.RenameModel("Source", "Origin"),
        migrations.DeleteModel("Source"),
        migrations.AddConstraint("source", models.UniqueConstraint(fields=["key"], name="one")),
        migrations.RunSQL("DROP TABLE catalog_source"),
        migrations.RunPython(migrations.RunPython.noop),
    ],
)
def test_what_the_release_before_can_not_live_with_is_refused(operation):
    assert fault_of(operation, "catalog", BEFORE)
