from django.db import migrations

# What was asked for before kinds of other rooms were known.
TELL = """
UPDATE accounts_wish AS wish SET
    words = CASE wish.verb WHEN 'invite' THEN 'Invite somebody' WHEN 'role' THEN 'Give another role'
        WHEN 'on' THEN 'Switch an account on' ELSE 'Forget somebody’s second factor' END,
    subject = coalesce((SELECT name FROM accounts_user WHERE id = wish.about_id), wish.facts ->> 'name', ''),
    before = (SELECT jsonb_build_object('role', role) FROM accounts_user WHERE id = wish.about_id),
    done_at = CASE wish.outcome WHEN 'agreed' THEN wish.decided_at END;
"""
REFUSE = """
CREATE FUNCTION accounts_wish_never_changes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE'
        OR (NEW.verb, NEW.words, NEW.about_id, NEW.subject_kind, NEW.subject, NEW.before, NEW.asked_by_id, NEW.asked_at)
        IS DISTINCT FROM
        (OLD.verb, OLD.words, OLD.about_id, OLD.subject_kind, OLD.subject, OLD.before, OLD.asked_by_id, OLD.asked_at)
        OR (NEW.facts IS DISTINCT FROM OLD.facts AND NEW.facts <> '{}')
    THEN
        RAISE EXCEPTION 'What somebody asked for never changes.' USING ERRCODE = 'restrict_violation';
    END IF;
    IF OLD.outcome <> '' AND (NEW.outcome, NEW.decided_by_id, NEW.decided_at)
        IS DISTINCT FROM (OLD.outcome, OLD.decided_by_id, OLD.decided_at)
        OR OLD.done_at IS NOT NULL AND NEW.done_at IS DISTINCT FROM OLD.done_at
    THEN
        RAISE EXCEPTION 'What was asked for is decided once, and done once.' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER wish_never_changes BEFORE UPDATE OR DELETE ON accounts_wish
    FOR EACH ROW EXECUTE FUNCTION accounts_wish_never_changes();
"""
ALLOW = """
DROP TRIGGER wish_never_changes ON accounts_wish;
DROP FUNCTION accounts_wish_never_changes();
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0009_nobody_alone")]
    operations = [migrations.RunSQL(TELL, migrations.RunSQL.noop), migrations.RunSQL(REFUSE, ALLOW)]
