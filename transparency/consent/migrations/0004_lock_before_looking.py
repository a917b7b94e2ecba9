"""Takes the lock before anything is looked up: a member who is being erased is not chosen for under the old number."""

from importlib import import_module

from django.db import migrations

BEFORE = import_module("transparency.consent.migrations.0002_choices_only_grow").APPEND
LOCK = "    PERFORM pg_advisory_xact_lock(7236114);\n"
FIRST = "BEGIN\n    SELECT id INTO _scope_id"
AFTER = BEFORE.replace(LOCK, "").replace(FIRST, FIRST.replace("BEGIN\n", f"BEGIN\n{LOCK}"))


def _anew(text):
    return text.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")


class Migration(migrations.Migration):
    dependencies = [("consent", "0003_choices_in_the_log")]
    operations = [migrations.RunSQL(_anew(AFTER), _anew(BEFORE))]
