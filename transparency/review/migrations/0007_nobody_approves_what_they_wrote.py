from django.db import migrations

# A constraint sees only who submitted it; whoever else wrote a part of it stands in another table.
REFUSE = """
CREATE FUNCTION review_nobody_approves_what_they_wrote() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.verdict = 'approved' AND EXISTS (
        SELECT FROM review_author WHERE proposal_id = NEW.proposal_id AND user_id = NEW.reviewer_id
    ) THEN
        RAISE EXCEPTION 'Nobody approves what they wrote a part of.' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER nobody_approves_what_they_wrote BEFORE INSERT OR UPDATE ON review_decision
    FOR EACH ROW EXECUTE FUNCTION review_nobody_approves_what_they_wrote();
"""
ALLOW = """
DROP TRIGGER nobody_approves_what_they_wrote ON review_decision;
DROP FUNCTION review_nobody_approves_what_they_wrote();
"""


class Migration(migrations.Migration):
    dependencies = [("review", "0006_approvals_rest_on_evidence")]
    operations = [migrations.RunSQL(REFUSE, ALLOW)]
