"""Appends choices under one lock, and refuses to change them.

The lock is held from before a choice gets its number until its transaction has ended, so numbers become visible in
their order and without gaps. It is taken, used and given back within one statement: a process that stops half-way
through a request holds nobody up.
"""

from django.db import migrations

# 7236114 is any number that no other advisory lock of ours uses.
APPEND = """
CREATE FUNCTION consent_append(
    _member bigint, _key text, _scope text, _decision smallint, _origin smallint, _edition integer, _at timestamptz,
    _reference uuid, _request text, _salt bytea, _expected bigint
) RETURNS SETOF consent_choice LANGUAGE plpgsql AS $$
DECLARE
    _scope_id integer;
    _previous bigint;
    _sequence bigint;
    _record text;
BEGIN
    SELECT id INTO _scope_id FROM consent_scope WHERE name = _scope;
    IF _scope_id IS NULL THEN
        INSERT INTO consent_scope (name) VALUES (_scope) ON CONFLICT (name) DO NOTHING;
        SELECT id INTO _scope_id FROM consent_scope WHERE name = _scope;
    END IF;
    IF _member IS NULL THEN
        SELECT -id INTO _member FROM consent_memberkey WHERE key = _key;
        IF _member IS NULL THEN
            INSERT INTO consent_memberkey (key) VALUES (_key) ON CONFLICT (key) DO NOTHING;
            SELECT -id INTO _member FROM consent_memberkey WHERE key = _key;
        END IF;
    END IF;

    PERFORM pg_advisory_xact_lock(7236114);

    IF _request <> '' THEN
        RETURN QUERY SELECT * FROM consent_choice WHERE member = _member AND request = _request;
        IF FOUND THEN RETURN; END IF;
    END IF;
    SELECT coalesce(max(sequence), 0) INTO _previous FROM consent_choice WHERE member = _member AND scope_id = _scope_id;
    IF _decision <> 0 AND _expected IS NOT NULL AND _previous <> _expected THEN
        RAISE EXCEPTION 'Somebody chose since this was shown.' USING ERRCODE = 'TR001';
    END IF;
    SELECT coalesce(max(sequence), 0) + 1 INTO _sequence FROM consent_choice;
    IF _sequence = 1 THEN
        INSERT INTO consent_journal (id, lineage, erasures) VALUES (1, gen_random_uuid(), 0) ON CONFLICT DO NOTHING;
    END IF;
    _record := format(
        '{"at":"%s","decision":"%s","edition":%s,"member":%s,"origin":%s,"previous":%s,"reference":"%s","scope":"%s","sequence":%s}',
        to_char(_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), (ARRAY['refuse','allow','follow'])[_decision + 1],
        _edition, to_json(_key), _origin, _previous, _reference, _scope, _sequence
    );
    RETURN QUERY
    INSERT INTO consent_choice (
        sequence, reference, member, decision, origin, edition, at, previous, request, salt, digest, scope_id
    ) VALUES (
        _sequence, _reference, _member, _decision, _origin, _edition, _at, _previous, _request, _salt,
        sha256(_salt || convert_to(_record, 'UTF8')), _scope_id
    ) RETURNING *;
END $$;
"""
REFUSE = """
CREATE FUNCTION consent_choice_never_changes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- Erasure takes a member's key out of their choices, and says so for its own transaction.
    IF TG_OP = 'UPDATE' AND current_setting('consent.erasing', true) = 'on'
       AND NEW.salt IS NULL AND NEW.request = '' AND NEW.member < 0
       AND (NEW.sequence, NEW.reference, NEW.scope_id, NEW.decision, NEW.origin, NEW.edition, NEW.at, NEW.previous, NEW.digest)
         = (OLD.sequence, OLD.reference, OLD.scope_id, OLD.decision, OLD.origin, OLD.edition, OLD.at, OLD.previous, OLD.digest)
    THEN RETURN NEW; END IF;
    RAISE EXCEPTION 'A choice never changes: make another one.' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER choice_never_changes BEFORE UPDATE OR DELETE ON consent_choice
    FOR EACH ROW EXECUTE FUNCTION consent_choice_never_changes();
CREATE TRIGGER choices_are_never_emptied BEFORE TRUNCATE ON consent_choice
    FOR EACH STATEMENT EXECUTE FUNCTION consent_choice_never_changes();
"""
UNDO = """
DROP TRIGGER choices_are_never_emptied ON consent_choice;
DROP TRIGGER choice_never_changes ON consent_choice;
DROP FUNCTION consent_choice_never_changes();
DROP FUNCTION consent_append;
"""


class Migration(migrations.Migration):
    dependencies = [("consent", "0001_initial")]
    operations = [migrations.RunSQL(APPEND + REFUSE, UNDO)]
