"""Numbers entries in stretches, a row for as many as are numbered at once: they are never written again themselves.

Every entry keeps its place. Nobody who enters something waits for the table to be read, however long it is: that reads
only, while no one can seal. New triggers come last, and take the table for the moment that they need.
"""

from importlib import import_module

import django.db.models.deletion
from django.db import migrations, models

NEVER = import_module("transparency.ledger.migrations.0002_nothing_is_rewritten").REFUSE.partition("CREATE TRIGGER")[0]
ONLY_NUMBERED = NEVER[NEVER.index("    IF TG_TABLE_NAME") : NEVER.index("    RAISE")]

NOBODY_SEALS = "SELECT pg_advisory_xact_lock(7236115)"

KEEP_PLACES = """
INSERT INTO ledger_stretch (index, entry, count)
SELECT min(index), min(id), count(*)
FROM (SELECT index, id, index - row_number() OVER (PARTITION BY id - index ORDER BY index) AS stretch
      FROM ledger_entry WHERE index IS NOT NULL) AS numbered
GROUP BY id - index, stretch;
"""
GIVE_BACK_PLACES = """
ALTER TABLE ledger_entry DISABLE TRIGGER entry_never_changes;
UPDATE ledger_entry SET index = ledger_stretch.index + ledger_entry.id - ledger_stretch.entry
FROM ledger_stretch
WHERE ledger_entry.id >= ledger_stretch.entry AND ledger_entry.id < ledger_stretch.entry + ledger_stretch.count;
ALTER TABLE ledger_entry ENABLE TRIGGER entry_never_changes;
"""

GUARD = """
CREATE FUNCTION ledger_wait() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO ledger_waiting (entry_id) SELECT id FROM entered;
    RETURN NULL;
END $$;
CREATE FUNCTION ledger_place() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO ledger_stretch (index, entry, count)
    SELECT min(place), min(entry_id), count(*)
    FROM (SELECT entry_id, row_number() OVER (ORDER BY entry_id) - 1 + coalesce(
              (SELECT index + count FROM ledger_stretch ORDER BY index DESC LIMIT 1), 0) AS place
          FROM placed) AS numbered
    GROUP BY entry_id - place;
    RETURN NULL;
END $$;
CREATE TRIGGER whoever_waits_no_more_has_a_place AFTER DELETE ON ledger_waiting
    REFERENCING OLD TABLE AS placed FOR EACH STATEMENT EXECUTE FUNCTION ledger_place();
CREATE TRIGGER waiting_never_changes BEFORE UPDATE ON ledger_waiting
    FOR EACH ROW EXECUTE FUNCTION ledger_never_rewritten();
CREATE TRIGGER those_who_wait_are_never_emptied BEFORE TRUNCATE ON ledger_waiting
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_never_rewritten();
CREATE TRIGGER stretch_never_changes BEFORE UPDATE OR DELETE ON ledger_stretch
    FOR EACH ROW EXECUTE FUNCTION ledger_never_rewritten();
CREATE TRIGGER stretches_are_never_emptied BEFORE TRUNCATE ON ledger_stretch
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_never_rewritten();
CREATE TRIGGER what_is_entered_waits AFTER INSERT ON ledger_entry
    REFERENCING NEW TABLE AS entered FOR EACH STATEMENT EXECUTE FUNCTION ledger_wait();
INSERT INTO ledger_waiting (entry_id) SELECT id FROM ledger_entry WHERE index IS NULL;
"""
UNGUARD = """
DROP TRIGGER what_is_entered_waits ON ledger_entry;
DROP TRIGGER stretches_are_never_emptied ON ledger_stretch;
DROP TRIGGER stretch_never_changes ON ledger_stretch;
DROP TRIGGER those_who_wait_are_never_emptied ON ledger_waiting;
DROP TRIGGER waiting_never_changes ON ledger_waiting;
DROP TRIGGER whoever_waits_no_more_has_a_place ON ledger_waiting;
DROP FUNCTION ledger_place();
DROP FUNCTION ledger_wait();
"""


def _anew(text):
    return text.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")


class Migration(migrations.Migration):
    dependencies = [("ledger", "0003_witnesses")]
    operations = [
        migrations.RunSQL(NOBODY_SEALS, NOBODY_SEALS),
        migrations.CreateModel(
            name="Stretch",
            fields=[
                (
                    "index",
                    models.BigIntegerField(help_text="The place of the first.", primary_key=True, serialize=False),
                ),
                ("entry", models.BigIntegerField(help_text="The id of the first.", unique=True)),
                ("count", models.BigIntegerField()),
            ],
            options={"ordering": ("index",)},
        ),
        migrations.CreateModel(
            name="Waiting",
            fields=[
                (
                    "entry",
                    models.OneToOneField(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="ledger.entry",
                    ),
                ),
            ],
        ),
        migrations.RunSQL(KEEP_PLACES, GIVE_BACK_PLACES),
        migrations.RunSQL(GUARD, UNGUARD),
        migrations.RunSQL(_anew(NEVER.replace(ONLY_NUMBERED, "")), _anew(NEVER)),
    ]
