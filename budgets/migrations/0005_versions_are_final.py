"""The database refuses to change a contract version whose terms are kept, its lines, and the terms, for every tool."""

from django.db import migrations

FORWARD = """
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
"""
BACK = """
DROP TRIGGER versionterms_are_final ON budgets_versionterms;
DROP FUNCTION terms_are_final();
DROP TRIGGER budgetline_is_final ON budgets_budgetline;
DROP TRIGGER contractversion_is_final ON projects_contractversion;
DROP FUNCTION version_is_final();
"""


class Migration(migrations.Migration):
    dependencies = [("budgets", "0004_amendments")]
    operations = [migrations.RunSQL(FORWARD, BACK)]
