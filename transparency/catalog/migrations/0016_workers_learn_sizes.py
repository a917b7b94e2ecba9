"""After a merge PostgreSQL must learn how large the tables are now, and how old flows are; only their owner may say so.

Workers are not the owner: these two functions run as whoever migrates.
"""

from django.db import migrations

LEARN = """
CREATE FUNCTION catalog_learn_sizes() RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$ BEGIN ANALYZE catalog_asset, catalog_flow; END $$;
CREATE FUNCTION catalog_learn_ages() RETURNS integer LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$ BEGIN RETURN brin_summarize_new_values('flows_by_age'); END $$;
"""
FORGET = "DROP FUNCTION catalog_learn_sizes(); DROP FUNCTION catalog_learn_ages()"


class Migration(migrations.Migration):
    dependencies = [("catalog", "0015_arrived")]
    operations = [migrations.RunSQL(LEARN, FORGET)]
