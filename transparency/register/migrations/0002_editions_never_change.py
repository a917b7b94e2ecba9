from django.db import migrations

REFUSE = """
CREATE FUNCTION register_edition_never_changes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'An edition never changes: publish a new one.' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER edition_never_changes BEFORE UPDATE OR DELETE ON register_edition
    FOR EACH ROW EXECUTE FUNCTION register_edition_never_changes();
CREATE TRIGGER editions_are_never_emptied BEFORE TRUNCATE ON register_edition
    FOR EACH STATEMENT EXECUTE FUNCTION register_edition_never_changes();
"""
ALLOW = """
DROP TRIGGER editions_are_never_emptied ON register_edition;
DROP TRIGGER edition_never_changes ON register_edition;
DROP FUNCTION register_edition_never_changes();
"""


class Migration(migrations.Migration):
    dependencies = [("register", "0001_initial")]
    operations = [migrations.RunSQL(REFUSE, ALLOW)]
