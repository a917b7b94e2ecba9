"""Says by giving no row that a choice rests on what is no longer the latest: choices that are appended in the same
statement are no part of that, and an error would take them back.
"""

from importlib import import_module

from django.db import migrations

BEFORE = import_module("transparency.consent.migrations.0004_lock_before_looking").AFTER
RAISE = "RAISE EXCEPTION 'Somebody chose since this was shown.' USING ERRCODE = 'TR001';"
AFTER = BEFORE.replace(RAISE, "RETURN;")


def _anew(text):
    return text.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")


class Migration(migrations.Migration):
    dependencies = [("consent", "0004_lock_before_looking")]
    operations = [migrations.RunSQL(_anew(AFTER), _anew(BEFORE))]
