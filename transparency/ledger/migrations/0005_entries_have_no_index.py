"""Drops what the places were kept in. It takes the table for a moment, and rewrites no row."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("ledger", "0004_places_in_stretches")]
    operations = [
        migrations.RemoveIndex(model_name="entry", name="entries_that_wait"),
        migrations.RemoveField(model_name="entry", name="index"),
    ]
