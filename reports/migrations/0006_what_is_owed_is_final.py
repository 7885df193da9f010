"""The database itself refuses to change when a report is due, what was submitted, and what was decided on it."""

from django.db import migrations

STEPS = [
    ("""
CREATE FUNCTION filing_fact_is_final() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'what is due, submitted or decided is final: % on % is refused', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER filing_term_is_final BEFORE UPDATE ON reports_filing FOR EACH ROW
    WHEN ((OLD.key, OLD.project_id, OLD.kind, OLD.from_on, OLD.to_on, OLD.due_on, OLD.contract_id)
          IS DISTINCT FROM (NEW.key, NEW.project_id, NEW.kind, NEW.from_on, NEW.to_on, NEW.due_on, NEW.contract_id)
          OR OLD.state IN ('approved', 'skipped'))
    EXECUTE FUNCTION filing_fact_is_final();
CREATE TRIGGER filing_stays BEFORE DELETE ON reports_filing FOR EACH ROW EXECUTE FUNCTION filing_fact_is_final();
CREATE TRIGGER submission_is_final BEFORE UPDATE OR DELETE ON reports_submission
    FOR EACH ROW EXECUTE FUNCTION filing_fact_is_final();
CREATE TRIGGER decision_is_final BEFORE UPDATE OR DELETE ON reports_decision
    FOR EACH ROW EXECUTE FUNCTION filing_fact_is_final();
CREATE TRIGGER remark_is_final BEFORE UPDATE OR DELETE ON reports_remark
    FOR EACH ROW EXECUTE FUNCTION filing_fact_is_final();
CREATE TRIGGER report_submitted_is_sealed BEFORE UPDATE ON reports_report FOR EACH ROW
    WHEN (OLD.kind = 'submitted' AND (OLD.snapshot, OLD.snapshot_sha256, OLD.code, OLD.data_at, OLD.template_version)
          IS DISTINCT FROM (NEW.snapshot, NEW.snapshot_sha256, NEW.code, NEW.data_at, NEW.template_version))
    EXECUTE FUNCTION filing_fact_is_final();
CREATE TRIGGER report_submitted_stays BEFORE DELETE ON reports_report FOR EACH ROW
    WHEN (OLD.kind = 'submitted') EXECUTE FUNCTION filing_fact_is_final();
""", """
DROP TRIGGER report_submitted_stays ON reports_report;
DROP TRIGGER report_submitted_is_sealed ON reports_report;
DROP TRIGGER remark_is_final ON reports_remark;
DROP TRIGGER decision_is_final ON reports_decision;
DROP TRIGGER submission_is_final ON reports_submission;
DROP TRIGGER filing_stays ON reports_filing;
DROP TRIGGER filing_term_is_final ON reports_filing;
DROP FUNCTION filing_fact_is_final();
"""),
]


class Migration(migrations.Migration):
    dependencies = [("reports", "0005_reports_projects_owe")]
    operations = [migrations.RunSQL(forward, back) for forward, back in STEPS]
