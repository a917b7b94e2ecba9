from django.db import migrations

REFUSE = """
CREATE FUNCTION ledger_never_rewritten() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_TABLE_NAME = 'ledger_entry' AND TG_OP = 'UPDATE' THEN
        IF OLD.index IS NULL AND NEW.index IS NOT NULL
           AND (NEW.id, NEW.kind, NEW.subject, NEW.body, NEW.recorded_at)
             = (OLD.id, OLD.kind, OLD.subject, OLD.body, OLD.recorded_at)
        THEN RETURN NEW; END IF;
    END IF;
    RAISE EXCEPTION 'The log is never rewritten.' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER entry_never_changes BEFORE UPDATE OR DELETE ON ledger_entry
    FOR EACH ROW EXECUTE FUNCTION ledger_never_rewritten();
CREATE TRIGGER entries_are_never_emptied BEFORE TRUNCATE ON ledger_entry
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_never_rewritten();
CREATE TRIGGER checkpoint_never_changes BEFORE UPDATE OR DELETE ON ledger_checkpoint
    FOR EACH ROW EXECUTE FUNCTION ledger_never_rewritten();
CREATE TRIGGER checkpoints_are_never_emptied BEFORE TRUNCATE ON ledger_checkpoint
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_never_rewritten();
"""
ALLOW = """
DROP TRIGGER checkpoints_are_never_emptied ON ledger_checkpoint;
DROP TRIGGER checkpoint_never_changes ON ledger_checkpoint;
DROP TRIGGER entries_are_never_emptied ON ledger_entry;
DROP TRIGGER entry_never_changes ON ledger_entry;
DROP FUNCTION ledger_never_rewritten();
"""


class Migration(migrations.Migration):
    dependencies = [("ledger", "0001_initial")]
    operations = [migrations.RunSQL(REFUSE, ALLOW)]
