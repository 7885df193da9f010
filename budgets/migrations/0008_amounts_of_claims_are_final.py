"""The database itself keeps moves, decisions and amounts of claims as they are, and holds their amounts in bounds."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION claim_fact_is_final() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'facts of claims are final: % on % is refused', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER claimmove_is_final BEFORE UPDATE OR DELETE ON budgets_claimmove
    FOR EACH ROW EXECUTE FUNCTION claim_fact_is_final();
CREATE TRIGGER linedecision_is_final BEFORE UPDATE OR DELETE ON budgets_linedecision
    FOR EACH ROW EXECUTE FUNCTION claim_fact_is_final();
CREATE TRIGGER linefact_is_final BEFORE UPDATE OR DELETE ON budgets_linefact
    FOR EACH ROW EXECUTE FUNCTION claim_fact_is_final();

CREATE FUNCTION decision_is_in_bounds() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    now_is text;
    declared numeric;
BEGIN
    SELECT c.state INTO now_is FROM budgets_claim c JOIN budgets_claimline l ON l.claim_id = c.id
        WHERE l.id = NEW.line_id FOR SHARE OF c;
    IF now_is NOT IN ('in_review', 'reopened') THEN
        RAISE EXCEPTION 'a line is decided only while its claim is in check' USING ERRCODE = 'check_violation';
    END IF;
    SELECT COALESCE(SUM(total), 0) INTO declared FROM budgets_linefact
        WHERE line_id = NEW.line_id AND step = 'declared';
    IF NEW.total * SIGN(declared) < 0 OR ABS(NEW.total) > ABS(declared) THEN
        RAISE EXCEPTION 'eligible is at most what was claimed' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER linedecision_in_bounds BEFORE INSERT ON budgets_linedecision
    FOR EACH ROW EXECUTE FUNCTION decision_is_in_bounds();

CREATE FUNCTION facts_are_in_bounds() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    declared numeric;
    released numeric;
    verified numeric;
BEGIN
    PERFORM 1 FROM budgets_claimline WHERE id = NEW.line_id FOR NO KEY UPDATE;
    SELECT COALESCE(SUM(total) FILTER (WHERE step = 'declared'), 0),
           COALESCE(SUM(total) FILTER (WHERE step = 'released'), 0),
           COALESCE(SUM(total) FILTER (WHERE step = 'verified'), 0)
        INTO declared, released, verified FROM budgets_linefact WHERE line_id = NEW.line_id;
    IF released * SIGN(declared) < 0 OR ABS(released) > ABS(declared)
        OR verified * SIGN(declared) < 0 OR ABS(verified) > ABS(declared - released) THEN
        RAISE EXCEPTION 'eligible is at most what was claimed' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER linefact_in_bounds AFTER INSERT ON budgets_linefact
    FOR EACH ROW EXECUTE FUNCTION facts_are_in_bounds();
"""
BACK = """
DROP TRIGGER claimmove_is_final ON budgets_claimmove;
DROP TRIGGER linedecision_is_final ON budgets_linedecision;
DROP TRIGGER linefact_is_final ON budgets_linefact;
DROP TRIGGER linedecision_in_bounds ON budgets_linedecision;
DROP TRIGGER linefact_in_bounds ON budgets_linefact;
DROP FUNCTION claim_fact_is_final();
DROP FUNCTION decision_is_in_bounds();
DROP FUNCTION facts_are_in_bounds();
"""


class Migration(migrations.Migration):
    dependencies = [("budgets", "0007_claims")]
    operations = [migrations.RunSQL(FORWARD, BACK)]
