"""What the database itself keeps in reports, for everyone and every tool."""

from django.db import migrations

STEPS = [
    # The database itself refuses to change a finished report.
    ("""
CREATE FUNCTION report_is_final() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a finished report is final: % on % is refused', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER report_done_is_final BEFORE UPDATE OR DELETE ON reports_report
    FOR EACH ROW WHEN (OLD.state = 'done') EXECUTE FUNCTION report_is_final();
CREATE TRIGGER reportfile_is_final BEFORE UPDATE OR DELETE ON reports_reportfile
    FOR EACH ROW EXECUTE FUNCTION report_is_final();
CREATE FUNCTION storedfile_is_final() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.sha256 <> OLD.sha256 OR NEW.size <> OLD.size OR NEW.key <> OLD.key THEN
        RAISE EXCEPTION 'the content of a stored file is final' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER storedfile_content_is_final BEFORE UPDATE ON core_storedfile
    FOR EACH ROW EXECUTE FUNCTION storedfile_is_final();
""", """
DROP TRIGGER report_done_is_final ON reports_report;
DROP TRIGGER reportfile_is_final ON reports_reportfile;
DROP FUNCTION report_is_final();
DROP TRIGGER storedfile_content_is_final ON core_storedfile;
DROP FUNCTION storedfile_is_final();
"""),
    # The database itself refuses to change when a report is due, what was submitted, and what was decided on it.
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
    # The database itself refuses to change a layout once it is published, but for retiring it.
    ("""
CREATE FUNCTION layout_is_final() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a published layout is final: % on % is refused', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END $$;
CREATE FUNCTION layout_logo_is_final() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM reports_layoutversion WHERE state <> 'draft' AND id IN (OLD.version_id, NEW.version_id)) THEN
        RAISE EXCEPTION 'a published layout is final: % on % is refused', TG_OP, TG_TABLE_NAME
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN COALESCE(NEW, OLD);
END $$;
CREATE TRIGGER layout_belongs_where_it_does BEFORE UPDATE ON reports_layout FOR EACH ROW
    WHEN ((OLD.key, OLD.programme_id, OLD.call_id, OLD.kind)
          IS DISTINCT FROM (NEW.key, NEW.programme_id, NEW.call_id, NEW.kind))
    EXECUTE FUNCTION layout_is_final();
CREATE TRIGGER layout_version_is_final BEFORE UPDATE ON reports_layoutversion FOR EACH ROW
    WHEN (OLD.state <> 'draft' AND (
        OLD.state <> 'published' OR NEW.state <> 'retired' OR
        (OLD.layout_id, OLD.number, OLD.contents, OLD.edits, OLD.by_id, OLD.changed_at, OLD.published_at)
        IS DISTINCT FROM
        (NEW.layout_id, NEW.number, NEW.contents, NEW.edits, NEW.by_id, NEW.changed_at, NEW.published_at)))
    EXECUTE FUNCTION layout_is_final();
CREATE TRIGGER layout_version_stays BEFORE DELETE ON reports_layoutversion FOR EACH ROW
    WHEN (OLD.state <> 'draft') EXECUTE FUNCTION layout_is_final();
CREATE TRIGGER layout_logo_is_final BEFORE INSERT OR UPDATE OR DELETE ON reports_layoutlogo FOR EACH ROW
    EXECUTE FUNCTION layout_logo_is_final();
""", """
DROP TRIGGER layout_logo_is_final ON reports_layoutlogo;
DROP TRIGGER layout_version_stays ON reports_layoutversion;
DROP TRIGGER layout_version_is_final ON reports_layoutversion;
DROP TRIGGER layout_belongs_where_it_does ON reports_layout;
DROP FUNCTION layout_logo_is_final();
DROP FUNCTION layout_is_final();
"""),
    # Reports that are due leave a change when they, or the contract that asks for them, are written.
    (
        "SELECT note_changes_of('reports_filing', 'due-reports', 'SELECT key, project_id, NULL::bigint AS school_id FROM {rows}')",
        "SELECT note_changes_no_more('reports_filing', 'due-reports')",
    ),
    (
        "SELECT note_changes_of('projects_contractversion', 'due-reports', 'SELECT x.key, x.project_id, NULL::bigint AS school_id FROM {rows} r JOIN reports_filing x ON x.contract_id = r.id')",
        "SELECT note_changes_no_more('projects_contractversion', 'due-reports')",
    ),
]


class Migration(migrations.Migration):
    replaces = [
        ("reports", "0002_rules"),
        ("reports", "0006_what_is_owed_is_final"),
        ("reports", "0011_published_layouts_are_final"),
        ("reports", "0012_due_reports_in_the_feed"),
    ]
    dependencies = [
        ("reports", "0001_all_tables"),
        ("activities", "0001_all_tables"),
        ("core", "0001_all_tables"),
        ("projects", "0001_all_tables"),
    ]
    operations = [migrations.RunSQL(forward, back) for forward, back in STEPS]
