from django.db import migrations

REFUSE = """
CREATE FUNCTION accounts_history_never_changes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'The history never changes.' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER history_never_changes BEFORE UPDATE OR DELETE ON accounts_historyentry
    FOR EACH ROW EXECUTE FUNCTION accounts_history_never_changes();
CREATE TRIGGER history_is_never_emptied BEFORE TRUNCATE ON accounts_historyentry
    FOR EACH STATEMENT EXECUTE FUNCTION accounts_history_never_changes();
"""
ALLOW = """
DROP TRIGGER history_is_never_emptied ON accounts_historyentry;
DROP TRIGGER history_never_changes ON accounts_historyentry;
DROP FUNCTION accounts_history_never_changes();
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial")]
    operations = [migrations.RunSQL(REFUSE, ALLOW)]
