"""The database itself keeps facts about money as they are and holds amounts in their bounds, for every tool."""

from django.db import migrations

STEPS = [
    # The database refuses to change a contract version whose terms are kept, its lines, and the terms, for every tool.
    ("""
CREATE FUNCTION version_is_final() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    row_data jsonb := CASE WHEN TG_OP = 'INSERT' THEN to_jsonb(NEW) ELSE to_jsonb(OLD) END;
    version bigint := (row_data ->> TG_ARGV[0])::bigint;
    target bigint := CASE WHEN TG_OP = 'UPDATE' THEN (to_jsonb(NEW) ->> TG_ARGV[0])::bigint ELSE version END;
BEGIN
    IF TG_OP = 'UPDATE' AND OLD IS NOT DISTINCT FROM NEW THEN
        RETURN NEW;
    END IF;
    IF EXISTS (SELECT 1 FROM budgets_versionterms WHERE contract_id IN (version, target)) THEN
        RAISE EXCEPTION 'an approved contract version is final: % on % is refused', TG_OP, TG_TABLE_NAME
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF TG_OP = 'DELETE' THEN
        RETURN OLD;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER contractversion_is_final BEFORE UPDATE OR DELETE ON projects_contractversion
    FOR EACH ROW EXECUTE FUNCTION version_is_final('id');
CREATE TRIGGER budgetline_is_final BEFORE INSERT OR UPDATE OR DELETE ON budgets_budgetline
    FOR EACH ROW EXECUTE FUNCTION version_is_final('contract_id');
CREATE FUNCTION terms_are_final() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'kept terms are final: % on % is refused', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER versionterms_are_final BEFORE UPDATE OR DELETE ON budgets_versionterms
    FOR EACH ROW EXECUTE FUNCTION terms_are_final();
""", """
DROP TRIGGER versionterms_are_final ON budgets_versionterms;
DROP FUNCTION terms_are_final();
DROP TRIGGER budgetline_is_final ON budgets_budgetline;
DROP TRIGGER contractversion_is_final ON projects_contractversion;
DROP FUNCTION version_is_final();
"""),
    # The database itself keeps moves, decisions and amounts of claims as they are, and holds their amounts in bounds.
    ("""
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
""", """
DROP TRIGGER claimmove_is_final ON budgets_claimmove;
DROP TRIGGER linedecision_is_final ON budgets_linedecision;
DROP TRIGGER linefact_is_final ON budgets_linefact;
DROP TRIGGER linedecision_in_bounds ON budgets_linedecision;
DROP TRIGGER linefact_in_bounds ON budgets_linefact;
DROP FUNCTION claim_fact_is_final();
DROP FUNCTION decision_is_in_bounds();
DROP FUNCTION facts_are_in_bounds();
"""),
]


class Migration(migrations.Migration):
    replaces = [
        ("budgets", "0005_versions_are_final"),
        ("budgets", "0008_amounts_of_claims_are_final"),
    ]
    dependencies = [("budgets", "0001_tables")]
    operations = [migrations.RunSQL(forward, back) for forward, back in STEPS]
