"""What the database itself keeps in indicators, for everyone and every tool."""

from django.db import migrations

STEPS = [
    # The database itself keeps definitions, estimates, steps and decided values as they are, for every tool.
    ("""
CREATE FUNCTION indicator_fact_is_final() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'facts of indicators are final: % on % is refused', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER definition_is_final BEFORE UPDATE OR DELETE ON indicators_definition
    FOR EACH ROW EXECUTE FUNCTION indicator_fact_is_final();
CREATE TRIGGER estimate_is_final BEFORE UPDATE OR DELETE ON indicators_estimate
    FOR EACH ROW EXECUTE FUNCTION indicator_fact_is_final();
CREATE TRIGGER valuemove_is_final BEFORE UPDATE OR DELETE ON indicators_valuemove
    FOR EACH ROW EXECUTE FUNCTION indicator_fact_is_final();
CREATE TRIGGER schoolfigure_is_final BEFORE DELETE ON indicators_schoolfigure
    FOR EACH ROW EXECUTE FUNCTION indicator_fact_is_final();
CREATE TRIGGER schoolfigure_value_is_final BEFORE UPDATE ON indicators_schoolfigure
    FOR EACH ROW WHEN (OLD.replaced OR NEW.numerator IS DISTINCT FROM OLD.numerator
                       OR NEW.denominator IS DISTINCT FROM OLD.denominator OR NEW.school_id <> OLD.school_id
                       OR NEW.year <> OLD.year OR NEW.measure <> OLD.measure)
    EXECUTE FUNCTION indicator_fact_is_final();

CREATE FUNCTION cell_is_final() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    old_value bigint := CASE WHEN TG_OP = 'INSERT' THEN NEW.value_id ELSE OLD.value_id END;
    new_value bigint := CASE WHEN TG_OP = 'DELETE' THEN OLD.value_id ELSE NEW.value_id END;
BEGIN
    IF EXISTS (SELECT 1 FROM indicators_value WHERE id IN (old_value, new_value)
               AND state NOT IN ('draft', 'returned')) THEN
        RAISE EXCEPTION 'a value that was sent is final: % on % is refused', TG_OP, TG_TABLE_NAME
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER cell_is_final BEFORE INSERT OR UPDATE OR DELETE ON indicators_cell
    FOR EACH ROW EXECUTE FUNCTION cell_is_final();
""", """
DROP TRIGGER cell_is_final ON indicators_cell;
DROP FUNCTION cell_is_final();
DROP TRIGGER schoolfigure_value_is_final ON indicators_schoolfigure;
DROP TRIGGER schoolfigure_is_final ON indicators_schoolfigure;
DROP TRIGGER valuemove_is_final ON indicators_valuemove;
DROP TRIGGER estimate_is_final ON indicators_estimate;
DROP TRIGGER definition_is_final ON indicators_definition;
DROP FUNCTION indicator_fact_is_final();
"""),
    # What was published stays as it was published, for every tool.
    ("""
CREATE TRIGGER issue_is_final BEFORE UPDATE OR DELETE ON indicators_issue
    FOR EACH ROW EXECUTE FUNCTION indicator_fact_is_final();
""", "DROP TRIGGER issue_is_final ON indicators_issue"),
]


class Migration(migrations.Migration):
    replaces = [
        ("indicators", "0002_facts_are_final"),
        ("indicators", "0004_published_results_are_final"),
    ]
    dependencies = [
        ("indicators", "0001_all_tables"),
        ("core", "0001_all_tables"),
        ("projects", "0001_all_tables"),
    ]
    operations = [migrations.RunSQL(forward, back) for forward, back in STEPS]
