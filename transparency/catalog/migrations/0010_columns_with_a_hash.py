"""Columns whose names hold “#”, or look as if it had been written otherwise, are called as ``keys.written`` says."""

from django.db import migrations

AWKWARD = "a.kind = 'column' AND (a.field LIKE '%#%' OR a.field LIKE '%\\%23%' OR a.field LIKE '%\\%25%')"
WRITTEN = """
    'column:' || a.namespace || '/' || a.name || '#' || replace(replace(a.field, '%', '%25'), '#', '%23')
"""
# What people say of an asset names it by its key.
SAID = "".join(
    f"UPDATE {table} s SET {name} = {WRITTEN} FROM catalog_asset a WHERE s.{name} = a.key AND {AWKWARD};"
    for table, name in (
        ("catalog_barrier", "key"),
        ("catalog_barrier", "downstream_key"),
        ("catalog_binding", "key"),
    )
)
KNOWN = f"""
DELETE FROM catalog_label l USING catalog_asset a WHERE l.key = a.key AND {AWKWARD};
INSERT INTO catalog_touched (key) SELECT '' FROM catalog_asset a WHERE {AWKWARD} LIMIT 1;
UPDATE catalog_asset a SET key = {WRITTEN} WHERE {AWKWARD};
"""


class Migration(migrations.Migration):

    dependencies = [
        ('catalog', '0009_touched'),
    ]

    operations = [
        migrations.RunSQL(SAID + KNOWN, migrations.RunSQL.noop),
    ]
