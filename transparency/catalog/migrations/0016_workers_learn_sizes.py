"""After a large merge PostgreSQL must learn how large the tables are now, and only their owner may have it do so.

Workers are not the owner: this one function runs as whoever migrates.
"""

from django.db import migrations

LEARN = """
CREATE FUNCTION catalog_learn_sizes() RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$ BEGIN ANALYZE catalog_asset, catalog_flow; END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("catalog", "0015_arrived")]
    operations = [migrations.RunSQL(LEARN, "DROP FUNCTION catalog_learn_sizes()")]
